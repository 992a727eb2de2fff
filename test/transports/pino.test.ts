import { once } from 'node:events';
import fc from 'fast-check';
import pino from 'pino';
import t, { type Test } from 'tap';
import errsight, { OptionError, type PinoStreamOptions } from '../../transports/pino.ts';
import { MAX_LINE } from '../../transports/pino/line-splitter.ts';
import type { LineStream } from '../../transports/pino/lines.ts';
import { runFixture } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { MORE_THAN_USUAL } from '../helpers/room.ts';
import type { Stats } from '../../src/stats.ts';

interface Opened {
  readonly server: TestErrsight;
  readonly stream: LineStream;
}

/** A stream on this thread that is closed with the test, and the server it delivers to. */
async function open(t: Test, options: PinoStreamOptions = {}): Promise<Opened> {
  const server = await strictServer(t);
  return { server, stream: connect(t, server, options) };
}

function connect(t: Test, server: TestErrsight, options: PinoStreamOptions = {}): LineStream {
  const stream = errsight({ apiKey: server.key, host: server.url, ...options });
  t.teardown(() => close(stream));
  return stream;
}

async function close(stream: LineStream): Promise<void> {
  if (stream.closed) return;
  stream.end();
  await once(stream, 'close');
}

/** Whether the numbers say where each event is. */
function addsUp({ accepted, queued, inFlight, delivered, dropped }: Stats): boolean {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return accepted === queued + inFlight + delivered + lost;
}

interface Case {
  readonly what: string;
  readonly pino?: pino.LoggerOptions;
  readonly options?: PinoStreamOptions;
  readonly log: (logger: pino.Logger) => void;
  /** What arrives; undefined when nothing does. */
  readonly event: object | undefined;
  /** Metadata that must not be there. */
  readonly without?: readonly string[];
}

/** As @elastic/ecs-pino-format writes a line. */
const ECS = { level: (label: string) => ({ 'log.level': label }) };

function boom(): Error {
  return new TypeError('boom', { cause: new RangeError('the reason') });
}

function custom(logger: object, level: string, ...args: unknown[]): void {
  const log = (logger as Record<string, unknown>)[level];
  if (typeof log !== 'function') throw new Error(`no level ${level}`);
  Reflect.apply(log, logger, args);
}

const BOOM = {
  level: 'error',
  message: 'boom',
  metadata: {
    exception_class: 'TypeError',
    exception_causes: [{ class: 'RangeError', message: 'the reason' }],
  },
};

const label: pino.LoggerOptions['formatters'] = { level: (name) => ({ level: name }) };
const severity: pino.LoggerOptions['formatters'] = {
  level: (name) => ({ severity: name.toUpperCase() }),
};

