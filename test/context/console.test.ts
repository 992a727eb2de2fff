/* oxlint-disable no-console -- what is tested is the console */
/** What is written to the console: steps of the trail, events on demand, and nothing else about it. */
import { Writable } from 'node:stream';
import bunyan from 'bunyan';
import pino from 'pino';
import t, { type Test } from 'tap';
import winston from 'winston';
import {
  captureMessage,
  close,
  getScope,
  init,
  withScope,
  type InitOptions,
} from '../../src/index.ts';
import { CONSOLE_METHODS } from '../../src/options/console.ts';
import { createErrsightStream } from '../../transports/bunyan.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

/** What was printed, in the place of the real console; the tests themselves print nothing. */
function quiet(t: Test): unknown[][] {
  const printed: unknown[][] = [];
  for (const name of CONSOLE_METHODS) {
    const real = Object.getOwnPropertyDescriptor(console, name) as PropertyDescriptor;
    t.teardown(() => Object.defineProperty(console, name, real));
    console[name] = (...args: unknown[]) => void printed.push([name, ...args]);
  }
  return printed;
}

/** Each test begins with an empty trail. */
t.beforeEach(() => void getScope().clear());

function collect(
  t: Test,
  options: InitOptions = {},
): { events: ErrsightEvent[]; given: InitOptions } {
  const events: ErrsightEvent[] = [];
  const given: InitOptions = {
    apiKey: 'elp_0',
    captureUncaught: false,
    beforeSend(event) {
      events.push(event);
      return null;
    },
    ...options,
  };
  t.teardown(() => close());
  return { events, given };
}

const ways: Readonly<Record<string, readonly [() => void, object]>> = {
  log: [() => console.log('a', 1, true), { level: 'info', message: 'a 1 true' }],
  'a format': [
    () => console.info('%s has %d', 'cart', 7),
    { level: 'info', message: 'cart has 7' },
  ],
  fields: [() => console.log('order', { id: 7 }), { message: 'order {"id":7}' }],
  'an Error': [
    () => console.error(new TypeError('no')),
    { level: 'error', message: 'TypeError: no' },
  ],
  warn: [() => console.warn('careful'), { level: 'warning', message: 'careful' }],
  'a secret': [() => console.log('password=hunter22'), { message: 'password=[Filtered]' }],
};

t.test('each call is a step of the trail', async (t) => {
  const printed = quiet(t);
  const { events, given } = collect(t);
  init(given);
  for (const [way, [write, step]] of Object.entries(ways)) {
    withScope(() => {
      write();
      captureMessage(way);
    });
    t.match(events.at(-1)?.breadcrumbs.at(-1), { category: 'console', ...step }, way);
  }
  console.debug('below breadcrumbLevel');
  const hostile = {
    get id(): number {
      throw new Error('no');
    },
    toString(): string {
      throw new Error('no');
    },
  };
  t.doesNotThrow(() => console.log(hostile, new Proxy({}, { ownKeys: () => [] }), Symbol('s'), 7n));
  t.equal(printed.length, Object.keys(ways).length + 2, 'each was printed once');
  t.equal(printed.at(-1)?.[1], hostile, 'with what it was given');
});

t.test('`consoleBreadcrumbs: false` leaves the console alone', async (t) => {
  quiet(t);
  const before = CONSOLE_METHODS.map((name) => console[name]);
  init(collect(t, { consoleBreadcrumbs: false }).given);
  t.ok(CONSOLE_METHODS.every((name, index) => console[name] === before[index]));
});

t.test('nothing changes about the console, and it is as it was after close()', async (t) => {
  quiet(t);
  const selves: unknown[] = [];
  const original = Object.assign(
    function log(this: unknown, _text: string) {
      selves.push(this);
      return 'what it returns';
    },
    { extra: 'theirs' },
  );
  console.log = original;
  const { given } = collect(t);
  init(given);
  t.not(console.log, original);
  const { extra, length } = console.log as typeof original;
  t.strictSame([extra, length], ['theirs', 1]);
  const self = {};
  t.equal(Reflect.apply(console.log, self, ['x']), 'what it returns');
  t.equal(selves[0], self);
  t.equal(Object.getOwnPropertyDescriptor(console, 'log')?.enumerable, true);
  await close();
  t.equal(console.log, original);
});

t.test('wrappers of others go on, whether they came before or after us', async (t) => {
  const printed = quiet(t);
  const { events, given } = collect(t);
  const seen: string[] = [];
  const wrap = (name: string): void => {
    const inner = console.log;
    console.log = (...args: unknown[]) => {
      seen.push(name);
      inner(...args);
    };
  };
  wrap('before');
  init(given);
  wrap('after');
  const after = console.log;
  for (let round = 0; round < 3; round += 1) {
    await close();
    t.equal(console.log, after, 'theirs stays');
    console.log('nobody listens');
    init(given);
    console.log(`round ${round}`);
  }
  captureMessage('now');
  const steps = events[0]?.breadcrumbs.map(({ message }) => message);
  t.strictSame(steps, ['round 0', 'round 1', 'round 2'], 'each once');
  t.equal(printed.length, 6);
  t.equal(seen.length, 12);
});

