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
  'with a cause of facts': () => new Error('outer', { cause: { reason: 'full', free: 0 } }),
  'with a cause of text': () => new Error('outer', { cause: 'the disk is full' }),
  "with VError's cause()": () => new VError('outer', new RangeError('inner')),
  'with a cause() that says nothing': () => new VError('outer', undefined),
  'with properties that serializers write': () =>
    Object.assign(new Error('it broke'), { type: 'card', raw: { code: 17 }, errors: 3 }),
  'with a type that is a name': () =>
    Object.assign(new DeclinedError('declined'), { type: 'StripeCardError' }),
  'with errors that a validator lists': () =>
    Object.assign(new Error('invalid'), {
      errors: [{ path: 'cart.items', message: 'is empty' }],
    }),
  'with errors of its own': () =>
    Object.assign(new Error('both failed'), {
      errors: [new TypeError('one'), new PaymentError('two')],
    }),
  'with a list of Errors under another name': () =>
    Object.assign(new Error('both failed'), { failures: [new TypeError('one')] }),
  'with an Error as a property': () =>
    Object.assign(new Error('it broke'), { lastError: new TypeError('one') }),
};

/** As the package of that name has it: a method for the cause. */
class VError extends Error {
  readonly jse_cause: Error | undefined;

  constructor(message: string, cause: Error | undefined) {
    super(cause === undefined ? message : `${message}: ${cause.message}`);
    this.jse_cause = cause;
  }
}
Object.defineProperty(VError.prototype, 'cause', {
  configurable: true,
  writable: true,
  value(this: VError) {
    return this.jse_cause;
  },
});

type Log = (error: Error) => void;

/** Made when it is first asked for, and once: what a logger starts takes longer than what it logs. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function withWinston(
  format: winston.Logform.Format,
  log: (logger: winston.Logger, error: Error) => unknown,
): Log {
  const logger = once(() =>
    winston.createLogger({ format, transports: [new ErrsightTransport(options)] }),
  );
  return (error) => void log(logger(), error);
}

const bunyanLogger = once(() =>
  bunyan.createLogger({
    name: 'shop',
    serializers,
    streams: [createErrsightStream(options)],
  }),
);

function withBunyan(log: (logger: bunyan, error: Error) => unknown): Log {
  return (error) => void log(bunyanLogger(), error);
}

const barePino = once(() => pino({}, errsight(PINO)));
const ourPino = once(() => pino(withErrsight({}), errsight(PINO)));

function withOurPino(log: (logger: pino.Logger, error: Error) => unknown): Log {
  return (error) => void log(ourPino(), error);
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
  'pino error(err)': (error) => barePino().error(error),
  "pino error({ err }, 'text')": (err) => barePino().error({ err }, text),
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
  "withErrsight child({ reason }).error('text')": withOurPino((logger, reason) =>
    logger.child({ reason }).error(text),
  ),
  "withErrsight child({ err }).child({}).error('text')": withOurPino((logger, err) =>
    logger.child({ err }).child({}).error(text),
  ),
};

const { captureUncaught: _ofTheMainThread, ...PINO } = options;

/** Without what each logger says of itself. */
function told(event: ErrsightEvent | undefined): unknown {
  if (event === undefined) return undefined;
  const { ingestion_id: _id, occurred_at: _time, metadata, ...rest } = event;
  const { log_message: _text, pid: _pid, name: _name, ...common } = metadata;
  const { mechanism: _mechanism, logger: _logger, ...tags } = event.tags;
  return { ...rest, tags, metadata: common };
}

/** Of what a child binds as `err` there is only what pino writes. */
const PARTLY_BOUND: ReadonlySet<string> = new Set([
  'with causes',
  'with a cause of facts',
  'with a cause of text',
  'with properties that serializers write',
  'with a type that is a name',
  'with errors of its own',
  'with a list of Errors under another name',
  'with an Error as a property',
]);

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
      if (way.includes('child({ err })') && PARTLY_BOUND.has(kind)) continue;
      t.strictSame(told(event), told(direct), `${kind}: ${way}`);
      t.equal(more.length, 0, 'once');
      const isText = way.includes('text');
      t.equal(event?.metadata.log_message, isText ? text : undefined, `${kind}: ${way}: its text`);
    }
  }
});

