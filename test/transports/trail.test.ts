import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import { makeBreadcrumb } from '../../src/event/make/breadcrumbs.ts';
import { DEFAULT_SHAPE } from '../../transports/pino/records.ts';
import { Trail, parseLine } from '../../transports/pino/trail.ts';
import type { Breadcrumb } from '../../src/event/event.ts';
import type { BreadcrumbInput } from '../../src/event/record.ts';

const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });
const NOW = Date.now();

interface Opened {
  readonly trail: Trail;
  /** What was completed, in order. */
  readonly completed: BreadcrumbInput[];
}

function open(): Opened {
  const completed: BreadcrumbInput[] = [];
  const trail = new Trail((input) => {
    completed.push(input);
    return makeBreadcrumb(input, scrub);
  });
  return { trail, completed };
}

function line(fields: object): string {
  return JSON.stringify({ level: 30, time: NOW, pid: 1, hostname: 'h', ...fields });
}

function messages(trail: readonly Breadcrumb[]): (string | undefined)[] {
  return trail.map((crumb) => crumb.message);
}

t.test('a line becomes a breadcrumb with all that it says', (t) => {
  const { trail } = open();
  trail.push(line({ reqId: 'a', rows: 3, password: 'hunter2', msg: 'read' }), 'info');
  t.strictSame(trail.of('a', DEFAULT_SHAPE), [
    {
      timestamp: new Date(NOW).toISOString(),
      level: 'info',
      category: 'log',
      message: 'read',
      data: { rows: 3, password: '[Filtered]' },
    },
  ]);
  t.end();
});

const ERRORS: readonly (readonly [fields: object, data: object | undefined])[] = [
  [
    { err: { type: 'TypeError', message: 'boom', stack: 'long' }, a: 1 },
    { a: 1, err: 'TypeError: boom' },
  ],
  [{ err: { message: 'boom', stack: 'long' } }, { err: 'boom' }],
  [{ error: { type: 'TypeError', message: 'boom', stack: 'long' } }, { err: 'TypeError: boom' }],
  [{ err: 'text' }, { err: 'text' }],
  [{ err: { code: 1 } }, undefined],
  [{}, undefined],
];

t.test('a step keeps texts and numbers, and no objects', (t) => {
  const { trail } = open();
  const req = { headers: { cookie: 'x'.repeat(4_000) } };
  trail.push(line({ req, list: [1], none: null, rows: 3, ok: true, at: 'db', msg: 'm' }), 'info');
  t.strictSame(trail.of(undefined, DEFAULT_SHAPE)[0]?.data, { rows: 3, ok: true, at: 'db' });
  t.end();
});

t.test('a step that tells of an error says which one, without its stack', (t) => {
  for (const [fields, data] of ERRORS) {
    const { trail } = open();
    trail.push(line({ ...fields, msg: 'trying again' }), 'info');
    const [crumb] = trail.of(undefined, DEFAULT_SHAPE);
    t.equal(crumb?.message, 'trying again');
    t.strictSame(crumb?.data, data, JSON.stringify(fields));
  }
  t.end();
});

t.test("a request's trail is its own lines, oldest first", (t) => {
  const { trail } = open();
  for (const [reqId, msg] of [
    ['a', 'a1'],
    ['b', 'b1'],
    [undefined, 'n1'],
    ['a', 'a2'],
    [undefined, 'n2'],
    ['b', 'b2'],
  ]) {
    trail.push(line({ reqId, msg }), 'info');
  }
  t.strictSame(messages(trail.of('a', DEFAULT_SHAPE)), ['a1', 'a2']);
  t.strictSame(messages(trail.of('b', DEFAULT_SHAPE)), ['b1', 'b2']);
  t.strictSame(messages(trail.of(undefined, DEFAULT_SHAPE)), ['n1', 'n2']);
  t.strictSame(trail.of('c', DEFAULT_SHAPE), []);
  t.end();
});

t.test('a request is known wherever its id may be', (t) => {
  const forms: readonly (readonly [form: string, fields: (id: unknown) => object])[] = [
    ['reqId', (id) => ({ reqId: id })],
    ['req.id', (id) => ({ req: { id } })],
    ['nestedKey and a binding', (id) => ({ reqId: id, payload: { a: 1 } })],
    ['nestedKey and a field', (id) => ({ payload: { reqId: id } })],
    ['nestedKey and req.id', (id) => ({ payload: { req: { id } } })],
  ];
  for (const [form, fields] of forms) {
    const shape = { ...DEFAULT_SHAPE, nestedKey: 'payload' };
    const { trail } = open();
    for (const id of ['1', 2, { odd: 3 }, { odd: 4 }]) {
      trail.push(line({ ...fields(id), msg: `of ${JSON.stringify(id)}` }), 'info');
    }
    t.strictSame(messages(trail.of('1', shape)), ['of "1"'], form);
    t.strictSame(messages(trail.of('2', shape)), ['of 2'], form);
    t.strictSame(messages(trail.of('{"odd":3}', shape)), ['of {"odd":3}'], form);
    t.strictSame(trail.of(undefined, shape), [], `${form}: nobody else's`);
  }
  t.end();
});

