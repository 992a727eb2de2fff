import { once } from 'node:events';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import bunyan from 'bunyan';
import fc from 'fast-check';
import t from 'tap';
import { close, init, withScope } from '../../src/index.ts';
import {
  createErrsightStream,
  OptionError,
  serializers,
  type ErrsightStreamEntry,
  type InitOptions,
} from '../../transports/bunyan.ts';
import { strictServer } from '../helpers/errsight.ts';
import { hostileValue } from '../helpers/hostile.ts';
import { keepEvents } from '../helpers/kept-events.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

/** Which no server ever sees, since `beforeSend` keeps the events here. */
const KEY = 'elp_0';

/** Keeps what would be sent. */
function collect(given: InitOptions = {}): {
  readonly events: ErrsightEvent[];
  readonly entry: ErrsightStreamEntry;
} {
  const { events, options } = keepEvents();
  return { events, entry: createErrsightStream({ ...options, ...given }) };
}

/** What a stream beside ours is given to print. */
class Printed extends Writable {
  readonly lines: string[] = [];

  override _write(chunk: Buffer, _encoding: unknown, callback: () => void): void {
    this.lines.push(chunk.toString());
    callback();
  }
}

/** Whose name is not in its stack. */
class DeclinedError extends Error {
  readonly code = 'E17';
}

function declined(): DeclinedError {
  return new DeclinedError('declined', { cause: new RangeError('empty') });
}

type Say = (logger: bunyan) => unknown;

interface Way {
  readonly name: string;
  readonly say: Say;
  readonly text?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const text = 'while paying';

const WAYS: readonly Way[] = [
  { name: 'error(err)', say: (l) => l.error(declined()) },
  { name: "error(err, 'text')", say: (l) => l.error(declined(), text), text },
  { name: 'error({ err })', say: (l) => l.error({ err: declined() }) },
  {
    name: "error({ err, order }, 'text')",
    say: (l) => l.error({ err: declined(), order: 17 }, text),
    text,
    fields: { order: 17 },
  },
  {
    name: 'child.error(err)',
    say: (l) => l.child({ of: 'a' }).error(declined()),
    fields: { of: 'a' },
  },
  {
    name: 'a simple child',
    say: (l) => l.child({ of: 'a' }, true).error(declined()),
    fields: { of: 'a' },
  },
];

const KEPT = { class: 'DeclinedError', causes: [{ class: 'RangeError', message: 'empty' }] };
/** What a serializer of the application's own leaves. */
const LOST = { class: 'Error', causes: [] };

/** As bunyan's own does it. */
function ownSerializer(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, name, stack } = value;
  return { message, name, stack, code: 'E17' };
}

const SERIALIZERS = {
  none: [undefined, KEPT],
  "bunyan's": [bunyan.stdSerializers, KEPT],
  ours: [serializers, KEPT],
  "the application's": [{ err: ownSerializer }, LOST],
} as const;

for (const [whose, [given, expected]] of Object.entries(SERIALIZERS)) {
  t.test(`with ${whose} as serializers every way to log an Error reports it`, (t) => {
    for (const { name, say, text: said, fields = {} } of WAYS) {
      const { events, entry } = collect();
      const logger = bunyan.createLogger({
        name: 'shop',
        streams: [entry],
        ...(given && { serializers: given }),
      });
      say(logger);
      t.equal(events.length, 1, `${name}: one event`);
      t.match(events[0], { level: 'error', message: 'declined' }, name);
      const { metadata } = events[0] ?? {};
      const { exception_class, exception_frames, exception_causes, ...rest } = metadata ?? {};
      const { exception_properties, log_message, errsight_group, sdk, node, hostname, ...left } =
        rest;
      t.equal(exception_class, expected.class, `${name}: its class`);
      t.match(exception_causes ?? [], expected.causes, `${name}: its causes`);
      t.equal(exception_causes?.length ?? 0, expected.causes.length);
      t.equal(exception_frames?.[0]?.function, 'declined', `${name}: its frames`);
      t.match(exception_properties, { code: 'E17' }, `${name}: its own properties`);
      t.equal(log_message, said, `${name}: the text`);
      t.strictSame(left, { name: 'shop', pid: process.pid, ...fields }, `${name}: the fields`);
      t.ok(errsight_group && sdk && node && hostname);
    }
    t.end();
  });
}

