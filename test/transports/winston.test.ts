import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import winston from 'winston';
import { close, init, withScope } from '../../src/index.ts';
import { levelOf } from '../../transports/winston/line.ts';
import { ErrsightTransport, OptionError } from '../../transports/winston.ts';
import { saidTags } from '../helpers/tags.ts';
import { strictServer } from '../helpers/errsight.ts';
import { hostileValue } from '../helpers/hostile.ts';
import { keepEvents } from '../helpers/kept-events.ts';
import type { ErrsightTransportOptions } from '../../transports/winston.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';
import type { Level } from '../../src/event/level.ts';

const { combine, errors, json, printf, prettyPrint, simple, splat, timestamp } = winston.format;

/** Which no server ever sees, since `beforeSend` keeps the events here. */
const KEY = 'elp_0';

/** Keeps what would be sent. */
function collect(given: ErrsightTransportOptions = {}): {
  readonly events: ErrsightEvent[];
  readonly transport: ErrsightTransport;
} {
  const { events, options } = keepEvents();
  return { events, transport: new ErrsightTransport({ ...options, ...given }) };
}

/** What a transport beside ours is given to print. */
class Printed extends Writable {
  readonly lines: string[] = [];

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: unknown, callback: () => void): void {
    this.lines.push(chunk);
    callback();
  }
}

/** A transport that takes its time. */
class Slow extends (winston as unknown as { Transport: new () => winston.transport }).Transport {
  readonly infos: Record<PropertyKey, unknown>[] = [];

  override log(info: Record<PropertyKey, unknown>, next: () => void): void {
    this.infos.push(info);
    setImmediate(next);
  }
}

/** Whose name is not in its stack. */
class DeclinedError extends Error {
  readonly code = 'E17';
}

/** Every fifth one is an Error. */
function titleOf(n: number): string {
  return `${n % 5 === 0 ? 'Error: ' : ''}number ${n}`;
}

function declined(): DeclinedError {
  return new DeclinedError('declined', { cause: new RangeError('empty') });
}

type Say = (logger: winston.Logger) => unknown;

