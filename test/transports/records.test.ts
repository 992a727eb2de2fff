import fc from 'fast-check';
import t from 'tap';
import { requestIdOf } from '../../src/event/make/request.ts';
import {
  DEFAULT_SHAPE,
  peekLevel,
  pinoRecord,
  type PinoRecord,
  type PinoShape,
} from '../../transports/pino/records.ts';
import type { Level } from '../../src/event/level.ts';

type Fields = Record<string, unknown>;

const NOW = Date.now();
/** What pino 10 tells its worker about the levels of a logger that has two more. */
const CUSTOM: PinoShape = {
  ...DEFAULT_SHAPE,
  levelNames: { 10: 'trace', 30: 'info', 35: 'notice', 50: 'error', 55: 'audit', 61: 'trivia' },
};

function parse(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}

/** What the sink makes of a line. */
function read(line: string, shape: Partial<PinoShape> = {}): PinoRecord {
  const whole = { ...DEFAULT_SHAPE, ...shape };
  return pinoRecord(parse(line), whole, peekLevel(line, whole));
}

const PEEKS: readonly (readonly [line: string, level: Level | undefined, shape?: PinoShape])[] = [
  ['{"level":10,"time":1}', 'debug'],
  ['{"level":20}', 'debug'],
  ['{"level":30,"msg":"x"}', 'info'],
  ['{"level":40,', 'warning'],
  ['{"level":49.5,"a":1}', 'warning'],
  ['{"level":50,', 'error'],
  ['{"level":60,', 'fatal'],
  ['{"level":1000}', 'fatal'],
  ['{"level":-1}', 'debug'],
  ['{"level":"warn"}', 'warning'],
  ['{"level":"WARN","time":1}', 'warning'],
  ['{"level":"no such level"}', undefined],
  ['{"severity":"ERROR","time":1}', 'error'],
  ['{"severity":"CRITICAL"}', 'fatal'],
  ['{"log.level":"error","@timestamp":1}', 'error'],
  ['{"lvl":50}', 'error'],
  ['{"loglevel":"Fatal"}', 'fatal'],
  ['{"level":"50"}', 'error'],
  ['{"severity":"50","time":1}', 'error'],
  ['{"log.level":"60"}', 'fatal'],
  ['{"loglevel":"40"}', 'warning'],
  ['{"lvl":"55"}', 'error'],
  ['{"lvl":"35"}', 'info', CUSTOM],
  ['{"level":"49.5"}', 'warning'],
  ['{"level":"-1"}', 'debug'],
  ['{"level":""}', undefined],
  ['{"level":" "}', undefined],
  ['{"level":"50 %"}', undefined],
  ['{"status":"500"}', undefined],
  ['{"status":"error","a":1}', 'error'],
  ['{"status":500,"a":1}', undefined],
  ['{"status":"ok"}', undefined],
  ['{"level":"er\\u0072or"}', undefined],
  ['{"level":null,"msg":"x"}', undefined],
  ['{"level":{"level":50}}', undefined],
  ['{"level":50', undefined],
  ['{"levels":50}', undefined],
  ['{"a":{"level":60}}', undefined],
  [' {"level":60}', undefined],
  ['[{"level":60}]', undefined],
  ['', undefined],
  // The name of a custom level says more than its number, and its number more than nothing.
  ['{"level":35}', 'info', CUSTOM],
  ['{"level":55}', 'error', CUSTOM],
  ['{"level":61}', 'fatal', CUSTOM],
  ['{"level":"audit"}', 'error', CUSTOM],
  ['{"level":"AUDIT"}', 'error', CUSTOM],
  ['{"level":"trivia"}', 'fatal', CUSTOM],
  ['{"level":"audit"}', undefined],
  // With useOnlyCustomLevels a scale may run either way.
  ['{"level":0}', 'fatal', { ...DEFAULT_SHAPE, levelNames: { 0: 'emerg', 7: 'debug' } }],
  ['{"level":7}', 'debug', { ...DEFAULT_SHAPE, levelNames: { 0: 'emerg', 7: 'debug' } }],
];