t.test("our serializers print what bunyan's print", (t) => {
  const inner = new Error('inner');
  const values: readonly unknown[] = [
    declined(),
    Object.assign(new Error('killed'), { code: 1, signal: 'SIGTERM' }),
    Object.assign(new Error('outer'), { cause: () => inner }),
    'a text',
    null,
    undefined,
    { message: 'no stack' },
    { method: 'GET', url: '/', headers: {}, connection: { remoteAddress: '127.0.0.1' } },
    { statusCode: 200, _header: 'HTTP/1.1 200 OK' },
  ];
  for (const value of values) {
    for (const name of ['err', 'req', 'res'] as const) {
      const [ours, theirs] = [serializers, bunyan.stdSerializers].map((each) =>
        inspect((each[name] as (given: unknown) => unknown)(value), { showHidden: true }),
      );
      t.equal(ours, theirs);
    }
  }
  t.end();
});

t.test('what other streams print is the same with us and without', (t) => {
  const stack = 'Error: still\n    at here (/shop/a.js:1:2)';
  const still = (): Error =>
    Object.defineProperty(Object.assign(new Error('still'), { code: 17 }), 'stack', {
      value: stack,
    });
  const print = (streams: readonly bunyan.Stream[], given: object | undefined): string[] => {
    const stream = new Printed();
    const raw: string[] = [];
    const beside = Object.assign(new Writable(), {
      write: (record: unknown) => raw.push(inspect(record, { showHidden: true })) > 0,
    });
    const logger = bunyan.createLogger({
      name: 'shop',
      src: true,
      streams: [{ stream }, ...streams, { type: 'raw', stream: beside }],
      ...(given && { serializers: given as bunyan.Serializers }),
    });
    const time = new Date(0);
    for (const each of [logger, logger.child({ of: 'a' })]) {
      each.error({ err: still(), time }, 'text');
      each.error({ error: still(), job: { err: still() }, time, errsight: { tags: { a: 1 } } });
      each.info({ time }, 'a step %s', 'more');
    }
    return [...stream.lines, ...raw];
  };
  const given = { ...bunyan.stdSerializers, ...serializers };
  for (const [ours, theirs] of [
    [undefined, undefined],
    [given, bunyan.stdSerializers],
  ]) {
    const beside = withScope(() => print([collect().entry], ours));
    t.strictSame(beside, print([], theirs));
  }
  t.end();
});

t.test('a record: level, time, fields, context, request, trail of the scope', (t) => {
  const { events, entry } = collect();
  const other = collect();
  t.match(entry, { type: 'raw', name: 'errsight', level: 30 });
  const logger = bunyan.createLogger({ name: 'shop', streams: [entry, other.entry] });
  // As `src: true` has it.
  const src = { file: '/shop/a.js', line: 17, func: 'pay' };
  const time = new Date(Date.now() - 60_000);
  withScope((scope) => {
    scope.setTag('in', 'scope');
    logger.debug('unheard');
    logger.info({ order: 17 }, 'a step');
    logger.warn({ req_id: 'r-1', time, src, errsight: { user: { id: 42 } } }, 'low on %s', 'tea');
  });
  logger.fatal('outside');
  t.match(events, [
    {
      level: 'warning',
      message: 'low on tea',
      occurred_at: time.toISOString(),
      tags: { in: 'scope' },
      user: { id: '42' },
      metadata: { request_id: 'r-1', req_id: undefined, src },
      breadcrumbs: [{ message: 'a step', category: 'log', data: { order: 17 } }],
    },
    { level: 'fatal', message: 'outside', breadcrumbs: [] },
  ]);
  t.equal(events.length, 2);
  for (const { breadcrumbs } of [events[0], other.events[0]] as ErrsightEvent[]) {
    t.equal(breadcrumbs.length, 1, 'a step, once');
  }
  t.end();
});