interface Way {
  readonly name: string;
  readonly say: Say;
  /** The line's own text, where it has one. */
  readonly text?: string | RegExp;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const text = 'while paying';

const WAYS: readonly Way[] = [
  { name: 'error(err)', say: (l) => l.error(declined()) },
  { name: "error('text', err)", say: (l) => l.error(text, declined()), text },
  { name: "error('text', { error })", say: (l) => l.error(text, { error: declined() }), text },
  { name: "error('text', { err })", say: (l) => l.error(text, { err: declined() }), text },
  {
    name: "error('text', { reason })",
    say: (l) => l.error(text, { reason: declined(), order: 17 }),
    text,
    fields: { order: 17 },
  },
  {
    name: "error('text', { job: { err } })",
    say: (l) => l.error(text, { job: { err: declined(), id: 3 } }),
    text,
    fields: { job: { id: 3 } },
  },
  {
    name: 'error({ message, error })',
    say: (l) => l.error({ message: text, error: declined() }),
    text,
  },
  {
    name: 'error({ err, order })',
    say: (l) => l.error({ err: declined(), order: 17 }),
    fields: { order: 17 },
  },
  {
    name: 'log({ level, message: err })',
    say: (l) => l.log({ level: 'error', message: declined() as unknown as string }),
  },
  { name: "log('error', err)", say: (l) => l.log('error', declined()) },
  { name: "log('error', 'text', err)", say: (l) => l.log('error', text, declined()), text },
  {
    name: "error('text', meta, err)",
    say: (l) => l.error(text, { order: 17 }, declined()),
    text,
    fields: { order: 17 },
  },
  { name: "error('text', 17, err)", say: (l) => l.error(text, 17, declined()), text },
  { name: "error('while %s', err)", say: (l) => l.error('while %s', declined()), text: /^while / },
  {
    name: "error('%s declined', 'it', err)",
    say: (l) => l.error('%s declined', 'it', declined()),
    text: /^(?:%s|it) declined$/,
  },
  {
    name: 'child.error(err)',
    say: (l) => l.child({ of: 'a' }).error(declined()),
    fields: { of: 'a' },
  },
  {
    name: "child.child.error('text', err)",
    say: (l) => l.child({ of: 'a' }).child({ in: 'b' }).error(text, declined()),
    text,
    fields: { of: 'a', in: 'b' },
  },
];

const FORMATS: Readonly<Record<string, winston.Logform.Format>> = {
  'json()': json(),
  'errors, json': combine(errors({ stack: true }), json()),
  'errors, timestamp, splat, json': combine(
    errors({ stack: true, cause: true }),
    timestamp(),
    splat(),
    json(),
  ),
  'timestamp, simple': combine(timestamp(), simple()),
};

for (const [called, format] of Object.entries(FORMATS)) {
  for (const own of [false, true]) {
    const how = own ? `as the transport's own format` : 'as the format of the logger';
    t.test(`with ${called} ${how} every way to log an Error says the same`, (t) => {
      for (const { name, say, text: said, fields = {} } of WAYS) {
        const { events, transport } = collect(own ? { format } : {});
        const logger = winston.createLogger({
          defaultMeta: { service: 'shop' },
          transports: [transport],
          ...(!own && { format }),
        });
        say(logger);
        const [event] = events;
        t.equal(events.length, 1, `${name}: one event`);
        t.match(event, { level: 'error', message: 'declined' }, name);
        const { metadata } = event ?? {};
        const { exception_class, exception_frames, exception_causes, ...rest } = metadata ?? {};
        const { exception_properties, log_message, errsight_group, sdk, node, hostname, ...left } =
          rest;
        t.equal(exception_class, 'DeclinedError', `${name}: its class`);
        t.equal(exception_frames?.[0]?.function, 'declined', `${name}: its frames`);
        t.match(exception_causes, [{ class: 'RangeError', message: 'empty' }], `${name}: cause`);
        t.strictSame(exception_properties, { code: 'E17' }, `${name}: its own properties`);
        t.match(log_message, said, `${name}: the text`);
        if (typeof said === 'string') t.equal(log_message, said, `${name}: nothing but the text`);
        t.strictSame(left, { service: 'shop', ...fields }, `${name}: the fields`);
        t.ok(errsight_group && sdk && node && hostname);
      }
      t.end();
    });
  }
}

t.test('an Error of which a format has left a copy is still read as one', (t) => {
  const { events, transport } = collect();
  // As from a logger of which nothing is known: written to the transport itself.
  const format = errors({ stack: true, cause: true });
  const error = Object.assign(declined(), { level: 'error', [Symbol.for('level')]: 'error' });
  const info = error as unknown as winston.Logform.TransformableInfo;
  transport.write(format.transform(info, { stack: true, cause: true }));
  t.match(events, [
    {
      level: 'error',
      message: 'declined',
      metadata: {
        exception_class: 'Error',
        exception_causes: [{ class: 'RangeError' }],
        code: 'E17',
      },
    },
  ]);
  t.notOk(events[0]?.metadata.log_message);
  t.end();
});

t.test('an Error that was logged before keeps its own properties, and no other', (t) => {
  const { events, transport } = collect();
  const format = combine(timestamp(), winston.format.label({ label: 'shop' }), json());
  const logger = winston.createLogger({
    format,
    levels: winston.config.syslog.levels,
    defaultMeta: { service: 'shop' },
    transports: [transport],
  });
  const error = declined();
  // Each graver, so that each is an event.
  logger.warning(error);
  logger.error(error);
  logger.crit(text, error);
  const [first, second, third] = events.map(({ metadata }) => metadata);
  for (const metadata of [first, second]) {
    t.strictSame(metadata?.['exception_properties'], { code: 'E17' });
    t.match(metadata, { service: 'shop', label: 'shop' });
  }
  t.match(third, { exception_properties: { code: 'E17', level: undefined } });
  t.end();
});

t.test('lines without an error: text, fields, context', (t) => {
  const { events, transport } = collect();
  const logger = winston.createLogger({
    format: combine(timestamp(), json()),
    transports: [transport],
  });
  const told = (): unknown[] => {
    const [event = {} as ErrsightEvent] = events.splice(0);
    const { level, message, user, fingerprint, metadata } = event;
    const { errsight_group, sdk, node, hostname, ...fields } = metadata;
    t.ok(errsight_group && sdk && node && hostname);
    return [level, message, fields, saidTags(event), user, fingerprint];
  };
  logger.warn('low', { order: 17, [Symbol('hidden')]: 1 });
  t.strictSame(told(), ['warning', 'low', { order: 17 }, {}, undefined, undefined]);
  logger.warn('low', {
    reqId: 'r-1',
    errsight: {
      level: 'fatal',
      user: { id: 42 },
      tags: { tenant: 'acme' },
      fingerprint: ['low'],
      metadata: { cart: 3 },
      breadcrumbs: [{ message: 'pressed' }],
    },
  });
  t.match(events[0]?.breadcrumbs, [{ message: 'pressed' }]);
  t.strictSame(told(), [
    'fatal',
    'low',
    { request_id: 'r-1', cart: 3 },
    { tenant: 'acme' },
    { id: '42' },
    ['low'],
  ]);
  logger.warn({ order: 17 });
  t.strictSame(told().slice(0, 3), ['warning', '{"order":17}', { order: 17 }]);
  logger.warn(17);
  t.strictSame(told().slice(0, 3), ['warning', '17', {}]);
  logger.warn('%d of %d');
  t.strictSame(told().slice(0, 3), ['warning', '%d of %d', {}]);
  logger.warn('ends in m', { message: 'm' });
  t.strictSame(told().slice(0, 3), ['warning', 'ends in m m', {}], 'no error: winston joins these');
  t.end();
});

t.test('a timestamp that says what is known is left out, any other is kept', (t) => {
  const { events, transport } = collect();
  const logger = winston.createLogger({ transports: [transport] });
  const now = Date.now();
  logger.warn('the same', { timestamp: new Date(now - 1_000).toISOString() });
  logger.warn('as a number', { timestamp: now });
  logger.warn('a day old', { timestamp: new Date(now - 86_400_000).toISOString() });
  logger.warn('no time', { timestamp: 'noon' });
  t.strictSame(
    events.map(({ metadata }) => typeof metadata['timestamp']),
    ['undefined', 'undefined', 'string', 'string'],
  );
  for (const { occurred_at } of events) t.ok(Date.parse(occurred_at) >= now, 'it happened now');
  t.end();
});

t.test('levels of all sets have their level', (t) => {
  const { npm, syslog, cli } = winston.config;
  const custom = { melt: 0, audit: 1, warn: 2, chat: 3, info: 4, spam: 5 };
  const own = { bad: 0, odd: 1, fine: 2, dull: 3 };
  const cases: readonly (readonly [Readonly<Record<string, number>>, readonly (Level | '')[]])[] = [
    [npm.levels, ['error', 'warning', 'info', 'info', 'debug', 'debug', 'debug']],
    [syslog.levels, ['fatal', 'fatal', 'fatal', 'error', 'warning', 'info', 'info', 'debug']],
    [
      cli.levels,
      ['error', 'warning', 'info', 'debug', 'info', 'debug', 'debug', 'debug', 'debug', 'debug'],
    ],
    // Beside ones that are known, and among none.
    [custom, ['warning', 'warning', 'warning', 'info', 'info', 'info']],
    [own, ['error', 'warning', 'info', 'debug']],
  ];
  for (const [levels, expected] of cases) {
    const names = Object.keys(levels);
    t.strictSame(
      names.map((name) => levelOf({ [Symbol.for('level')]: name, level: 'coloured' }, levels)),
      expected,
      names.join(),
    );
    // And so does what such a logger writes.
    const { events, transport } = collect({ minLevel: 'debug' });
    const logger = winston.createLogger({
      levels,
      level: names.at(-1) ?? '',
      transports: [transport],
    });
    for (const name of names) logger.log(name, 'a line');
    t.strictSame(
      events.map(({ level }) => level),
      expected,
    );
  }
  t.equal(levelOf({ level: 'nobody' }, npm.levels), 'info');
  t.equal(levelOf({}, undefined), 'info');
  t.end();
});

t.test('the gate: events, steps of the trail of the scope, nothing', (t) => {
  const { events, transport } = collect();
  const logger = winston.createLogger({ level: 'silly', transports: [transport] });
  withScope(() => {
    logger.debug('a detail');
    logger.info('a step', { order: 17 });
    withScope(() => {
      logger.info('another step');
      logger.warn('an event');
    });
    logger.info({ order: 18 });
    logger.error(declined());
  });
  logger.error('outside');
  t.strictSame(
    events.map(({ message, breadcrumbs }) => [message, breadcrumbs.map((crumb) => crumb.message)]),
    [
      ['an event', ['a step', 'another step']],
      ['DeclinedError: declined', ['a step', 'another step', '{"order":18}']],
      ['outside', []],
    ],
  );
  t.match(events[0]?.breadcrumbs[0], { level: 'info', category: 'log', data: { order: 17 } });
  t.end();
});

t.test("winston's own level, of the transport or else the logger, comes before", (t) => {
  const cases: readonly (readonly [string | undefined, string, readonly string[]])[] = [
    [undefined, 'warn', ['error', 'warn']],
    [undefined, 'error', ['error']],
    ['silly', 'error', ['error', 'warn', 'debug']],
    ['error', 'silly', ['error']],
  ];
  for (const [level, ofLogger, expected] of cases) {
    const { events, transport } = collect({ minLevel: 'debug', level });
    const logger = winston.createLogger({ level: ofLogger, transports: [transport] });
    for (const name of ['error', 'warn', 'debug']) logger.log(name, name);
    t.strictSame(
      events.map(({ message }) => message),
      expected,
    );
  }
  const { events, transport } = collect({ silent: true });
  winston.createLogger({ transports: [transport] }).error('unheard');
  t.strictSame(events, []);
  t.end();
});

/** The lines that a transport beside ours prints, and what its infos are made of. */
async function printed(
  format: winston.Logform.Format,
  transports: readonly winston.transport[],
  say: Say,
): Promise<readonly unknown[]> {
  const stream = new Printed();
  const slow = new Slow();
  const logger = winston.createLogger({
    format,
    level: 'silly',
    defaultMeta: { service: 'shop' },
    transports: [new winston.transports.Stream({ stream }), ...transports, slow],
  });
  const before = inspect(logger, { depth: 0 });
  withScope(() => {
    say(logger);
    say(logger.child({ of: 'a' }));
  });
  const during = inspect(logger, { depth: 0 });
  logger.end();
  await once(logger, 'finish');
  return [
    stream.lines,
    slow.infos.map((info) => Reflect.ownKeys(info)),
    slow.infos.map((info) => inspect(info, { showHidden: true })),
    Object.keys(logger),
    before.length,
    during.length,
  ];
}

/** The same each time it is made. */
function still<T extends object>(error: T): T {
  Object.defineProperty(error, 'stack', { value: 'Error: still\n    at here (/shop/a.js:1:2)' });
  return error;
}

t.test('what other transports print is the same with us and without', async (t) => {
  const formats: Readonly<Record<string, winston.Logform.Format>> = {
    json: json(),
    simple: simple(),
    prettyPrint: prettyPrint(),
    printf: printf((info) => inspect(info, { showHidden: true })),
    colorize: combine(winston.format.colorize(), splat(), simple()),
    errors: combine(errors({ stack: true }), splat(), prettyPrint()),
    metadata: combine(winston.format.metadata(), json()),
  };
  const says: readonly Say[] = [
    (l) => l.error(still(new Error('alone'))),
    (l) => l.error('text', still(Object.assign(new Error('behind'), { code: 17 }))),
    (l) => l.error('text', { error: still(new Error('inside')), order: 17 }),
    (l) => l.error('text %s', 'and', { order: 17 }, still(new Error('last'))),
    (l) => l.log({ level: 'warn', message: 'text', errsight: { tags: { a: 1 } } }),
    (l) => l.error({ order: 17, err: still(new Error('bare')) }),
    (l) => l.info('frozen', Object.freeze({ order: 17 })),
    (l) => l.debug('text', [1, 2], null),
    (l) => {
      const error = still(new Error('twice'));
      l.error(error);
      l.warn('text', error);
      return l.error(error);
    },
  ];
  for (const [name, format] of Object.entries(formats)) {
    for (const say of says) {
      const alone = await printed(format, [], say);
      const beside = await printed(format, [collect().transport, collect().transport], say);
      t.strictSame(beside, alone, `${name}: ${String(say)}`);
    }
  }
});

t.test('beside a slow transport each of 200 lines has the scope it was logged in', async (t) => {
  for (const format of [json(), combine(errors({ stack: true }), json())]) {
    // Of two projects: to one project an Error is one event.
    const [one, other] = [collect(), collect({ apiKey: 'elp_other' })];
    const slow = new Slow();
    const logger = winston.createLogger({
      format,
      transports: [slow, one.transport, other.transport],
    });
    const child = logger.child({ of: 'a' });
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const work = numbers.map((number) =>
      withScope(async (scope) => {
        scope.setTag('number', number);
        await nextTurn();
        if (number % 3 === 0) await nextTurn();
        const from = number % 2 === 0 ? logger : child;
        from.info(`step ${number}`);
        from.error(number % 5 === 0 ? new Error(`number ${number}`) : `number ${number}`);
      }),
    );
    await Promise.all(work);
    while (slow.infos.length < 400) await nextTurn();
    for (const { events } of [one, other]) {
      t.strictSame(
        events.map(({ message }) => message).toSorted(),
        numbers.map(titleOf).toSorted(),
      );
      for (const { message, tags, breadcrumbs } of events) {
        t.equal(message, titleOf(Number(tags['number'])));
        t.strictSame(
          breadcrumbs.map((crumb) => crumb.message),
          [`step ${tags['number']}`],
          'its step, once',
        );
      }
    }
  }
});

t.test('a logger is left as it was', (t) => {
  const [one, other] = [collect(), collect()];
  const logger = winston.createLogger({ transports: [new Slow()] });
  const before = Reflect.ownKeys(logger);
  logger.add(one.transport).add(other.transport);
  t.strictSame(
    Object.keys(logger),
    before.filter((key) => Object.keys(logger).includes(String(key))),
  );
  logger.remove(one.transport);
  withScope((scope) => {
    scope.setTag('a', 1);
    logger.error('still watched');
  });
  t.match(other.events, [{ tags: { a: '1' } }]);
  logger.remove(other.transport);
  t.strictSame(Reflect.ownKeys(logger), before);
  t.strictSame(one.events, []);

  // Whoever came later, and before ours, stays.
  const heard: string[] = [];
  logger.add(one.transport);
  const ours = logger.write.bind(logger);
  const theirs = ((info: { message: string }) => {
    heard.push(info.message);
    return ours(info);
  }) as typeof logger.write;
  logger.write = theirs;
  logger.remove(one.transport);
  logger.add(other.transport);
  logger.error('heard');
  t.equal(heard.join(), 'heard');
  t.match(other.events.at(-1), { message: 'heard' });
  logger.remove(other.transport);
  t.equal(Object.getOwnPropertyDescriptor(logger, 'write')?.value, theirs);
  t.end();
});

t.test('the process-wide client is the one that init has set by the time of a line', async (t) => {
  const events: string[] = [];
  const keep =
    (name: string) =>
    (event: ErrsightEvent): null => {
      events.push(`${name}: ${event.message}`);
      return null;
    };
  t.teardown(() => close());
  const transport = new ErrsightTransport({ level: 'warn' });
  const logger = winston.createLogger({ transports: [transport] });
  logger.error('before');
  t.equal(transport.stats().accepted, 0);
  init({ apiKey: KEY, beforeSend: keep('first'), captureUncaught: false });
  logger.error('a');
  init({ apiKey: KEY, beforeSend: keep('second'), captureUncaught: false });
  logger.error('b');
  const own = collect();
  logger.add(own.transport);
  logger.error('c');
  t.strictSame(events, ['first: a', 'second: b', 'second: c']);
  t.strictSame(
    own.events.map(({ message }) => message),
    ['c'],
    'options make one of its own',
  );
  t.equal(transport.stats().accepted, 2);
  logger.close();
  t.equal(await transport.flush(), true);
  init({ apiKey: KEY, beforeSend: keep('third'), captureUncaught: false });
  winston.createLogger({ transports: [transport] }).error('d');
  t.equal(events.at(-1), 'third: d', 'it is not closed with the logger');
  await close();
  winston.createLogger({ transports: [new ErrsightTransport()] }).error('e');
  t.equal(events.length, 4);
});

t.test('wrong options are named', (t) => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ apikey: KEY }, 'apikey'],
    [{ minLevel: 'loud' }, 'minLevel'],
    [{ level: 17 }, 'level'],
    [{ silent: 'yes' }, 'silent'],
    [{ handleExceptions: 1 }, 'handleExceptions'],
    [{ handleRejections: 1 }, 'handleRejections'],
    [{ format: 'json' }, 'format'],
    ['elp_0', 'options'],
    [null, 'options'],
  ];
  for (const [options, option] of cases) {
    try {
      t.notOk(new ErrsightTransport(options as ErrsightTransportOptions), inspect(options));
    } catch (error) {
      t.type(error, OptionError);
      t.match(error, { option });
    }
  }
  t.end();
});