const CASES: readonly Case[] = [
  {
    what: 'an error under err, with a text of its own',
    log: (logger) => logger.error({ err: boom(), a: 1 }, 'while %s', 'paying'),
    event: { ...BOOM, metadata: { ...BOOM.metadata, log_message: 'while paying', a: 1 } },
    without: ['err', 'msg', 'level', 'time'],
  },
  {
    what: 'an error by itself, whose message is not repeated',
    log: (logger) => logger.error(boom()),
    event: { ...BOOM, metadata: { ...BOOM.metadata, pid: process.pid } },
  },
  {
    what: 'an error under the errorKey that pino was given',
    pino: { errorKey: 'problem' },
    log: (logger) => logger.error({ problem: boom() }, 'x'),
    event: BOOM,
    without: ['problem'],
  },
  {
    what: 'something that is no error under the errorKey that pino was given',
    pino: { errorKey: 'problem' },
    log: (logger) => logger.error({ problem: 'out of ink' }, 'x'),
    event: { message: 'x', metadata: { exception_properties: { value: 'out of ink' } } },
    without: ['problem'],
  },
  {
    what: 'an error under error, which pino writes whole with a serializer',
    pino: { serializers: { error: pino.stdSerializers.err } },
    log: (logger) => logger.error({ error: boom() }, 'x'),
    event: BOOM,
    without: ['error'],
  },
  {
    what: 'an error under any other name',
    pino: { serializers: { reason: pino.stdSerializers.err } },
    log: (logger) => logger.error({ reason: boom() }, 'x'),
    event: BOOM,
    without: ['reason'],
  },
  {
    what: 'errors with nestedKey',
    pino: { nestedKey: 'payload' },
    options: { nestedKey: 'payload' },
    log: (logger) => logger.child({ b: 2 }).error({ err: boom(), a: 1 }, 'x'),
    event: { ...BOOM, metadata: { ...BOOM.metadata, log_message: 'x', a: 1, b: 2 } },
    without: ['payload'],
  },
  {
    what: 'a text under the messageKey that pino was given',
    pino: { messageKey: 'message' },
    log: (logger) => logger.error({ msg: 'a field' }, 'the text'),
    event: { message: 'the text', metadata: { msg: 'a field' } },
    without: ['message'],
  },
  {
    what: 'a number as text',
    log: (logger) => logger.error(42 as never),
    event: { message: '42' },
  },
  {
    what: 'an object in place of a text',
    log: (logger) => logger.error({ msg: { a: 1 } }),
    event: { message: '(no message)', metadata: { msg: { a: 1 } } },
  },
  {
    what: 'a text under error',
    log: (logger) => logger.error({ error: 'it broke' }),
    event: { message: 'it broke', metadata: { error: 'it broke' } },
  },
  {
    what: 'a text under err',
    log: (logger) => logger.error({ err: 'it broke' }),
    event: { message: 'it broke' },
  },
  {
    what: 'a text and facts under error',
    log: (logger) => logger.error({ error: { message: 'it broke', code: 17 } }),
    event: { message: 'it broke', metadata: { error: { message: 'it broke', code: 17 } } },
  },
  {
    what: 'a text and facts under err',
    log: (logger) => logger.error({ err: { message: 'it broke', code: 17 } }),
    event: { message: /it broke$/ },
  },
  {
    what: 'a text under error, behind a text of the line',
    log: (logger) => logger.error({ error: 'it broke' }, 'x'),
    event: { message: 'x', metadata: { error: 'it broke' } },
  },
  {
    what: "ECS's form of an error, nested",
    pino: { formatters: ECS, messageKey: 'message' },
    log: (logger) =>
      logger.error({
        error: { type: 'TypeError', message: 'boom', stack_trace: boom().stack },
        a: 1,
      }),
    event: { message: /^(?:TypeError: )?boom$/, metadata: { exception_class: 'TypeError', a: 1 } },
    without: ['error', 'log.level'],
  },
  {
    what: "ECS's form of an error, with dots",
    pino: { formatters: ECS, messageKey: 'message' },
    log: (logger) =>
      logger.error(
        {
          'error.type': 'TypeError',
          'error.message': 'boom',
          'error.stack_trace': boom().stack,
        },
        'x',
      ),
    event: {
      message: /^(?:TypeError: )?boom$/,
      metadata: { exception_class: 'TypeError', log_message: 'x' },
    },
    without: ['error.message', 'error.stack_trace', 'log.level'],
  },
  {
    what: "ECS's form of an error without a stack",
    pino: { formatters: ECS, messageKey: 'message' },
    log: (logger) => logger.error({ error: { type: 'TypeError', message: 'boom' } }),
    event: { message: /boom$/ },
  },
  {
    what: "ECS's form of an error without a stack, with dots",
    pino: { formatters: ECS, messageKey: 'message' },
    log: (logger) => logger.error({ 'error.type': 'TypeError', 'error.message': 'boom' }),
    event: { message: /boom$/ },
  },
  {
    what: "ECS's form of an error that names no class",
    pino: { formatters: ECS, messageKey: 'message' },
    log: (logger) => logger.error({ 'error.code': 17, 'error.message': 'it broke' }),
    event: { message: 'it broke', metadata: { 'error.code': 17 } },
  },
  { what: 'warn', log: (logger) => logger.warn('x'), event: { level: 'warning' } },
  { what: 'fatal', log: (logger) => logger.fatal('x'), event: { level: 'fatal' } },
  { what: 'info, below minLevel', log: (logger) => logger.info('x'), event: undefined },
  {
    what: 'info, with another minLevel',
    options: { minLevel: 'info' },
    log: (logger) => logger.info('x'),
    event: { level: 'info' },
  },
  {
    what: 'a level as a label',
    pino: { formatters: label },
    log: (logger) => logger.warn({ a: 1 }, 'x'),
    event: { level: 'warning', message: 'x', metadata: { a: 1 } },
    without: ['level'],
  },
  {
    what: 'a level below minLevel as a label',
    pino: { formatters: label },
    log: (logger) => logger.info('x'),
    event: undefined,
  },
  {
    what: 'a level as a severity',
    pino: { formatters: severity },
    log: (logger) => logger.fatal({ a: 1 }, 'x'),
    event: { level: 'fatal', message: 'x', metadata: { a: 1 } },
    without: ['severity'],
  },
  {
    what: 'a severity below minLevel',
    pino: { formatters: severity },
    log: (logger) => logger.info('x'),
    event: undefined,
  },
  {
    what: 'a custom level that has a name we know',
    pino: { customLevels: { critical: 35 } },
    log: (logger) => custom(logger, 'critical', 'x'),
    event: { level: 'fatal' },
  },
  {
    what: 'a custom level by its number',
    pino: { customLevels: { audit: 55 } },
    log: (logger) => custom(logger, 'audit', 'x'),
    event: { level: 'error', message: 'x' },
    without: ['level'],
  },
  {
    what: 'a custom level by its label',
    pino: { customLevels: { audit: 55 }, formatters: label },
    log: (logger) => custom(logger, 'audit', 'x'),
    event: { level: 'error', message: 'x' },
    without: ['level'],
  },
  {
    what: 'a custom level by its severity',
    pino: { customLevels: { audit: 55 }, formatters: severity },
    log: (logger) => custom(logger, 'audit', 'x'),
    event: { level: 'error', message: 'x' },
    without: ['severity'],
  },
  {
    what: 'only custom levels, on a scale that runs the other way',
    pino: {
      customLevels: { emerg: 10, error: 40, info: 70 },
      useOnlyCustomLevels: true,
      level: 'emerg',
      levelComparison: 'DESC',
    },
    log: (logger) => custom(logger, 'emerg', 'x'),
    event: { level: 'fatal' },
  },
  {
    what: 'only custom levels, of which one is below minLevel',
    pino: {
      customLevels: { error: 1, info: 70 },
      useOnlyCustomLevels: true,
      level: 'error',
    },
    log: (logger) => custom(logger, 'info', 'x'),
    event: undefined,
  },
  {
    what: "a field named level that contradicts pino's own",
    log: (logger) => logger.error({ level: 'debug' }, 'x'),
    event: { level: 'error', metadata: { level: 'debug' } },
  },
  {
    what: "a field named level that would raise pino's own",
    log: (logger) => logger.info({ level: 60 }, 'x'),
    event: undefined,
  },
  {
    what: 'child bindings, the innermost last',
    pino: { name: 'shop' },
    log: (logger) => logger.child({ a: 1, b: 1 }).child({ b: 2, c: 2 }).error({ c: 3 }, 'x'),
    event: { metadata: { name: 'shop', a: 1, b: 2, c: 3 } },
  },
  {
    what: "Fastify's request id, a text",
    log: (logger) => logger.child({ reqId: 'req-1' }).error('x'),
    event: { metadata: { request_id: 'req-1' } },
    without: ['reqId'],
  },
  {
    what: 'a request id that is a number',
    log: (logger) => logger.child({ reqId: 7 }).error('x'),
    event: { metadata: { request_id: '7' } },
    without: ['reqId'],
  },
  {
    what: "pino-http's request id",
    log: (logger) => logger.child({ req: { id: 8, method: 'GET' } }).error('x'),
    event: { metadata: { request_id: '8', req: { id: 8, method: 'GET' } } },
  },
  {
    what: 'a request id with nestedKey',
    pino: { nestedKey: 'payload' },
    options: { nestedKey: 'payload' },
    log: (logger) => logger.error({ reqId: 'in' }, 'x'),
    event: { metadata: { request_id: 'in' } },
    without: ['reqId', 'payload'],
  },
  {
    what: 'what is under errsight, each in its place',
    log: (logger) =>
      logger.warn(
        {
          errsight: {
            user: { id: 42, email: 'ada@example.org', username: 'ada', age: 36 },
            tags: { tenant: 'acme', beta: true, n: 1, none: null },
            fingerprint: ['checkout', 'declined'],
            level: 'critical',
            metadata: { cart: 3 },
            breadcrumbs: [{ category: 'ui', message: 'pressed "pay"', level: 'warn' }],
          },
          cart: 'a field of the same name',
        },
        'x',
      ),
    event: {
      level: 'fatal',
      message: 'x',
      user_context: { id: '42', email: 'ada@example.org', username: 'ada' },
      tags: { tenant: 'acme', beta: 'true', n: '1' },
      metadata: { cart: 3 },
      breadcrumbs: [{ category: 'ui', message: 'pressed "pay"', level: 'warning' }],
      received: { fingerprint: ['checkout', 'declined'] },
    },
    without: ['errsight', 'user', 'tags'],
  },
  {
    what: 'something else under errsight',
    log: (logger) => logger.error({ errsight: 'what a name' }, 'x'),
    event: { metadata: { errsight: 'what a name' } },
  },
  {
    what: 'the values of secrets, which are left out',
    log: (logger) => logger.error({ user: { password: 'hunter2' }, a: 'token=x' }, 'x'),
    event: { metadata: { user: { password: '[Filtered]' } } },
  },
  {
    what: 'lines that end in CRLF',
    pino: { crlf: true },
    log: (logger) => logger.error({ a: 1 }, 'x'),
    event: { message: 'x', metadata: { a: 1 } },
  },
  {
    what: 'a duration named time',
    log: (logger) => logger.warn({ time: 153 }, 'slow'),
    event: { message: 'slow', metadata: { time: 153 } },
  },
];