t.test('the level is read off the beginning of a line', (t) => {
  for (const [line, level, shape = DEFAULT_SHAPE] of PEEKS) {
    t.equal(peekLevel(line, shape), level, line);
  }
  t.end();
});

const LEVELS: readonly (readonly [line: string, level: Level, fields: object, why: string])[] = [
  ['{"level":50,"a":1}', 'error', { a: 1 }, "pino's own level is no metadata"],
  ['{"a":1,"level":50}', 'error', { a: 1 }, 'it need not come first'],
  ['{"level":50,"level":10}', 'error', { level: 10 }, "a field named level is the application's"],
  ['{"level":50,"level":"hard"}', 'error', { level: 'hard' }, 'also where it is no level at all'],
  ['{"level":50,"severity":"high"}', 'error', { severity: 'high' }, 'a severity of its own'],
  ['{"level":50,"severity":"ERROR"}', 'error', {}, 'two forms of one level'],
  ['{"time":0,"severity":"ERROR"}', 'error', { time: 0 }, 'a severity is a level'],
  ['{"time":0,"lvl":"50"}', 'error', { time: 0 }, 'the text of a number is that number'],
  ['{"a":1,"log":{"level":"60"}}', 'fatal', { a: 1, log: { level: '60' } }, 'also in ECS form'],
  ['{"level":{},"severity":"ERROR"}', 'error', { level: {} }, 'a level that is none'],
  ['{"time":0,"status":"Warn"}', 'warning', { time: 0 }, 'a status'],
  ['{"time":0,"status":404}', 'info', { time: 0, status: 404 }, 'a status of HTTP'],
  ['{"time":0,"lvl":"error"}', 'error', { time: 0 }, 'as people call it'],
  ['{"time":0,"log":{"level":"error"}}', 'error', { time: 0, log: { level: 'error' } }, 'of ECS'],
  [
    '{"kind":"loud","error":{"type":"TypeError","message":"m","stack_trace":"TypeError: m\\n    at a.js:1:1"}}',
    'error',
    { kind: 'loud' },
    'an error without a level that is known',
  ],
  [
    '{"error.type":"TypeError","error.message":"m","error.stack_trace":"TypeError: m"}',
    'error',
    {},
    'an error of ECS with dots',
  ],
  ['{"level":"audit"}', 'info', { level: 'audit' }, 'an unknown label is not lost'],
  ['{"a":1}', 'info', { a: 1 }, 'no level'],
  ['{"err":{"type":"Error","message":"m"}}', 'error', {}, 'no level, but an error'],
  ['{"level":50,"v":3}', 'error', { v: 3 }, 'v has meant nothing since pino 6'],
];

t.test('what says the level is taken out, what only bears the name stays', (t) => {
  for (const [line, level, fields, why] of LEVELS) {
    const { record } = read(line);
    t.equal(record.level, level, `${why}: ${line}`);
    t.strictSame(record.fields, fields, `${why}: ${line}`);
  }
  t.end();
});

const SECONDS = Math.floor(NOW / 1000);
const ISO = new Date(NOW).toISOString();
const TIMES: readonly (readonly [field: string, time: number, form: string])[] = [
  [`"time":${NOW}`, NOW, 'epochTime, the default'],
  [`"time":${SECONDS}`, SECONDS * 1000, 'unixTime'],
  [`"time":"${ISO}"`, NOW, 'isoTime'],
  [`"time":"${ISO.replace('Z', '123456Z')}"`, NOW, 'isoTimeNano'],
  [`"time":${NOW}000`, NOW, 'microseconds'],
  [`"time":${NOW}000000`, NOW, 'nanoseconds'],
  [`"time":"${NOW}"`, NOW, 'a number as text'],
  [`"time":${NOW / 1000}`, NOW, 'seconds with a fraction'],
  [`"timestamp":"${ISO}"`, NOW, 'a key of its own'],
  [`"@timestamp":"${ISO}"`, NOW, "Elastic's key"],
];

