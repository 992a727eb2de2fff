// An application with all loggers. Its argument says how it ends.
import bunyan from 'bunyan';
import pino from 'pino';
import winston from 'winston';
import { captureException, init } from 'errsight';
import { createErrsightStream } from 'errsight/bunyan';
import errsight from 'errsight/pino';
import { ErrsightTransport } from 'errsight/winston';

const end = process.argv[2];
// A pause before the first sending that no test waits for: what arrives does so because of the end.
const flushInterval = 600_000;

init({ flushInterval });
const loggers = {
  winston: winston.createLogger({ transports: [new ErrsightTransport()] }),
  bunyan: bunyan.createLogger({ name: 'shop', streams: [createErrsightStream()] }),
  pino: pino(errsight({ flushInterval })),
};
for (const [name, logger] of Object.entries(loggers)) logger.error(failed(name), 'it failed');
captureException(failed('direct'));

if (end === 'exit') process.exit(3);
if (end === 'throw') {
  setTimeout(() => {
    throw failed('nobody');
  });
}
if (end === 'signal') {
  setInterval(() => undefined, 1_000);
  process.kill(process.pid, 'SIGTERM');
}

function failed(what) {
  // Thrown: a call that is the last of its function has no frame in Bun.
  try {
    throw new RangeError(`no stock for ${what}`);
  } catch (error) {
    return error;
  }
}