t.test('without an API key nothing happens', async (t) => {
  const transport = new ErrsightTransport({ minLevel: 'debug', apiKey: undefined });
  const logger = winston.createLogger({ transports: [transport] });
  for (const { say } of WAYS) say(logger);
  t.equal(transport.stats().accepted, 0);
  t.equal(await transport.flush(), true);
  logger.end();
  await once(logger, 'finish');
});

t.test("'finish' means that what was logged has arrived", async (t) => {
  const server = await strictServer(t);
  const options = { apiKey: server.key, host: server.url, captureUncaught: false };
  const logger = winston.createLogger({ transports: [new ErrsightTransport(options)] });
  logger.error('the last words');
  logger.end();
  await once(logger, 'finish');
  t.match(server.events, [{ message: 'the last words' }]);
});

t.test('lines that a slow transport has held up when the logger ends arrive as well', async (t) => {
  const server = await strictServer(t);
  const options = { apiKey: server.key, host: server.url, captureUncaught: false };
  const transport = new ErrsightTransport(options);
  const slow = new Slow();
  const logger = winston.createLogger({ transports: [transport, slow] });
  const numbers = Array.from({ length: 40 }, (_, number) => `number ${number}`);
  for (const name of numbers) logger.error(name);
  logger.end();
  // winston writes to the slow one as well, which it has ended.
  logger.on('error', ({ message }: Error, from: unknown) => {
    t.strictSame([message, from === slow], ['write after end', true]);
  });
  await once(transport, 'finish');
  t.strictSame(
    server.events.map(({ message }) => message),
    numbers,
  );
});