for (const { what, pino: settings = {}, options, log, event, without = [] } of CASES) {
  t.test(`pino writes, ErrSight gets: ${what}`, async (t) => {
    const { server, stream } = await open(t, options);
    log(pino(settings, stream));
    t.equal(await stream.flush(), true);
    t.equal(server.events.length, event === undefined ? 0 : 1);
    if (event === undefined) return;
    const [arrived] = server.events;
    t.match(arrived, event);
    for (const key of without) t.notOk(Object.hasOwn(arrived?.metadata ?? {}, key), key);
  });
}

const { epochTime, nullTime, unixTime, isoTime, isoTimeNano } = pino.stdTimeFunctions;
const CLOCKS: readonly (readonly [
  name: string,
  timestamp: boolean | (() => string),
  ms: number,
])[] = [
  ['true', true, 1],
  ['false', false, 1],
  ['epochTime', epochTime, 1],
  ['nullTime', nullTime, 1],
  ['unixTime', unixTime, 1_000],
  ['isoTime', isoTime, 1],
  // It reckons from when pino was loaded, with a clock that does not follow corrections.
  ['isoTimeNano', isoTimeNano, 1_000],
  ['a key of its own', () => `,"timestamp":"${new Date().toISOString()}"`, 1],
  ['@timestamp', () => `,"@timestamp":"${new Date().toISOString()}"`, 1],
];

