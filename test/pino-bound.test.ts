/** Errors that a logger has bound, by `child` or `setBindings`: each is that of its own logger's lines. */
import { createRequire } from 'node:module';
import type pinoNow from 'pino';
import t from 'tap';
import { withErrsight } from '../src/main/pino/options.ts';
import { processState } from '../src/main/state.ts';
import errsight from '../transports/pino.ts';
import { strictServer } from './helpers/errsight.ts';

const require = createRequire(import.meta.url);

t.afterEach(() => {
  const state = processState();
  state.endPinoSide?.();
  state.endPinoSide = undefined;
});

class Declined extends Error {}
class Other extends Error {}

function failing(): Declined {
  return new Declined('declined');
}

interface Logger {
  error(...args: unknown[]): void;
  info(...args: unknown[]): void;
  debug(...args: unknown[]): void;
  child(bindings: object, options?: object): Logger;
  setBindings(bindings: object): void;
}

/** pino's `setBindings` as an expression. */
function bind(logger: Logger, bindings: object): Logger {
  logger.setBindings(bindings);
  return logger;
}

/** How an error is bound to the logger of the case. */
type Bind = (logger: Logger) => Logger;

const WAYS: Readonly<Record<string, Bind>> = {
  'by child': (logger) => logger.child({ err: failing() }),
  'by the child of a child': (logger) => logger.child({ err: failing() }).child({ a: 1 }),
  'by child under another name': (logger) => logger.child({ reason: failing() }),
  'by setBindings': (logger) => bind(logger.child({}), { err: failing() }),
  'by setBindings under another name': (logger) => bind(logger.child({}), { reason: failing() }),
  'by setBindings, and then a child': (logger) =>
    bind(logger.child({}), { err: failing() }).child({ a: 1 }),
  'by setBindings, in place of one of child': (logger) =>
    bind(logger.child({ err: new Other('other') }), { err: failing() }),
  'by setBindings, beside another error of child': (logger) =>
    bind(logger.child({ reason: new Other('other') }), { err: failing() }),
  'by child, around a child with another': (logger) =>
    logger.child({ err: failing() }).child({ reason: new Other('other') }),
  'by child, before another': (logger) =>
    logger.child({ err: failing(), reason: new Other('other') }),
  'by setBindings, before another': (logger) =>
    bind(logger.child({}), { err: failing(), reason: new Other('other') }),
  'by setBindings, and then another': (logger) =>
    bind(bind(logger.child({}), { err: failing() }), { reason: new Other('other') }),
  'by setBindings, after one of an ancestor': (logger) => {
    const ancestor = bind(logger.child({}), { reason: new Other('other') });
    ancestor.debug('none');
    return bind(ancestor.child({}), { err: failing() });
  },
  'by setBindings, before lines of others': (logger) => {
    const own = bind(logger.child({}), { err: failing() });
    logger.error('of another');
    logger.child({ a: 1 }).error('of another');
    return own;
  },
};

const OPTIONS: Readonly<Record<string, object>> = {
  none: {},
  'no base': { base: null },
  'redact of it': { redact: ['err', 'reason'] },
  'redact of it without a base': { redact: ['err', 'reason'], base: null },
  'redact of its stack': { redact: ['err.stack'] },
  'a serializer': { serializers: { err: (error: Error) => ({ code: error.name.length }) } },
};

for (const name of ['pino-7', 'pino-8', 'pino-9', 'pino']) {
  const pino = require(name) as typeof pinoNow;
  for (const [what, options] of Object.entries(OPTIONS)) {
    // It tells nobody of a child, so its own serializer is not reached then.
    if (name === 'pino-7' && what.startsWith('redact') && 'base' in options) continue;
    t.test(`${name}: an error that is bound, with ${what}`, async (t) => {
      const server = await strictServer(t);
      const stream = errsight({ apiKey: server.key, host: server.url });
      const made = pino(withErrsight<object>(options), stream) as unknown as Logger;
      // Without a base, the first child is the first that can be seen.
      made.child({});
      for (const [way, bindTo] of Object.entries(WAYS)) bindTo(made.child({ way })).error('text');
      t.ok(await stream.flush());
      stream.end();
      for (const way of Object.keys(WAYS)) {
        const events = server.events.filter(({ metadata }) => metadata['way'] === way);
        for (const { message, metadata } of events) {
          const isOther = message === 'of another';
          t.equal(
            metadata['exception_class'],
            isOther ? undefined : 'Declined',
            `${way}: ${message}`,
          );
          if (isOther) continue;
          t.match(metadata['exception_frames'], [{ function: 'failing' }], `${way}: the frames`);
          t.equal(metadata['log_message'], 'text', way);
        }
        t.equal(events.length, way.endsWith('others') ? 3 : 1, way);
      }
    });
  }
}

t.test('an error of setBindings is not that of a child that is made next', async (t) => {
  const server = await strictServer(t);
  const stream = errsight({ apiKey: server.key, host: server.url });
  const pino = require('pino') as typeof pinoNow;
  const logger = pino(withErrsight<object>({}), stream) as unknown as Logger;
  const kept = bind(logger.child({}), { err: failing() });
  logger.child({ a: 1 }).error('of another');
  t.ok(await stream.flush());
  stream.end();
  t.match(server.events, [{ message: 'of another' }]);
  t.equal(server.events[0]?.metadata['exception_class'], undefined);
  t.ok(kept);
});

const broken = { boom: (): never => fail() };

function fail(): never {
  throw new TypeError('boom');
}

/** Calls that throw, since a function of the user does. */
const THROWS: Readonly<Record<string, (logger: Logger) => void>> = {
  'a serializer, in an event': (logger) => logger.error({ boom: 1 }, 'text'),
  'a serializer, in a breadcrumb': (logger) => logger.info({ boom: 1 }, 'text'),
  "a child's serializer": (logger) =>
    logger.child({}, { serializers: { own: fail } }).error({ own: 1 }),
  'a serializer behind an error': (logger) =>
    logger.error({ err: new Other('other'), boom: 1 }, 'text'),
  'a serializer of a call with an error that pino drops': (logger) =>
    logger.error({ boom: 1 }, 'text', new Other('other')),
  'a formatter': (logger) =>
    logger.child({}, { formatters: { log: fail } }).error({ a: 1 }, 'text'),
};

for (const name of ['pino-8', 'pino-9', 'pino']) {
  const pino = require(name) as typeof pinoNow;
  for (const [what, throwing] of Object.entries(THROWS)) {
    t.test(`${name}: errors are bound after a call in which ${what} throws`, async (t) => {
      const server = await strictServer(t);
      const stream = errsight({ apiKey: server.key, host: server.url });
      const options = withErrsight<object>({ serializers: broken });
      const logger = pino(options, stream) as unknown as Logger;
      t.throws(() => throwing(logger), { message: 'boom' });
      bind(logger.child({}), { reason: failing() }).error('text');
      bind(logger.child({}), { err: failing() }).error('another text');
      t.ok(await stream.flush());
      stream.end();
      t.match(
        server.events.map(({ metadata }) => metadata['exception_class']),
        ['Declined', 'Declined'],
      );
    });
  }
}