t.test("an event sees the lines of its scope and of its request, and nobody else's", (t) => {
  const { trail } = open();
  const push = (msg: string, reqId?: string, id?: unknown): void =>
    trail.push(line({ reqId, ...(id !== undefined && { errsightScope: id }), msg }), 'info');
  push('both', 'r', 's');
  push('only the scope', undefined, 's');
  push('only the request', 'r');
  push('nobody');
  push('another scope', undefined, 'other');
  push('another request', 'q');
  push('another of both', 'q', 'other');
  push('odd ids', undefined, { id: 's' });
  push('a scope that is none', undefined, '');
  const own = ['both', 'only the scope', 'only the request'];
  const theirs = ['another scope', 'another request', 'another of both'];
  const none = ['nobody', 'odd ids', 'a scope that is none'];
  const cases: readonly (readonly [
    request: string | undefined,
    scope: string | undefined,
    expected: string[],
  ])[] = [
    ['r', 's', own],
    [undefined, 's', own],
    ['r', undefined, own],
    ['q', 'other', theirs],
    [undefined, undefined, none],
    ['unknown', undefined, []],
    [undefined, 'unknown', []],
    ['r', 'unknown', ['only the request']],
  ];
  for (const [request, scope, expected] of cases) {
    const seen = messages(trail.of(request, DEFAULT_SHAPE, scope));
    t.strictSame(seen, expected, `request ${request}, scope ${scope}`);
  }
  t.end();
});

t.test('an id that two requests were given shows neither the other', (t) => {
  const { trail } = open();
  for (const [scope, msg] of [
    ['s1', 'first'],
    ['s2', 'second'],
  ]) {
    trail.push(line({ reqId: 'sent twice', errsightScope: scope, msg }), 'info');
    trail.push(line({ errsightScope: scope, msg: `${msg}, without it` }), 'info');
  }
  const of = (scope?: string): unknown => messages(trail.of('sent twice', DEFAULT_SHAPE, scope));
  t.strictSame(of('s1'), ['first', 'first, without it']);
  t.strictSame(of('s2'), ['second', 'second, without it']);
  t.strictSame(of(), ['first', 'second'], 'only by that id it is not clear whose line it is');
  t.end();
});

t.test('a scope is known wherever it stands, and is no data of the step', (t) => {
  for (const shape of [DEFAULT_SHAPE, { ...DEFAULT_SHAPE, nestedKey: 'payload' }]) {
    const { trail } = open();
    const fields = { errsightScope: 's', a: 1 };
    trail.push(line({ ...(shape.nestedKey === undefined ? fields : { payload: fields }) }), 'info');
    t.match(trail.of(undefined, shape, 's'), [{ data: { a: 1 } }]);
    t.strictSame(Object.keys(trail.of(undefined, shape, 's')[0]?.data ?? {}), ['a']);
  }
  t.end();
});

t.test('lines are parsed when an event needs them, once', (t) => {
  const { trail, completed } = open();
  for (let i = 0; i < 5; i += 1) trail.push(line({ msg: `step ${i}` }), 'info');
  t.equal(completed.length, 0);
  t.equal(trail.of(undefined, DEFAULT_SHAPE).length, 5);
  trail.push(line({ msg: 'one more' }), 'info');
  t.equal(trail.of(undefined, DEFAULT_SHAPE).length, 6);
  t.equal(completed.length, 6);
  t.end();
});

t.test(
  'lines of other scopes are not even looked at, and those of other requests only once',
  (t) => {
    const { trail, completed } = open();
    for (let i = 0; i < 30; i += 1) {
      trail.push(line({ errsightScope: `s${i % 3}`, msg: `${i}` }), 'info');
      trail.push(line({ reqId: `r${i % 3}`, msg: `${i}` }), 'info');
    }
    const parses = t.capture(JSON, 'parse', JSON.parse);
    t.equal(trail.of(undefined, DEFAULT_SHAPE, 's1').length, 10);
    t.equal(parses().length, 40, 'its own, and those that name no scope');
    t.equal(trail.of('r1', DEFAULT_SHAPE).length, 10);
    t.equal(parses().length, 20, 'those of the other scopes');
    t.equal(completed.length, 20);
    t.end();
  },
);