for (const [name, timestamp, precision] of CLOCKS) {
  t.test(`an event is as old as its line: timestamp is ${name}`, async (t) => {
    const { server, stream } = await open(t);
    const logger = pino({ timestamp }, stream);
    const before = Date.now();
    logger.info('step');
    logger.error('x');
    const after = Date.now();
    await stream.flush();
    const [event] = server.events;
    for (const time of [event?.occurred_at, event?.breadcrumbs[0]?.timestamp]) {
      const ms = Date.parse(time ?? '');
      t.ok(ms >= before - precision && ms <= after + precision, `${before} ${time} ${after}`);
    }
    for (const key of ['time', 'timestamp', '@timestamp']) {
      t.notOk(Object.hasOwn(event?.metadata ?? {}, key), key);
    }
  });
}

function steps(event: { breadcrumbs: readonly { message: string }[] } | undefined): string[] {
  return (event?.breadcrumbs ?? []).map(({ message }) => message);
}

t.test("a request's event has the steps of that request, and no others", async (t) => {
  const { server, stream } = await open(t);
  const logger = pino({ level: 'trace' }, stream);
  const ada = logger.child({ reqId: 'ada' });
  const bob = logger.child({ req: { id: 2 } });
  logger.info('start');
  ada.info({ rows: 3 }, 'ada reads');
  bob.info('bob reads');
  ada.debug('below breadcrumbLevel');
  bob.info('bob writes');
  ada.error('ada fails');
  bob.error('bob fails');
  logger.error('the process fails');
  await stream.flush();
  const [first, second, third] = server.events;
  t.strictSame(steps(first), ['ada reads']);
  t.match(first?.breadcrumbs, [{ level: 'info', category: 'log', data: { rows: 3 } }]);
  t.strictSame(steps(second), ['bob reads', 'bob writes']);
  t.strictSame(steps(third), ['start']);
});