t.test("'finish' comes although nothing can arrive, and no 'error'", async (t) => {
  const hung: AbortSignal[] = [];
  const transport = new ErrsightTransport({
    apiKey: KEY,
    shutdownTimeout: 20,
    captureUncaught: false,
    transport: (_body, { signal }) => {
      hung.push(signal);
      return new Promise<undefined>(() => undefined);
    },
  });
  const logger = winston.createLogger({ transports: [transport] });
  logger.error('never arrives');
  logger.end();
  await once(logger, 'finish');
  t.equal(hung.length, 1);
  t.equal(transport.stats().delivered, 0);
});

t.test(
  'a transport of two loggers ends with the second, and begins again with a third',
  async (t) => {
    const server = await strictServer(t);
    const transport = new ErrsightTransport({
      apiKey: server.key,
      host: server.url,
      captureUncaught: false,
    });
    const [one, other, third] = Array.from({ length: 3 }, () => winston.createLogger());
    one?.add(transport);
    other?.add(transport);
    one?.error('from one');
    one?.close();
    other?.error('from the other');
    t.equal(await transport.flush(), true);
    t.equal(transport.stats().accepted, 2);
    other?.remove(transport);
    third?.add(transport);
    third?.error('from a third');
    t.equal(await transport.flush(), true);
    t.strictSame(
      server.events.map(({ message }) => message),
      ['from one', 'from the other', 'from a third'],
    );
    third?.close();
  },
);