t.test("all of pino's forms of time are understood, and are no metadata", (t) => {
  for (const [field, time, form] of TIMES) {
    const { record } = read(`{"level":50,${field},"a":1}`);
    t.ok(Math.abs(record.time - time) < 1, `${form}: ${field}`);
    t.strictSame(record.fields, { a: 1 }, form);
  }
  t.end();
});

const NO_TIMES: readonly (readonly [json: string, why: string])[] = [
  ['153', 'a duration'],
  ['0', 'zero'],
  ['-5', 'below zero'],
  ['"noon"', 'a word'],
  ['"step 12"', 'what Date.parse takes for December 2001'],
  ['true', 'a boolean'],
  ['{"a":1}', 'an object'],
  ['"1999-12-31T23:59:59.000Z"', 'so old that ErrSight would replace it'],
  [`${NOW + 7_200_000}`, 'so far ahead that ErrSight would replace it'],
  ['1e300', 'a number that is no date'],
];

t.test('what is no time of the line stays in it, and the line is as old as its arrival', (t) => {
  for (const [json, why] of NO_TIMES) {
    const before = Date.now();
    const { record } = read(`{"level":50,"time":${json}}`);
    t.ok(record.time >= before && record.time <= Date.now(), `${why}: ${record.time}`);
    t.strictSame(record.fields, parse(`{"time":${json}}`), why);
  }
  t.equal(pinoRecord({}, DEFAULT_SHAPE, undefined, 42).record.time, 42, 'timestamp: false');
  t.end();
});

t.test('a time that can be believed is found behind one that cannot', (t) => {
  const { record } = read(`{"level":50,"time":153,"timestamp":${NOW}}`);
  t.equal(record.time, NOW);
  t.strictSame(record.fields, { time: 153 });
  t.end();
});

const MESSAGES: readonly (readonly [json: string, message: string, kept: boolean])[] = [
  ['"text"', 'text', false],
  ['""', '', false],
  ['42', '42', false],
  ['0', '0', false],
  ['false', 'false', false],
  ['null', '', true],
  ['{"a":1}', '', true],
  ['[1]', '', true],
];

t.test('a message is text or can be written as text, anything else stays a field', (t) => {
  for (const [json, message, kept] of MESSAGES) {
    const { record } = read(`{"level":50,"msg":${json}}`);
    t.equal(record.message, message, json);
    t.equal('msg' in record.fields, kept, json);
  }
  const own = read('{"level":50,"message":"mine","msg":"a field"}', { messageKey: 'message' });
  t.equal(own.record.message, 'mine');
  t.strictSame(own.record.fields, { msg: 'a field' });
  t.end();
});

const ERR = '{"type":"TypeError","message":"m","stack":"TypeError: m\\n    at f (/a.js:1:2)"}';
const NAMED = '{"type":"TypeError","message":"m"}';
const THROWN: readonly (readonly [
  line: string,
  thrown: unknown,
  rest: object,
  errorKey?: string,
])[] = [
  [`{"err":${ERR},"a":1}`, parse(ERR), { a: 1 }],
  [`{"err":${NAMED}}`, parse(NAMED), {}],
  ['{"err":"text"}', 'text', {}],
  ['{"err":{}}', {}, {}],
  ['{"err":0}', 0, {}],
  ['{"err":null,"a":1}', undefined, { err: null, a: 1 }],
  [`{"problem":${ERR}}`, parse(ERR), {}, 'problem'],
  ['{"problem":"text"}', 'text', {}, 'problem'],
  ['{"problem":"text"}', undefined, { problem: 'text' }],
  [`{"error":${ERR}}`, parse(ERR), {}],
  ['{"error":"text"}', undefined, { error: 'text' }],
  ['{"error":{}}', undefined, { error: {} }],
  [`{"err":"first","error":${ERR}}`, 'first', { error: parse(ERR) }],
  [`{"reason":${ERR},"error":${NAMED}}`, parse(NAMED), { reason: parse(ERR) }],
  [`{"a":1,"reason":${ERR}}`, parse(ERR), { a: 1 }],
  [`{"job":{"id":7,"err":${ERR}}}`, parse(ERR), { job: { id: 7 } }],
  [`{"job":{"id":7,"error":${ERR}}}`, parse(ERR), { job: { id: 7 } }],
  [`{"job":{"id":7,"problem":${ERR}}}`, parse(ERR), { job: { id: 7 } }, 'problem'],
  ['{"job":{"err":"text"}}', undefined, { job: { err: 'text' } }],
  [`{"a":{"b":{"err":${ERR}}}}`, undefined, { a: { b: { err: parse(ERR) } } }],
  [`{"list":[${ERR}]}`, undefined, { list: [parse(ERR)] }],
  ['{"mail":{"message":"hello"}}', undefined, { mail: { message: 'hello' } }],
  ['{"mail":{"name":"Ada","message":"hi"}}', undefined, { mail: { name: 'Ada', message: 'hi' } }],
];