t.test('with nestedKey requests do not share a trail', async (t) => {
  const { server, stream } = await open(t, { nestedKey: 'payload' });
  const logger = pino({ nestedKey: 'payload' }, stream);
  logger.info({ reqId: 'ada' }, 'ada reads');
  logger.info({ req: { id: 'bob' } }, 'bob reads');
  logger.error({ req: { id: 'bob' } }, 'bob fails');
  logger.error('the process fails');
  await stream.flush();
  const [first, second] = server.events;
  t.strictSame(steps(first), ['bob reads']);
  t.strictSame(steps(second), []);
});

t.test('breadcrumbLevel, maxBreadcrumbs and beforeBreadcrumb decide about the trail', async (t) => {
  const { server, stream } = await open(t, {
    minLevel: 'error',
    breadcrumbLevel: 'debug',
    maxBreadcrumbs: 3,
    beforeBreadcrumb: (crumb) =>
      crumb.message === 'secret' ? null : { ...crumb, message: `${crumb.message}!` },
  });
  const logger = pino({ level: 'trace' }, stream);
  for (const word of ['one', 'two', 'secret', 'three']) logger.debug(word);
  logger.warn('four');
  logger.error('x');
  await stream.flush();
  t.strictSame(steps(server.events[0]), ['two!', 'three!', 'four!']);
});

t.test('a line that is no event costs no JSON.parse, and an event one for each new step', (t) => {
  const stream = errsight({ apiKey: 'elp_x', host: 'http://127.0.0.1:9', shutdownTimeout: 0 });
  t.teardown(() => close(stream));
  for (const formatters of [{}, label, severity]) {
    const logger = pino({ level: 'trace', formatters, customLevels: { audit: 35 } }, stream);
    const parse = t.capture(JSON, 'parse', JSON.parse);
    for (let i = 0; i < 100; i += 1) {
      logger.trace('x');
      logger.debug({ a: 1 }, 'x');
      logger.info({ level: 60 }, 'x');
      custom(logger, 'audit', 'x');
    }
    t.equal(parse().length, 0);
    const child = logger.child({ reqId: 'of this request only' });
    child.info('a step');
    child.error('an event');
    const needed = parse().length;
    t.ok(needed > 0 && needed <= 201, `${needed}, the event and at most all lines kept`);
    child.error('another one');
    t.equal(parse().length, 1, 'the steps are known by now');
    parse.restore();
  }
  t.end();
});

t.test('without a level at its beginning a line is read, and then judged', async (t) => {
  const { server, stream } = await open(t);
  stream.write('{"msg":"below","level":20}\n{"msg":"a step","level":30}\n');
  stream.write('{"msg":"no level"}\n{"msg":"an event","level":50}\n');
  await stream.flush();
  t.equal(server.events.length, 1);
  t.match(server.events[0], { level: 'error', message: 'an event' });
  t.strictSame(steps(server.events[0]), ['a step', 'no level']);
});

t.test('lines that no pino writes are survived, and reported where they are grave', async (t) => {
  const { server, stream } = await open(t);
  const silent = ['', '\r', 'text', 'null', '[]', '[{"level":60}]', '1', '"a"', '{"level":30', '{'];
  for (const line of silent) stream.write(`${line}\n`);
  stream.write('{"level":60,"msg":"torn\n{"level":50,"msg":"whole"}\n');
  stream.write(`{"level":60,"msg":"${'x'.repeat(9 * 1_048_576)}"}\n`);
  stream.write(`{"level":30,"msg":"${'x'.repeat(9 * 1_048_576)}"}\n`);
  stream.write(`{"level":50,"msg":"deep","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}\n`);
  stream.write('{"level":50,"msg":"\\u0000\\ud800nul","\\u0000":1,"_aj_symbol_keys":["a"]}\n');
  const bytes = Buffer.from('{"level":50,"msg":"caf\u00e9 \u{1f600}"}\n');
  for (const byte of bytes) stream.write(Buffer.from([byte]));
  t.equal(await stream.flush(), true);
  const arrived = server.events.map(({ level, message }) => `${level} ${message}`).toSorted();
  t.strictSame(arrived, [
    'error caf\u00e9 \u{1f600}',
    'error deep',
    'error whole',
    'error \ufffdnul',
    'fatal A log line that is not JSON',
    `fatal ${'x'.repeat(9_997)}...`,
  ]);
  t.ok(MAX_LINE < 9 * 1_048_576);
  const cut = server.events.find(({ message }) => message.startsWith('xxx'));
  t.match(cut?.metadata, { log_line_characters: 9 * 1_048_576 + 21 });
});