t.test("bunyan's numbers, also those between", (t) => {
  const { events, entry } = collect({ minLevel: 'debug' });
  t.equal(entry.level, 10);
  const numbers = [10, 20, 29, 30, 35, 40, 45, 50, 60, 90];
  for (const level of numbers)
    entry.stream.write({ level, msg: String(level), time: new Date(), v: 0 });
  t.strictSame(
    events.map(({ level }) => level),
    ['debug', 'debug', 'debug', 'info', 'info', 'warning', 'warning', 'error', 'fatal', 'fatal'],
  );
  const levels = [
    [{}, 30],
    [{ breadcrumbLevel: 'error' }, 40],
    [{ minLevel: 'error', breadcrumbLevel: 'fatal' }, 50],
    [{ minLevel: 'fatal', breadcrumbLevel: 'fatal' }, 60],
  ] as const;
  for (const [options, level] of levels) t.equal(collect(options).entry.level, level);
  t.end();
});

t.test('without `raw` it takes lines of JSON', (t) => {
  const { events, entry } = collect();
  const { stream } = entry;
  bunyan.createLogger({ name: 'shop', streams: [{ stream }] }).error(declined(), text);
  t.match(events, [{ message: 'declined', metadata: { log_message: text } }]);
  stream.write('not JSON');
  t.equal(events.length, 1);
  t.end();
});

t.test('the process-wide client is the one that init has set by the time of a line', async (t) => {
  t.teardown(() => close());
  const events: string[] = [];
  const entry = createErrsightStream();
  const logger = bunyan.createLogger({ name: 'shop', streams: [entry] });
  logger.error('before');
  for (const name of ['first', 'second']) {
    init({
      apiKey: KEY,
      captureUncaught: false,
      beforeSend(event) {
        events.push(`${name}: ${event.message}`);
        return null;
      },
    });
    logger.error('a line');
  }
  t.strictSame(events, ['first: a line', 'second: a line']);
  entry.stream.end();
  await once(entry.stream, 'finish');
  logger.error('after the end');
  t.equal(events.length, 3, 'which is not its own to close');
});

t.test('wrong options are named', (t) => {
  for (const [options, option] of [
    [{ apikey: KEY }, 'apikey'],
    [{ level: 'info' }, 'level'],
    ['elp_0', 'options'],
    [null, 'options'],
  ]) {
    try {
      t.notOk(createErrsightStream(options as InitOptions), inspect(options));
    } catch (error) {
      t.type(error, OptionError);
      t.match(error, { option });
    }
  }
  t.end();
});

t.test('without an API key nothing happens', async (t) => {
  const entry = createErrsightStream({ minLevel: 'error' });
  t.equal(entry.level, 30);
  const logger = bunyan.createLogger({ name: 'shop', streams: [entry] });
  for (const { say } of WAYS) say(logger);
  t.equal(entry.stream.stats().accepted, 0);
  t.equal(await entry.stream.flush(), true);
  entry.stream.end();
  await once(entry.stream, 'finish');
});

t.test("'finish' means that what was logged has arrived; later lines are counted", async (t) => {
  const server = await strictServer(t);
  const options = { apiKey: server.key, host: server.url, captureUncaught: false };
  const { stream, ...entry } = createErrsightStream(options);
  const logger = bunyan.createLogger({ name: 'shop', streams: [{ ...entry, stream }] });
  logger.error('the last words');
  stream.end();
  await once(stream, 'finish');
  t.match(server.events, [{ message: 'the last words' }]);
  t.equal(await stream.flush(), true);
  logger.error('too late');
  const { accepted, delivered, dropped } = stream.stats();
  t.strictSame([accepted, delivered, dropped.shutdown], [2, 1, 1]);
});

t.test('a hook that logs does not call itself for ever', (t) => {
  const { events, entry } = collect({
    beforeSend(event) {
      events.push(event);
      logger.error(declined());
      return null;
    },
  });
  const logger = bunyan.createLogger({ name: 'shop', streams: [entry] });
  logger.error('a');
  t.equal(events.length, 1);
  t.equal(entry.stream.stats().accepted, 2, 'both are counted');
  t.end();
});

t.test('whatever is written, nothing is thrown', (t) => {
  const { events, entry } = collect();
  const { stream } = entry;
  // Some values are one object in all cases, such as `process`: they were reported before.
  const told = (): number => events.length + stream.stats().dropped.duplicate;
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(hostileValue, fc.constantFrom('msg', 'err', 'x', 'time'), (recipe, key) => {
        const count = told();
        stream.write({ level: 50, [key]: recipe.make() });
        stream.write(recipe.make());
        return told() > count;
      }),
    );
  });
  t.end();
});