t.test('a field further down that looks like a scope is none', (t) => {
  const { trail } = open();
  const forged = { body: { errsightScope: 'theirs' } };
  trail.push(line({ ...forged, errsightScope: 'own', msg: 'a' }), 'info');
  trail.push(line({ ...forged, msg: 'b "errsightScope":"theirs"' }), 'info');
  t.strictSame(messages(trail.of(undefined, DEFAULT_SHAPE, 'own')), ['a']);
  t.strictSame(trail.of(undefined, DEFAULT_SHAPE, 'theirs'), []);
  t.end();
});

for (const [what, room, id] of [
  ['200 lines', 200, undefined],
  ['1,000 lines that name their scopes', 1_000, 's'],
] as const) {
  t.test(`the newest ${what} are kept`, (t) => {
    const { trail } = open();
    const scope = id === undefined ? {} : { errsightScope: id };
    for (const count of [room - 1, room, room + 1, 2_750]) {
      for (let i = 0; i < count; i += 1) trail.push(line({ ...scope, msg: String(i) }), 'info');
      const kept = messages(trail.of(undefined, DEFAULT_SHAPE, id)).slice(-count);
      const length = Math.min(count, room);
      t.strictSame(
        kept,
        Array.from({ length }, (_, i) => String(count - length + i)),
      );
    }
    t.end();
  });
}

t.test('of long lines fewer are kept', (t) => {
  const { trail } = open();
  const errsightScope = 's';
  const push = (fields: object): void => trail.push(line({ ...fields, errsightScope }), 'info');
  for (let i = 0; i < 900; i += 1) push({ i, msg: 'x'.repeat(8_000) });
  const kept = trail.of(undefined, DEFAULT_SHAPE, 's').map(({ data }) => data?.['i']);
  t.ok(kept.length < 200 && kept.length > 190, `${kept.length} lines`);
  t.equal(kept.at(-1), 899, 'the newest');
  t.equal(kept[0], 900 - kept.length, 'and all after the oldest');
  for (let i = 0; i < 1_000; i += 1) push({ msg: String(i) });
  t.equal(trail.of(undefined, DEFAULT_SHAPE, 's').length, 1_000, 'and more again of short ones');
  t.end();
});

t.test('the level that was seen at the beginning of the line wins', (t) => {
  const { trail } = open();
  trail.push('{"level":30,"level":"hard","msg":"x"}', 'info');
  t.match(trail.of(undefined, DEFAULT_SHAPE), [{ level: 'info', data: { level: 'hard' } }]);
  t.end();
});

t.test('a line without a time is as old as its arrival, not as the event', async (t) => {
  const { trail } = open();
  trail.push('{"level":30,"msg":"x"}', 'info');
  const arrived = Date.now();
  while (Date.now() < arrived + 5) await new Promise(setImmediate);
  const [crumb] = trail.of(undefined, DEFAULT_SHAPE);
  t.ok(Date.parse(crumb?.timestamp ?? '') <= arrived);
});

t.test('what cannot be a breadcrumb is passed over', (t) => {
  const { trail } = open();
  for (const odd of ['{"level":30', '{"level":30}}', 'null', '[]', '"text"', '']) {
    trail.push(odd, 'info');
  }
  trail.push(line({ msg: 'x'.repeat(10_000) }), 'info');
  trail.push(line({ msg: 'good' }), 'info');
  t.strictSame(messages(trail.of(undefined, DEFAULT_SHAPE)), ['good']);
  t.end();
});

t.test('a breadcrumb that nobody wants is in no trail, and is not asked for again', (t) => {
  let asked = 0;
  const trail = new Trail(() => {
    asked += 1;
    return undefined;
  });
  trail.push(line({ msg: 'x' }), 'info');
  t.strictSame(trail.of(undefined, DEFAULT_SHAPE), []);
  t.strictSame(trail.of(undefined, DEFAULT_SHAPE), []);
  t.equal(asked, 1);
  t.end();
});

t.test('a kept line does not keep the chunk it came in', (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const { trail } = open();
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 100; i += 1) {
    // As the worker gets it: one text of many lines, of which one is a breadcrumb.
    const chunk = Buffer.from(`${'x'.repeat(1_048_576)}\n${line({ msg: String(i) })}\n`).toString();
    trail.push(chunk.slice(1_048_577, -1), 'info', { at: Date.now(), length: chunk.length });
  }
  gc();
  const grown = process.memoryUsage().heapUsed - before;
  t.ok(grown < 20 * 1_048_576, `100 lines of 100 bytes keep ${grown} bytes`);
  t.equal(trail.of(undefined, DEFAULT_SHAPE).length, 100);
  t.end();
});

t.test('only a JSON object is a line', (t) => {
  for (const text of ['', 'null', '1', '"a"', '[]', '[{}]', '{', '{}}', 'undefined', '\u0000']) {
    t.equal(parseLine(text), undefined, JSON.stringify(text));
  }
  t.strictSame(parseLine('{"a":1}\r'), { a: 1 }, 'CRLF');
  t.strictSame(parseLine('{}'), {});
  t.end();
});