t.test('no field named __proto__ reaches any prototype', async (t) => {
  const { server, stream } = await open(t, { nestedKey: 'payload' });
  const evil = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
  const fields = evil.slice(1, -1);
  stream.write(`{"level":30,${fields},"msg":"a step"}\n`);
  stream.write(
    `{"level":50,${fields},"payload":${evil},"errsight":{"tags":${evil},"metadata":${evil},"user":${evil}},"msg":"x"}\n`,
  );
  await stream.flush();
  t.match(server.events, [{ message: 'x' }]);
  t.notOk('polluted' in {});
  t.notOk('polluted' in (server.events[0]?.metadata ?? {}));
});

const WORDS = [
  ...'level severity time timestamp msg err error reqId req errsight payload __proto__'.split(' '),
  ...'constructor type stack message cause name user tags fingerprint metadata'.split(' '),
  ...'breadcrumbs category data id email exception_frames exception_causes'.split(' '),
  ...'exception_class request_id sql _aj_globalid aggregateErrors code'.split(' '),
];
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u0000', '[31m', '\ud800', 'x'.repeat(11_000), 'http://u:p@h/?token=a', ' '),
  fc.constantFrom('Error: a\n    at f (/a.js:1:2)', 'Error: 1 [m\n    at /b.js:1:2'),
);
const key = fc.oneof(fc.constantFrom(...WORDS), text);
const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  // Whole numbers: of others ErrSight keeps 15 digits, which is not the matter here.
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, 10, 50, 'error', Date.now()),
    tie('object'),
    fc.array(tie('value'), { maxLength: 5 }),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 8 }),
}));

async function showRoom(stream: { write(text: string): unknown; flush(): Promise<boolean> }) {
  for (let n = 0; n < MORE_THAN_USUAL; n += 1) stream.write('{"level":50,"msg":"room"}\n');
  t.equal(await stream.flush(), true);
  return MORE_THAN_USUAL;
}

t.test('whatever a line says, ErrSight takes the event as it is sent', async (t) => {
  const { server, stream } = await open(t, { batchSize: 100, minLevel: 'debug' });
  let written = await showRoom(stream);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.dictionary(key, value), { maxLength: 10 }), async (lines) => {
      for (const fields of lines) {
        stream.write(`${JSON.stringify({ level: 50, ...fields })}\n`);
        written += 1;
      }
      return stream.flush();
    }),
    { numRuns: 100 },
  );
  t.match(stream.stats(), { accepted: written, delivered: written });
  t.equal(server.total, written);
  t.ok(addsUp(stream.stats()));
});

t.test('whatever text is written, nothing is thrown', async (t) => {
  const { server, stream } = await open(t, { batchSize: 100, minLevel: 'debug' });
  const piece = fc.oneof(
    value.map((any) => JSON.stringify(any)),
    fc.string(),
    fc.constantFrom('{"level":50,', '{"level":60}', '}', '\n', '\r\n', '{"err":', '"'),
  );
  await showRoom(stream);
  await fc.assert(
    fc.asyncProperty(fc.array(piece), async (pieces) => {
      for (const each of pieces) stream.write(each);
      stream.write('\n');
      return stream.flush();
    }),
    { numRuns: 100 },
  );
  const { accepted, delivered } = stream.stats();
  t.equal(delivered, accepted);
  t.equal(server.total, accepted);
});