t.test("what winston's handlers caught", (t) => {
  const cases = [
    ['exceptions', 'fatal', 'uncaughtException'],
    ['rejections', 'fatal', 'unhandledRejection'],
    ['rejections', 'error', 'unhandledRejection', { exitOnError: false }],
    // Only winston may ask it.
    ['rejections', 'error', 'unhandledRejection', { exitOnError: () => true }],
  ] as const;
  for (const [handler, level, mechanism, end] of cases) {
    const { events, transport } = collect({ handleExceptions: true, handleRejections: true });
    const logger = winston.createLogger({
      format: combine(timestamp(), json()),
      defaultMeta: { service: 'shop' },
      transports: [transport],
      ...end,
    });
    for (const thrown of [declined(), 'a text']) {
      const info = logger[handler].getAllInfo(thrown);
      withScope((scope) => {
        scope.setLevel('info');
        logger.log(info as winston.LogEntry);
      });
    }
    logger.close();
    for (const [index, [message, exception_class]] of [
      ['declined', 'DeclinedError'],
      ['a text', 'String'],
    ].entries()) {
      const { metadata, ...event } = events[index] as ErrsightEvent;
      t.match(event, { level, message });
      const {
        exception_frames,
        exception_causes,
        exception_properties,
        errsight_group,
        sdk,
        node,
        hostname,
        ...rest
      } = metadata;
      t.strictSame(rest, { exception_class, mechanism, service: 'shop' });
      t.ok(errsight_group && sdk && node && hostname);
      for (const part of [exception_frames, exception_causes, exception_properties]) {
        t.equal(part === undefined, exception_class === 'String');
      }
    }
  }
  t.end();
});

