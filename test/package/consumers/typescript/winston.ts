// winston's transport as an application would use it, with what is wrong marked as in wrong.ts.
import winston, { createLogger, format } from 'winston';
import {
  ErrsightTransport,
  OptionError,
  type ErrsightTransportOptions,
  type Stats,
} from 'errsight/winston';

const options: ErrsightTransportOptions = {
  apiKey: process.env['ERRSIGHT_API_KEY'],
  minLevel: 'error',
  level: 'silly',
  format: format.json(),
  handleExceptions: true,
  captureUncaught: false,
  beforeSend: (event) => event,
};
const transport = new ErrsightTransport(options);
const base: winston.transport = transport;
export const logger = createLogger({
  transports: [base, new ErrsightTransport(), new winston.transports.Console()],
  exceptionHandlers: [transport],
});
logger.add(transport).remove(transport);
winston.add(transport);
export const arrived: Promise<boolean> = transport.flush(1_000);
export const given: Stats = transport.stats();
transport.on('finish', () => undefined);
export class Mine extends ErrsightTransport {}
export const isMistake = (error: unknown): boolean => error instanceof OptionError;

export const wrong = [
  new ErrsightTransport({
    apikey: 'elp_0', // TS2561
  }),
  new ErrsightTransport({
    level: 17, // TS2322
    minLevel: 'loud', // TS2322
    format: 'json', // TS2322
  }),
  new ErrsightTransport({
    nestedKey: 'payload', // TS2353
  }),
];
transport.flush('soon'); // TS2345
export const closed: boolean = transport.flush(); // TS2322
