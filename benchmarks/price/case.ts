/**
 * One case of `price.ts`, in a process of its own: `case.js <name>`. Says what one of its units costs.
 * `case.js <name> <url>` sends to this server, and ends when all has arrived.
 */
import { setImmediate } from 'node:timers/promises';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Writable } from 'node:stream';
import bunyan from 'bunyan';
import Fastify from 'fastify';
import pino from 'pino';
import winston from 'winston';
import {
  addBreadcrumb,
  captureException,
  flush,
  init,
  setUser,
  withErrsight,
  withScope,
} from 'errsight';
import { createErrsightStream, serializers } from 'errsight/bunyan';
import { ErrsightTransport } from 'errsight/winston';
import { mainThreadCpu } from '../peers/cpu.ts';
import { KEY } from '../peers/versions.ts';

const [, , name = '', url] = process.argv;
/** By default nobody listens there: what is measured is what happens before anything is sent. */
const OPTIONS = { apiKey: KEY, host: url ?? 'http://127.0.0.1:9', shutdownTimeout: 0 };
/** ms for all that waits. */
const PATIENCE = 60_000;

const LINES = 200_000;
const WARNINGS = 20_000;
const REPEATS = 100_000;
/** What is done before it counts, as a share. */
const WARM_UP = 0.2;
/** Lines or errors in one turn of the event loop. */
const TURN = 100;

type Fields = Readonly<Record<string, unknown>>;

/** Does the unit of this number once. */
type Unit = (number: number) => void;

interface Case {
  readonly count: number;
  readonly open: () => Unit;
}

function fieldsOf(line: number): Fields {
  return { line, path: '/orders/17', userAgent: 'curl/8.5.0' };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function winstonLogger(transport: winston.transport): winston.Logger {
  const { combine, errors, json, timestamp } = winston.format;
  const format = combine(errors({ stack: true }), timestamp(), json());
  return winston.createLogger({ format, transports: [transport] });
}

function pinoLogger(isOurs: boolean): pino.Logger {
  const stream = { write: () => undefined };
  return isOurs ? pino(withErrsight({}), stream) : pino({}, stream);
}

function bunyanLogger(isOurs: boolean): bunyan {
  const stream = isOurs
    ? { ...createErrsightStream(OPTIONS), type: 'raw' as const }
    : { stream: nowhere() };
  return bunyan.createLogger({ name: 'bench', streams: [stream], serializers });
}

function warnOf(logger: pino.Logger): Unit {
  return (number) => logger.error(fieldsOf(number), 'a warning');
}

/** Twelve functions deep. */
function failure(number: number, depth = 12): Error {
  return depth === 0 ? new Error(`declined ${number}`) : failure(number, depth - 1);
}

function lineOf(log: (fields: Fields, text: string) => void): Unit {
  return (number) => log(fieldsOf(number), 'request completed');
}

const CASES: Readonly<Record<string, Case>> = {
  'pino line': { count: LINES, open: () => pinoLine(false) },
  'withErrsight line': { count: LINES, open: () => pinoLine(true) },
  'pino warning': { count: WARNINGS, open: () => warnOf(pinoLogger(false)) },
  'withErrsight warning': {
    count: WARNINGS,
    open() {
      const warn = warnOf(pinoLogger(true));
      return withScope((scope) => {
        setUser({ id: 42 });
        scope.setTag('tenant', 'acme');
        for (let step = 0; step < 50; step += 1)
          addBreadcrumb({ message: `step ${step}`, data: { step, path: '/orders/17' } });
        return AsyncLocalStorage.bind(warn);
      });
    },
  },
  'winston error': {
    count: REPEATS,
    open: () => winstonError(new winston.transports.Stream({ stream: nowhere() })),
  },
  'errsight/winston error': {
    count: REPEATS,
    open: () => winstonError(new ErrsightTransport(OPTIONS)),
  },
  'bunyan error': { count: REPEATS, open: () => bunyanError(false) },
  'errsight/bunyan error': { count: REPEATS, open: () => bunyanError(true) },
  error: { count: REPEATS, open: () => (number) => void failure(number).stack },
  'captureException error': {
    count: REPEATS,
    open() {
      init(OPTIONS);
      return (number) => captureException(failure(number));
    },
  },
};

function pinoLine(isOurs: boolean): Unit {
  const logger = pinoLogger(isOurs);
  return lineOf((fields, text) => logger.info(fields, text));
}

function winstonError(transport: winston.transport): Unit {
  const logger = winstonLogger(transport);
  return (number) => void logger.error('checkout failed', failure(number));
}

function bunyanError(isOurs: boolean): Unit {
  const logger = bunyanLogger(isOurs);
  return (number) => logger.error({ err: failure(number) }, 'checkout failed');
}

/** µs of CPU of the main thread for a unit. */
async function measure({ count, open }: Case): Promise<number> {
  const unit = open();
  const before = Math.floor(count * WARM_UP);
  let started = 0;
  for (let number = 0; number < before + count; number += 1) {
    if (number === before) started = mainThreadCpu();
    unit(number);
    if (number % TURN === TURN - 1) await setImmediate();
  }
  const us = (mainThreadCpu() - started) / count;
  if (url !== undefined) {
    await flush(PATIENCE);
    // The next event of an issue says how many others there were.
    unit(before + count);
    await flush(PATIENCE);
  }
  return us;
}

/** A route with three lines of its own, and the two that Fastify logs. */
async function serve(how: string): Promise<void> {
  const storage = new AsyncLocalStorage<object>();
  if (how === 'init') init(OPTIONS);
  const stream = { write: () => undefined };
  const logger: pino.Logger = pino(how === 'withErrsight' ? withErrsight({}) : {}, stream);
  const app = Fastify({ loggerInstance: logger });
  app.get('/orders/:id', async (request) => {
    request.log.info({ step: 1 }, 'looking it up');
    await Promise.resolve();
    request.log.info({ step: 2 }, 'found');
    request.log.info({ step: 3 }, 'done');
    return { id: 17, state: 'open' };
  });
  if (how === 'floor') {
    app.addHook('onRequest', (_request, _reply, done) => storage.run({}, done));
  }
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
  process.on('message', (asked) => {
    if (asked === 'heap') {
      globalThis.gc?.();
      process.send?.({ heap: process.memoryUsage().heapUsed });
    } else process.send?.({ cpu: mainThreadCpu() });
  });
  process.once('disconnect', () => process.exit());
}

const found = CASES[name];
if (name.startsWith('request ')) await serve(name.slice('request '.length));
else if (found === undefined) throw new Error(`there is no case ${name}`);
else {
  const us = await measure(found);
  process.send?.({ us }, () => process.exit());
}
