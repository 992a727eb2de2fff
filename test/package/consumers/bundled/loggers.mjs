// An application with all loggers, of which a bundler makes one program. Its argument says how it ends.
import { Writable } from 'node:stream';
import bunyan from 'bunyan';
import pino from 'pino';
import winston from 'winston';
import { captureException, init, withErrsight } from 'errsight';
import { createErrsightStream } from 'errsight/bunyan';
import errsight from 'errsight/pino';
import { ErrsightTransport } from 'errsight/winston';
import { order } from './orders.mjs';

const end = process.argv[2];
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
// A pause before the first sending that no test waits for: what arrives does so because of the end.
const flushInterval = 600_000;

init({ flushInterval });
const loggers = {
  winston: winston.createLogger({ transports: [new ErrsightTransport()] }),
  bunyan: bunyan.createLogger({ name: 'shop', streams: [createErrsightStream()] }),
  stream: pino(errsight({ flushInterval })),
  pino: pino(withErrsight({}, { flushInterval }), nowhere),
};
for (const [name, logger] of Object.entries(loggers)) logger.error(failed(name), 'it failed');
captureException(failed('direct'));

if (end === 'exit') process.exit(3);
if (end === 'throw') throw failed('nobody');
if (end === 'signal') {
  setInterval(() => undefined, 1_000);
  process.kill(process.pid, 'SIGTERM');
}

function failed(what) {
  try {
    return order(what);
  } catch (error) {
    return error;
  }
}