/** Fields with Errors in them, where one of these is what the event is of. */
const FIELDS: Readonly<Record<string, (one: Error, two: Error) => object>> = {
  'a list': (one, two) => ({ errors: [one, two] }),
  'the results of Promise.allSettled': (one, two) => ({
    results: [
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: one },
      { status: 'rejected', reason: two },
    ],
  }),
  'one below the top': (one) => ({ details: { err: one, attempt: 3 } }),
  'one far below the top': (one) => ({ job: { last: { failure: one } } }),
  'another beside it': (one, two) => ({ err: one, previous: two }),
  'a list beside it': (one, two) => ({ err: one, attempts: [two, 'timed out'] }),
};

const plainWinston = once(() =>
  winston.createLogger({ transports: [new ErrsightTransport(options)] }),
);

const LOGGERS: Readonly<Record<string, (fields: object) => unknown>> = {
  winston: (fields) => plainWinston().error(text, fields),
  bunyan: (fields) => bunyanLogger().error(fields, text),
  pino: (fields) => barePino().error(fields, text),
  withErrsight: (fields) => ourPino().error(fields, text),
};

t.test('wherever Errors are in the fields, the event is the same, and has them all', async (t) => {
  init(options);
  t.teardown(() => close());
  for (const [kind, make] of Object.entries(FIELDS)) {
    const reported = Object.values(LOGGERS).map((log) => {
      events = [];
      // Made anew, since what was reported is no event again.
      const one = new TypeError('one', { cause: { code: 17 } });
      const two = new PaymentError('two');
      withScope((scope) => {
        scope.clear();
        log(make(one, two));
      });
      return events;
    });
    const [[first] = [], ...rest] = reported;
    t.match(first?.metadata, { exception_class: 'TypeError', log_message: text }, kind);
    t.match(first?.message, 'TypeError: one', kind);
    if (make.length > 1) t.match(JSON.stringify(first?.metadata), '"message":"two"', kind);
    for (const [index, [event, ...more]] of rest.entries()) {
      const name = Object.keys(LOGGERS)[index + 1];
      t.strictSame(told(event), told(first), `${kind}: ${name}`);
      t.equal(more.length, 0, 'once');
    }
  }
});

/** Lines below the threshold. */
const STEPS: readonly (readonly [message: string, fields: object])[] = [
  ['a text', {}],
  ['', { items: 3 }],
  ['with scalars', { items: 3, cart: 'c-17', isPaid: false, nothing: null }],
  ['with an error', { err: new TypeError('declined') }],
  ['with objects', { cart: { items: [1, 2] }, list: [1], items: 3 }],
  ['with the text of an error', { error: 'declined' }],
  ['of a request', { reqId: 'r-1', url: '/cart?page=2' }],
  ['a long text '.repeat(200), { note: 'n'.repeat(2_000) }],
];

const SAY: Readonly<Record<string, (message: string, fields: object) => unknown>> = {
  winston: (message, fields) => plainWinston().info(message, fields),
  bunyan: (message, fields) => bunyanLogger().info(fields, message),
  pino: (message, fields) => barePino().info(fields, message),
  withErrsight: (message, fields) => ourPino().info(fields, message),
};

t.test('a line is the same step of the trail, whichever logger it is of', async (t) => {
  init(options);
  t.teardown(() => close());
  for (const [message, fields] of STEPS) {
    const steps = Object.entries(SAY).map(([logger, say]) => {
      events = [];
      withScope((scope) => {
        scope.clear();
        say(message, fields);
        LOGGERS[logger]?.({ err: new Error('it broke'), ...('reqId' in fields && fields) });
      });
      const step = events[0]?.breadcrumbs.at(-1);
      const { timestamp: _time, ...rest } = step ?? { timestamp: '' };
      const { name: _ofBunyan, ...data } = step?.data ?? {};
      return [logger, { ...rest, data }] as const;
    });
    const [[, first]] = steps as [(typeof steps)[number]];
    t.equal(first.category, 'log', message);
    for (const [logger, step] of steps) t.strictSame(step, first, `${logger}: ${message}`);
  }
});