t.test('the error of a line is found and taken out of it', (t) => {
  for (const [line, thrown, rest, errorKey = 'err'] of THROWN) {
    const { record } = read(line, { errorKey });
    t.strictSame(record.thrown?.value, thrown, line);
    t.equal(record.thrown !== undefined, thrown !== undefined, line);
    t.strictSame(record.fields, rest, line);
  }
  t.end();
});

t.test('with nestedKey the fields are one level down', (t) => {
  const nestedKey = 'payload';
  const cases: readonly (readonly [line: string, wanted: object, fields: object, why: string])[] = [
    [
      `{"level":50,"pid":1,"payload":{"err":${ERR},"a":1},"msg":"x"}`,
      { message: 'x', thrown: { value: parse(ERR) } },
      { pid: 1, a: 1 },
      'an error and a field',
    ],
    ['{"level":50,"pid":1,"msg":"x"}', { message: 'x' }, { pid: 1 }, 'nothing logged'],
    ['{"level":50,"payload":{"msg":"in"}}', { message: 'in' }, {}, 'only the object has a message'],
    ['{"level":50,"payload":"text"}', {}, { payload: 'text' }, 'a binding of the same name'],
    ['{"level":50,"payload":[1]}', {}, { payload: [1] }, 'an array'],
    ['{"level":50,"payload":{"payload":1}}', {}, { payload: 1 }, 'the same name twice'],
    ['{"level":50,"a":1,"payload":{"a":2}}', {}, { a: 2 }, 'what was logged wins over a binding'],
  ];
  for (const [line, wanted, fields, why] of cases) {
    const { record } = read(line, { nestedKey });
    t.match(record, wanted, why);
    t.strictSame(record.fields, fields, why);
  }
  t.end();
});

t.test("with nestedKey a field cannot take the place of pino's own", (t) => {
  const nested = `{"level":10,"severity":"low","time":${NOW - 5000},"msg":"inner"}`;
  const { record } = read(`{"level":50,"time":${NOW},"payload":${nested},"msg":"outer"}`, {
    nestedKey: 'payload',
  });
  t.match(record, { level: 'error', time: NOW, message: 'outer' });
  t.strictSame(record.fields, parse(nested), 'nor is it lost');
  t.end();
});

t.test('a field named __proto__ is a field like any other', (t) => {
  const evil = '{"__proto__":{"err":"injected","reqId":"injected","msg":"injected"}}';
  for (const [line, shape] of [
    [evil.replace('{', '{"level":50,'), {}],
    [`{"level":50,"payload":${evil}}`, { nestedKey: 'payload' }],
    [`{"level":50,"errsight":${evil}}`, {}],
  ] as const) {
    const { record } = read(line, shape);
    t.equal(record.thrown, undefined, line);
    t.equal(record.message, '', line);
    t.equal(requestIdOf(record.fields), undefined, line);
    t.equal(Object.getPrototypeOf(record.fields), Object.prototype, line);
    if (!line.includes('errsight')) t.ok(Object.hasOwn(record.fields, '__proto__'), line);
  }
  t.equal(({} as { err?: unknown }).err, undefined, 'nobody else has it');
  t.end();
});