t.test('a hook that logs loses nothing, and does not call itself for ever', (t) => {
  const seen: string[] = [];
  const transport = new ErrsightTransport({
    apiKey: KEY,
    captureUncaught: false,
    beforeSend(event) {
      seen.push(event.message);
      logger.error('from the hook');
      logger.error(declined());
      return null;
    },
  });
  const beside = new Printed();
  const logger = winston.createLogger({
    transports: [transport, new winston.transports.Stream({ stream: beside })],
  });
  logger.error('a');
  logger.error('b');
  t.strictSame(seen, ['a', 'b']);
  t.equal(beside.lines.length, 6);
  t.equal(transport.stats().accepted, 6, 'all are counted');
  t.end();
});

t.test('whatever is logged, nothing is thrown, and the other transports get it', (t) => {
  const { events, transport } = collect();
  const infos: unknown[] = [];
  const beside = new Slow();
  beside.log = (info: unknown, next: () => void): void => {
    infos.push(info);
    next();
  };
  // Some values are one object in all cases, such as `process`: they were reported before.
  const told = (): number => events.length + transport.stats().dropped.duplicate;
  // Formats of winston's own throw at what is hostile.
  const format = winston.format((info) => info)();
  const logger = winston.createLogger({ format, transports: [transport, beside] });
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(hostileValue, fc.constantFrom('message', 'err', 'x', 'stack'), (recipe, key) => {
        const count = told();
        const level = { level: 'error', [Symbol.for('level')]: 'error' };
        logger.write({ ...level, [key]: recipe.make() });
        logger.write({ ...level, [Symbol.for('splat')]: recipe.make() });
        transport.log(recipe.make(), () => undefined);
        return told() >= count + 2 && infos.length % 2 === 0;
      }),
    );
  });
  t.ok(infos.length >= 200);
  t.end();
});
