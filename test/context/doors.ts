/** Every way in which an event comes to ErrSight, to be compared. */
import { once } from 'node:events';
import { devNull } from 'node:os';
import bunyan from 'bunyan';
import pino from 'pino';
import winston from 'winston';
import { captureException, close, flush, init, withErrsight } from '../../src/index.ts';
import { createErrsightStream } from '../../transports/bunyan.ts';
import errsight from '../../transports/pino.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import type { Test } from 'tap';
import { hold } from '../helpers/held.ts';

/** Reports an error with a text, `<name> failed`; the loggers have the name `shop`. */
export interface Door {
  readonly mechanism: string;
  /** Whether it has a logger with a name. */
  readonly isNamed: boolean;
  readonly fail: (error: Error) => void;
  /** Resolves when all has arrived. */
  readonly end: () => Promise<unknown>;
}

type Options = Readonly<Record<string, unknown>>;

type Transport = ReturnType<typeof pino.transport>;

async function ended(transport: Transport): Promise<void> {
  // pino stops this thread while a worker ends, and the server with it.
  await flush();
  const closed = once(transport, 'close');
  transport.end();
  await closed;
}

export const DOORS: Readonly<Record<string, (options: Options) => Door>> = {
  'the direct API': (options) => {
    init(options);
    return {
      mechanism: 'captureException',
      isNamed: false,
      fail: (error) => void captureException(error),
      end: () => close(),
    };
  },
  winston: (options) => {
    const transport = new ErrsightTransport(options);
    const { combine, errors, label } = winston.format;
    const format = combine(errors({ stack: true }), label({ label: 'shop' }));
    const logger = winston.createLogger({ format, transports: [transport] });
    return {
      mechanism: 'winston',
      isNamed: true,
      fail: (error) => void logger.error(error),
      end: async () => {
        await transport.flush();
        logger.close();
      },
    };
  },
  bunyan: (options) => {
    const entry = createErrsightStream(options);
    const logger = bunyan.createLogger({ name: 'shop', streams: [entry] });
    return {
      mechanism: 'bunyan',
      isNamed: true,
      fail: (error) => logger.error(error),
      end: async () => {
        await entry.stream.flush();
        entry.stream.end();
      },
    };
  },
  'pino on this thread': (options) => {
    const stream = errsight(options);
    const logger = pino({ name: 'app' }, stream).child({ name: 'shop' });
    return {
      mechanism: 'pino',
      isNamed: true,
      fail: (error) => logger.error(error),
      end: async () => {
        await stream.flush();
        stream.end();
      },
    };
  },
  "pino's worker": (options) => {
    const transport = hold(pino.transport({ target: 'errsight/pino', options }));
    const logger = pino({ name: 'app' }, transport).child({ name: 'shop' });
    return {
      mechanism: 'pino',
      isNamed: true,
      fail: (error) => logger.error(error),
      end: () => ended(transport),
    };
  },
  withErrsight: (options) => {
    const transport = { target: 'pino/file', options: { destination: devNull } };
    const logger = pino(withErrsight({ name: 'shop', transport }, options));
    const stream = hold(Reflect.get(logger, pino.symbols.streamSym) as Transport);
    return {
      mechanism: 'pino',
      isNamed: true,
      fail: (error) => logger.error(error),
      end: () => ended(stream),
    };
  },
};

/** Runs a test for each door, one after the other. */
export function throughAllDoors(
  t: Test,
  check: (t: Test, open: (options: Options) => Door, name: string) => Promise<void>,
): void {
  for (const [name, open] of Object.entries(DOORS)) t.test(name, (sub) => check(sub, open, name));
}