t.test('logger.flush calls back after delivery', async (t) => {
  const { server, stream } = await open(t, { flushInterval: 3_600_000 });
  const logger = pino(stream);
  logger.error('x');
  const [error] = await new Promise<unknown[]>((resolve) => {
    logger.flush((...args: unknown[]) => resolve([args[0], server.total]));
  });
  t.notOk(error);
  t.equal(server.total, 1);
  await new Promise<void>((resolve) => logger.flush(() => resolve()));
  t.pass('also when there is nothing to deliver');
  logger.flush();
  await close(stream);
  await new Promise<void>((resolve) => logger.flush(() => resolve()));
  t.pass('also when the stream is closed');
});

t.test('logger.flush calls back without an error when nothing can be delivered', async (t) => {
  const { server, stream } = await open(t, { shutdownTimeout: 50 });
  server.intercept = (_request, response) => {
    response.destroy();
    return true;
  };
  const logger = pino(stream);
  logger.error('x');
  const seen = await new Promise<unknown[]>((resolve) => {
    logger.flush((...args: unknown[]) => resolve(args));
  });
  t.strictSame(seen.filter(Boolean), []);
  t.match(stream.stats(), { accepted: 1, delivered: 0 });
});

t.test('at every moment each event is accounted for', async (t) => {
  const { server, stream } = await open(t, {
    batchSize: 20,
    maxQueueSize: 300,
    sampleRate: 0.9,
    ignoreErrors: ['ignore me'],
    beforeSend: (event) => {
      if (event.message.endsWith('7')) return null;
      if (event.message.endsWith('8')) throw new Error('a hook that fails');
      return event;
    },
  });
  let request = 0;
  const sums: boolean[] = [];
  server.intercept = (_request, response) => {
    sums.push(addsUp(stream.stats()));
    request += 1;
    if (request % 4 === 1) response.writeHead(503).end('{}');
    else if (request % 4 === 2) response.destroy();
    return request % 4 === 1 || request % 4 === 2;
  };
  const logger = pino(stream);
  const levels = ['warn', 'error', 'fatal'] as const;
  for (let i = 0; i < 1_000; i += 1) {
    logger[levels[i % 3] ?? 'warn'](i % 10 === 0 ? `ignore me ${i}` : `event ${i}`);
    sums.push(addsUp(stream.stats()));
    // Lets requests go out in between.
    if (i % 100 === 0) await new Promise(setImmediate);
  }
  await stream.flush();
  const { accepted, dropped, delivered } = stream.stats();
  t.ok(request > 3, `${request} requests`);
  t.ok(
    sums.every((sum) => sum),
    `${sums.length} moments`,
  );
  t.equal(accepted, 1_000);
  t.equal(delivered, server.total);
  for (const reason of ['before_send', 'sampled', 'ignored', 'queue_full'] as const) {
    t.ok(dropped[reason] > 0, `${reason}: ${dropped[reason]}`);
  }
  stream.end();
  logger.error('after the end');
  t.ok(addsUp(stream.stats()));
  await once(stream, 'close');
  logger.error('after the close');
  t.ok(addsUp(stream.stats()));
  t.equal(stream.stats().accepted, 1_002);
});

t.test('an ended stream has delivered, and leaves nothing on the process', async (t) => {
  const events = ['exit', 'beforeExit', 'uncaughtException', 'SIGTERM'] as const;
  const before = events.map((name) => process.listenerCount(name));
  const { server, stream } = await open(t);
  t.not(process.listenerCount('exit'), before[0], 'it does watch the process');
  pino(stream).error('x');
  const seen: string[] = [];
  for (const name of ['finish', 'close', 'error']) stream.on(name, () => seen.push(name));
  await close(stream);
  t.strictSame(seen, ['finish', 'close']);
  t.equal(server.total, 1);
  t.strictSame(
    events.map((name) => process.listenerCount(name)),
    before,
  );
});

t.test('many streams put one listener on each event of the process', async (t) => {
  const before = process.listenerCount('exit');
  const first = await open(t);
  const others = await Promise.all(Array.from({ length: 11 }, () => open(t)));
  t.equal(process.listenerCount('exit'), before + 1);
  await Promise.all([first, ...others].map(({ stream }) => close(stream)));
  t.equal(process.listenerCount('exit'), before);
});

