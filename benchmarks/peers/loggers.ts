/** The loggers with what each contestant adds to them: everything else is the same for all. */
import { once } from 'node:events';
import type pinoModule from 'pino';
import type winstonModule from 'winston';
import type { transport as TransportStream } from 'winston';
import type { Fields, Modules, Opened, Opening } from './contestant.ts';

type Pino = typeof pinoModule;
type Winston = typeof winstonModule;

/** pino with one transport in its worker, and options of the logger. */
export async function openPino(
  { load }: Modules,
  target: object,
  options: object = {},
): Promise<Opened> {
  const { default: pino } = await load<{ default: Pino }>('pino');
  const transport = pino.transport(target as Parameters<Pino['transport']>[0]) as Transport;
  const logger = pino(options, transport as never);
  return {
    ready: once(transport, 'ready'),
    fail: ({ error, message, fields }) => logger.error({ err: error, ...fields }, message),
    line: (fields, message) => logger.info(fields, message),
    async close() {
      // pino's worker keeps no process alive.
      const alive = setInterval(() => undefined, 60_000);
      transport.end();
      await once(transport, 'close');
      clearInterval(alive);
    },
  };
}

type Transport = NodeJS.EventEmitter & { end(): void };

/** What `pino.transport` is given for a target of which all or only errors are wanted. */
export function pinoTarget(opening: Opening, name: string, options: object): object {
  const target = { target: opening.resolve(name), options };
  return opening.isMixed ? { targets: [{ ...target, level: 'error' }] } : target;
}

/** winston with one transport; `arrived` is waited for when winston itself has ended. */
export async function openWinston(
  { load }: Modules,
  make: (winston: Winston) => TransportStream,
  arrived: () => Promise<unknown> = async () => undefined,
): Promise<Opened> {
  const { default: winston } = await load<{ default: Winston }>('winston');
  const { combine, errors, json, timestamp } = winston.format;
  const logger = winston.createLogger({
    format: combine(errors({ stack: true }), timestamp(), json()),
    transports: [make(winston)],
  });
  return {
    // winston takes over the fields of an error that is logged with a message.
    fail: ({ error, message, fields }) => logger.error(message, Object.assign(error, fields)),
    line: (fields: Fields, message) => logger.info(message, fields),
    async close() {
      const finished = once(logger, 'finish');
      logger.end();
      await finished;
      await arrived();
    },
  };
}