t.test('what is under errsight is no metadata, if it can be what it should', (t) => {
  const context = { user: { id: 1 }, tags: { a: 'b' }, level: 'fatal' };
  const said = read(`{"level":50,"errsight":${JSON.stringify(context)},"a":1}`);
  t.strictSame(said.context, context);
  t.strictSame(said.record.fields, { a: 1 });
  for (const json of ['"text"', '1', 'true', '[1]', 'null']) {
    const { record, context: none } = read(`{"level":50,"errsight":${json}}`);
    t.equal(none, undefined, json);
    t.strictSame(record.fields, parse(`{"errsight":${json}}`), 'it is not lost');
  }
  t.end();
});

t.test('a request is known by reqId, else by req.id', (t) => {
  const cases: readonly (readonly [
    fields: Record<string, unknown>,
    request: string | undefined,
  ])[] = [
    [{ reqId: 'a' }, 'a'],
    [{ reqId: 7 }, '7'],
    [{ reqId: '7' }, '7'],
    [{ req: { id: 'b' } }, 'b'],
    [{ req: { id: 0 } }, '0'],
    [{ reqId: 'a', req: { id: 'b' } }, 'a'],
    [{ reqId: null, req: { id: 'b' } }, 'b'],
    [{ req: 'b' }, undefined],
    [{ req: null }, undefined],
    [{ req: [1] }, undefined],
    [{ id: 1 }, undefined],
    [{}, undefined],
  ];
  for (const [fields, request] of cases)
    t.equal(requestIdOf(fields), request, JSON.stringify(fields));
  t.not(requestIdOf({ reqId: { a: 1 } }), requestIdOf({}), 'an odd id is not none');
  t.not(requestIdOf({ reqId: { a: 1 } }), requestIdOf({ reqId: { a: 2 } }), 'nor another odd id');
  t.end();
});

const KEYS =
  'level severity time timestamp msg err error reqId req errsight payload __proto__ constructor toString type stack message'.split(
    ' ',
  );
const anyLine = fc.dictionary(
  fc.oneof(fc.constantFrom(...KEYS), fc.string()),
  fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...KEYS), fc.jsonValue()),
    fc.constantFrom(10, 50, 'error', NOW, ISO),
  ),
);
const anyShape = fc.record({
  messageKey: fc.constantFrom('msg', 'message'),
  errorKey: fc.constantFrom('err', 'error', 'reason'),
  levelNames: fc.constantFrom(CUSTOM.levelNames, {}),
  nestedKey: fc.constantFrom(undefined, 'payload'),
});

t.test('any line is a record, and nothing of it is lost', (t) => {
  fc.assert(
    fc.property(anyLine, anyShape, (fields, shape) => {
      const line = JSON.stringify(fields);
      const parsed = parse(line);
      const { record, context } = pinoRecord(parsed, shape, peekLevel(line, shape));
      const told = new Set(['level', 'severity', 'time', 'timestamp', shape.messageKey]);
      const nested = shape.nestedKey === undefined ? undefined : parsed[shape.nestedKey];
      const inner = typeof nested === 'object' && !Array.isArray(nested) ? nested : null;
      for (const [key, value] of Object.entries(parsed)) {
        if (told.has(key) || (key === shape.nestedKey && inner !== null)) continue;
        // Of two with one name, what was logged wins.
        const last: unknown =
          inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : value;
        const found = Object.hasOwn(record.fields, key)
          ? Object.getOwnPropertyDescriptor(record.fields, key)?.value
          : key === 'errsight' && context !== undefined
            ? context
            : key === 'message' && typeof last === 'string'
              ? record.message
              : record.thrown?.value;
        if (JSON.stringify(found) !== JSON.stringify(last)) throw new Error(`${key} of ${line}`);
      }
      return Number.isFinite(record.time);
    }),
    { numRuns: 2_000 },
  );
  t.pass('2,000 lines');
  t.end();
});

