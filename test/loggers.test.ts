import bunyan from 'bunyan';
import pino from 'pino';
import t from 'tap';
import winston from 'winston';
import { captureException, close, init, withErrsight, withScope } from '../src/index.ts';
import { createErrsightStream, serializers } from '../transports/bunyan.ts';
import errsight from '../transports/pino.ts';
import { ErrsightTransport } from '../transports/winston.ts';
import type { ErrsightEvent } from '../src/event/event.ts';

const text = 'while paying';
const { combine, errors, json, timestamp } = winston.format;

let events: ErrsightEvent[] = [];

const options = {
  // Which no server ever sees.
  apiKey: 'elp_0',
  captureUncaught: false,
  beforeSend(event: ErrsightEvent): null {
    events.push(event);
    return null;
  },
};

class PaymentError extends Error {
  override readonly name = 'PaymentError';
  readonly code = 'E17';
  readonly order = 17;
}

/** Whose name its stack does not have. pino writes the constructor's name, too. */
class DeclinedError extends Error {}

function failing(): Error {
  return new AggregateError([new TypeError('one'), new RangeError('two')], 'both failed');
}

const ERRORS: Readonly<Record<string, () => unknown>> = {
  'an Error': () => new Error('it broke'),
  'a TypeError': () => new TypeError('it broke'),
  'with a message of lines': () => new RangeError('it broke\n    at fake (fake.js:1:1)\nand: on'),
  'with properties and a name': () => new PaymentError('declined'),
  'of a class of its own': () => new DeclinedError('declined'),
  'with causes': () =>
    new Error('outer', { cause: new TypeError('middle', { cause: new PaymentError('inner') }) }),
  'an AggregateError': failing,
  'without a message': () => new SyntaxError(''),
};

type Log = (error: Error) => void;

function withWinston(
  format: winston.Logform.Format,
  log: (logger: winston.Logger, error: Error) => unknown,
): Log {
  return (error) => {
    const transport = new ErrsightTransport(options);
    log(winston.createLogger({ format, transports: [transport] }), error);
  };
}

function withBunyan(log: (logger: bunyan, error: Error) => unknown): Log {
  return (error) => {
    const given = serializers as bunyan.Serializers;
    const streams = [createErrsightStream(options)];
    log(bunyan.createLogger({ name: 'shop', serializers: given, streams }), error);
  };
}

function withOurPino(log: (logger: pino.Logger, error: Error) => unknown): Log {
  return (error) => log(pino(withErrsight({}), errsight(PINO)), error);
}

const copying = combine(errors({ stack: true }), timestamp(), json());

const WAYS: Readonly<Record<string, Log>> = {
  'winston error(err)': withWinston(json(), (logger, error) => logger.error(error)),
  "winston error('text', err)": withWinston(json(), (logger, error) => logger.error(text, error)),
  "winston error('text', { err })": withWinston(json(), (logger, err) =>
    logger.error(text, { err }),
  ),
  'winston child.error(err)': withWinston(json(), (logger, error) => logger.child({}).error(error)),
  'winston, errors, error(err)': withWinston(copying, (logger, error) => logger.error(error)),
  "winston, errors, error('text', err)": withWinston(copying, (logger, error) =>
    logger.error(text, error),
  ),
  'bunyan error(err)': withBunyan((logger, error) => logger.error(error)),
  "bunyan error({ err }, 'text')": withBunyan((logger, err) => logger.error({ err }, text)),
  'bunyan child.error({ error })': withBunyan((logger, error) => logger.child({}).error({ error })),
  'pino error(err)': (error) => pino({}, errsight(PINO)).error(error),
  "pino error({ err }, 'text')": (err) => pino({}, errsight(PINO)).error({ err }, text),
  'withErrsight error(err)': withOurPino((logger, error) => logger.error(error)),
  "withErrsight error('text', err)": withOurPino((logger, error) =>
    // pino's types know of values behind a text only where it has places for them.
    Reflect.apply(logger.error, logger, [text, error]),
  ),
  "withErrsight error({ error }, 'text')": withOurPino((logger, error) =>
    logger.error({ error }, text),
  ),
  'withErrsight child.error({ reason })': withOurPino((logger, reason) =>
    logger.child({}).error({ reason }),
  ),
};

const { captureUncaught: _ofTheMainThread, ...PINO } = options;

/** Without what each logger says of itself. */
function told(event: ErrsightEvent | undefined): unknown {
  if (event === undefined) return undefined;
  const { ingestion_id: _id, occurred_at: _time, metadata, ...rest } = event;
  const { log_message: _text, pid: _pid, name: _name, ...common } = metadata;
  return { ...rest, metadata: common };
}

t.test('whichever way an Error comes, the event is the same', async (t) => {
  init(options);
  t.teardown(() => close());
  for (const [kind, make] of Object.entries(ERRORS)) {
    /** In the same scope, from the same line. */
    const reported = [(error: Error) => void captureException(error), ...Object.values(WAYS)].map(
      (log) => {
        events = [];
        const error = make() as Error;
        withScope((scope) => {
          // pino's worker, as which its stream counts, knows no scopes.
          scope.clear();
          log(error);
        });
        return events;
      },
    );
    const [[direct] = [], ...rest] = reported;
    t.ok(direct, kind);
    for (const [index, [event, ...more]] of rest.entries()) {
      const way = Object.keys(WAYS)[index] ?? '';
      t.strictSame(told(event), told(direct), `${kind}: ${way}`);
      t.equal(more.length, 0, 'once');
      const isText = way.includes('text');
      t.equal(event?.metadata.log_message, isText ? text : undefined, `${kind}: ${way}: its text`);
    }
  }
});