function error(): Error {
  return new TypeError('declined');
}

t.test('captureConsole makes events, with the Error wherever it is', async (t) => {
  quiet(t);
  const { events, given } = collect(t, { captureConsole: ['error', 'warn'], minLevel: 'fatal' });
  init(given);
  const rows: readonly (readonly [() => void, object])[] = [
    [() => console.error(error()), { message: 'TypeError: declined' }],
    [
      () => console.error('while paying', error(), { order: 17 }),
      { message: 'TypeError: declined', metadata: { log_message: 'while paying', order: 17 } },
    ],
    [
      () => console.error('while paying', { err: error(), order: 17 }),
      { message: 'TypeError: declined', metadata: { log_message: 'while paying', order: 17 } },
    ],
    [() => console.error({ job: { failure: error() } }), { message: 'TypeError: declined' }],
    [() => console.warn('%s is low', 'stock'), { level: 'warning', message: 'stock is low' }],
  ];
  for (const [write, expected] of rows) {
    events.length = 0;
    write();
    t.match(events, [{ level: 'error', tags: { mechanism: 'console' }, ...expected }]);
    t.equal(events.length, 1);
  }
  events.length = 0;
  console.log('only a step');
  console.trace('where am I');
  t.equal(events.length, 0);
});

t.test('captureConsole: true is for errors; wrong ones are told', async (t) => {
  quiet(t);
  const { events, given } = collect(t, { captureConsole: true });
  init(given);
  console.warn('no');
  console.error('yes');
  t.match(events, [{ message: 'yes' }]);
  t.equal(events.length, 1);
  t.throws(() => init({ captureConsole: ['table'] as unknown as true }), {
    message: /`captureConsole\[0]` to be a boolean, or an array of `debug`, `log`/,
  });
});

/** Loggers that print by the console, in front of us or behind us. */
type Logging = (given: InitOptions) => { log: (text: string) => void; end: () => void };

const LOGGERS: Readonly<Record<string, Logging>> = {
  'winston, before': (given) => {
    const transports = [
      new winston.transports.Console({ forceConsole: true }),
      new ErrsightTransport(given),
    ];
    const logger = winston.createLogger({ transports });
    return { log: (text) => void logger.error(text), end: () => logger.close() };
  },
  'winston, after': (given) => {
    const transports = [
      new ErrsightTransport(given),
      new winston.transports.Console({ forceConsole: true }),
    ];
    const logger = winston.createLogger({ transports });
    return { log: (text) => void logger.error(text), end: () => logger.close() };
  },
  'bunyan, before': (given) => {
    const stream = { write: (record: object): void => console.error(Reflect.get(record, 'msg')) };
    const ours = createErrsightStream(given);
    const streams = [{ type: 'raw', stream }, ours];
    const logger = bunyan.createLogger({ name: 'shop', streams });
    return { log: (text) => logger.error(text), end: () => ours.stream.end() };
  },
  'bunyan, after': (given) => {
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        console.error(chunk.toString());
        done();
      },
    });
    const ours = createErrsightStream(given);
    const streams = [ours, { stream }];
    const logger = bunyan.createLogger({ name: 'shop', streams });
    return { log: (text) => logger.error(text), end: () => ours.stream.end() };
  },
};

t.test('what a logger of ours prints by the console is told once', async (t) => {
  quiet(t);
  for (const [name, make] of Object.entries(LOGGERS)) {
    for (const captureConsole of [false, true]) {
      const { events, given } = collect(t, { captureConsole, minLevel: 'error' });
      init(given);
      const { log, end } = make({ ...given });
      log('the card was declined');
      t.strictSame(
        events.map(({ message, breadcrumbs }) => [message, breadcrumbs.length]),
        [['the card was declined', 0]],
        `${name}, ${captureConsole ? 'with' : 'without'} events`,
      );
      end();
      await close();
    }
  }
});

t.test('and so is one of pino', async (t) => {
  quiet(t);
  const { events, given } = collect(t);
  init(given);
  const logger = pino({}, { write: (line) => console.log(line) });
  logger.info('the cart is empty');
  captureMessage('now');
  t.match(events[0]?.breadcrumbs, [{ category: 'log', message: 'the cart is empty' }]);
  t.equal(events[0]?.breadcrumbs.length, 1);
});

t.test('a hook or a transport that writes to the console does not call itself', async (t) => {
  quiet(t);
  let sent = 0;
  const { given } = collect(t, {
    captureConsole: true,
    debug: false,
    beforeSend(event) {
      console.error('seen', event.message);
      return event;
    },
    transport: async () => {
      sent += 1;
      console.error('sending', sent);
      await Promise.resolve();
      console.error(new Error(`sent ${sent}`));
      return { kind: 'accepted' };
    },
    batchSize: 1,
  });
  init(given);
  console.error('once');
  await close();
  t.equal(sent, 1);
});