const IDS: readonly (readonly [value: unknown, id: unknown])[] = [
  ['s', { scope: 's', note: undefined }],
  ['s.17', { scope: 's', note: 17 }],
  ['.-17', { scope: undefined, note: -17 }],
  ['', undefined],
  ['A text', undefined],
  ['a.b', undefined],
  ['x'.repeat(13), undefined],
  [[1], undefined],
  [{ id: 's', tags: { a: 'forged' } }, undefined],
  [null, undefined],
];

const SCOPES: readonly (readonly [line: Fields, scope: Fields, expected: Fields, why: string])[] = [
  [{ a: 1 }, { id: 's' }, { id: 's' }, 'it is as it was noted'],
  [
    { reqId: 'r' },
    { id: 's', metadata: { request_id: 'h', full_path: '/a' } },
    { id: 's', metadata: { full_path: '/a' } },
    "the line's own request id wins",
  ],
  [{ req: { id: 7 } }, { metadata: { request_id: 'h' } }, { metadata: {} }, "also pino-http's"],
  [
    { request_id: 'r' },
    { metadata: { request_id: 'h' } },
    { metadata: {} },
    'also one under the name itself',
  ],
  [
    {},
    { metadata: { request_id: 'h' } },
    { metadata: { request_id: 'h' } },
    "else the scope's holds",
  ],
  [{ reqId: 'r' }, { metadata: 'odd' }, { metadata: 'odd' }, 'whatever it is'],
];

t.test('the id in a line of pino 7 to 9 is no field; what is no id is one', (t) => {
  const nested = { ...DEFAULT_SHAPE, nestedKey: 'payload' };
  for (const [value, id] of IDS) {
    const line = { errsightScope: value, a: 1 };
    for (const [whole, shape] of [
      [line, DEFAULT_SHAPE],
      [{ payload: line }, nested],
    ] as const) {
      const seen = pinoRecord({ level: 50, ...structuredClone(whole) }, shape);
      t.strictSame(seen.id, id, JSON.stringify(value));
      t.strictSame(seen.record.fields, id === undefined ? line : { a: 1 });
      t.equal(seen.scope, undefined, 'what a scope says is in no line');
    }
  }
  t.end();
});

t.test('the scope of a line is told apart from what it says itself', (t) => {
  for (const [line, scope, expected, why] of SCOPES) {
    const nested = { ...DEFAULT_SHAPE, nestedKey: 'payload' };
    for (const [whole, shape] of [
      [line, DEFAULT_SHAPE],
      [{ payload: line }, nested],
    ] as const) {
      const fields = { level: 50, ...structuredClone(whole) };
      const seen = pinoRecord(fields, shape, undefined, undefined, () => ({ scope }));
      t.strictSame(seen.scope, expected, why);
      t.strictSame(seen.record.fields, line, why);
      t.equal(seen.context, undefined, why);
    }
  }
  t.end();
});

t.test('a text beside the words of pino-http is the message', (t) => {
  for (const words of ['request errored', 'failed with status code 503']) {
    const msg = { level: 50, msg: words };
    const said = (fields: object): string =>
      read(JSON.stringify({ ...msg, ...fields })).record.message;
    t.equal(said({ err: 'no such order' }), 'no such order');
    t.equal(said({ error: 'no such order' }), 'no such order');
    t.equal(said({ error: { message: 'no such order', code: 'E1' } }), 'no such order');
    t.equal(said({ err: 42 }), '42');
    t.equal(said({ err: ' ' }), words);
    t.equal(said({ error: '' }), words);
    t.equal(said({ err: null }), words);
    t.equal(said({}), words);
    t.equal(said({ err: 'no such order', msg: 'it failed' }), 'it failed', "the user's own text");
    t.equal(said({ error: 'no such order', msg: 'it failed' }), 'it failed');
  }
  t.end();
});