t.test('a logger that writes after the end of its stream does no harm', async (t) => {
  const { server, stream } = await open(t);
  const logger = pino(stream);
  logger.error('in time');
  stream.end();
  logger.error('late, but while the first one is on its way');
  await once(stream, 'close');
  logger.error('too late');
  t.strictSame(
    server.events.map(({ message }) => message),
    ['in time', 'late, but while the first one is on its way'],
  );
  t.match(stream.stats(), { accepted: 3, delivered: 2, dropped: { shutdown: 1 } });
});

t.test('among the streams of pino.multistream it hears of keys and levels', async (t) => {
  const { server, stream } = await open(t);
  const logger = pino(
    { messageKey: 'message', errorKey: 'problem', customLevels: { audit: 55 }, formatters: label },
    pino.multistream([{ level: 'trace', stream }], { levels: { audit: 55 } }),
  );
  logger.error({ problem: 'out of ink' }, 'x');
  custom(logger, 'audit', 'y');
  await stream.flush();
  t.match(server.events, [
    { message: /^x$/, metadata: { exception_properties: { value: 'out of ink' } } },
    { message: 'y', level: 'error' },
  ]);
});

t.test('without an API key it is a stream that swallows everything', async (t) => {
  const server = await strictServer(t);
  for (const options of [{ host: server.url }, { apiKey: server.key, enabled: false }]) {
    const before = process.listenerCount('exit');
    const stream = errsight({ host: server.url, ...options });
    const logger = pino(stream);
    logger.fatal(new Error('x'));
    stream.write('{"level":60');
    t.equal(await stream.flush(), true);
    await new Promise<void>((resolve) => logger.flush(() => resolve()));
    t.equal(process.listenerCount('exit'), before);
    t.match(stream.stats(), { accepted: 0, requests: 0 });
    await close(stream);
  }
  t.equal(server.requests.length, 0);
});

const WRONG: readonly (readonly [option: string, options: object])[] = [
  ['batchSize', { batchSize: '10' }],
  ['minLevel', { minLevel: 'loud' }],
  ['nestedKey', { nestedKey: 1 }],
  ['nestedKey', { nestedKey: null }],
  ['beforeSend', { beforeSend: './hook.mjs' }],
  ['api_key', { api_key: 'elp_x' }],
  ['apiKey', { apiKey: 'elr_x' }],
  ['captureUncaught', { captureUncaught: true }],
];

t.test('a wrong option throws at once and is named', (t) => {
  for (const [option, options] of WRONG) {
    try {
      errsight(options);
      t.fail(`${JSON.stringify(options)} was taken`);
    } catch (error) {
      t.ok(error instanceof OptionError);
      t.match(error, { option, code: 'ERR_ERRSIGHT_OPTION' });
      t.match(String(error), `\`${option}\``);
    }
  }
  t.end();
});

const ENDS: readonly (readonly [end: string, code: number, what: string])[] = [
  ['end', 0, 'a natural end'],
  ['code', 7, 'a natural end with an exit code of its own'],
  ['exit', 1, 'process.exit(1) in the next line'],
  ['throw', 1, 'an uncaught throw in the next line'],
  ['close', 0, 'the end of the stream, which leaves nothing that keeps the process alive'],
];

for (const [end, code, what] of ENDS) {
  t.test(`through a stream on the main thread an event survives ${what}`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('pino-stream', { args: [end], env: server.env });
    t.equal(ended.code, code, ended.stderr);
    t.equal(server.total, 1, 'once');
    t.match(server.events, [
      {
        message: 'the last words',
        metadata: { exception_causes: [{ class: 'RangeError', message: 'the reason' }] },
        breadcrumbs: [{ message: 'on the way' }],
      },
    ]);
    t.match(JSON.parse(ended.stdout), { accepted: 1, delivered: 1, queued: 0, inFlight: 0 });
    if (end !== 'throw') t.equal(ended.stderr, '');
  });
}

t.test('without an API key nothing of it is printed', async (t) => {
  const server = await strictServer(t);
  const env = { ERRSIGHT_HOST: server.url };
  const ended = await runFixture('pino-stream', { args: ['exit'], env });
  t.match(ended, { code: 1, stderr: '' });
  t.match(JSON.parse(ended.stdout), { accepted: 0 });
  t.equal(server.requests.length, 0);
});
