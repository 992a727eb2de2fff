import t from 'tap';
import { createEventBuilder, type EventBuilder } from '../../src/event/make/build.ts';
import { rebuild } from '../../src/event/make/after-hook.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { scrubFrame } from '../../src/event/stack/frames.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import type { Breadcrumb, ErrsightEvent } from '../../src/event/event.ts';
import type { Context, LogRecord } from '../../src/event/record.ts';

const KEY = `elp_${'a1'.repeat(24)}`;
const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: KEY });

function builder(maxBreadcrumbs = 50): EventBuilder {
  return createEventBuilder({
    environment: 'test',
    defaultTags: [],
    release: '1.0',
    maxBreadcrumbs,
    scrub,
    readException: createExceptionReader({
      scrub,
      paths: createPathRules({ projectRoot: process.cwd() }),
    }),
  });
}

const build = builder();

function record(changes: object = {}): LogRecord {
  return { time: Date.now(), level: 'error', message: 'it broke', fields: {}, ...changes };
}

/** Contexts as JavaScript may hand them over. */
function event(changes: object, ...contexts: unknown[]): ErrsightEvent {
  return build(record(changes), contexts as Context[], []);
}

const revoked = Proxy.revocable([], {});
revoked.revoke();
const hostile = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('no keys');
    },
    get: () => {
      throw new Error('no values');
    },
  },
);
const HOSTILE: readonly unknown[] = [
  revoked.proxy,
  hostile,
  42,
  10n,
  'text',
  Symbol('s'),
  [],
  null,
];

t.test('an event has an id of its own, the time of the record, and what is configured', (t) => {
  const time = Date.now() - 5_000;
  const result = event({ time });
  t.match(result, {
    ingestion_id: /^[0-9a-f]{8}-[0-9a-f]{4}-4/,
    level: 'error',
    message: 'it broke',
    occurred_at: new Date(time).toISOString(),
    environment: 'test',
    release: '1.0',
    metadata: { sdk: /^errsight-node\/\d/, node: process.version, hostname: String },
    tags: {},
    breadcrumbs: [],
  });
  t.notSame(event({}).ingestion_id, result.ingestion_id);
  t.end();
});

t.test('a time that ErrSight would replace stays in the metadata', (t) => {
  const HOUR = 3_600_000;
  const cases: readonly (readonly [offset: number, believed: boolean])[] = [
    [0, true],
    [-6 * 24 * HOUR, true],
    [HOUR - 60_000, true],
    [-7 * 24 * HOUR, false],
    [2 * HOUR, false],
    [1e13, false],
  ];
  for (const [offset, believed] of cases) {
    const now = Date.now();
    const said = new Date(now + offset).toISOString();
    const { occurred_at: at, metadata } = event({ time: now + offset });
    if (believed) {
      t.equal(at, said);
      t.notOk('occurred_at' in metadata);
    } else {
      t.ok(Math.abs(Date.parse(at) - now) < 10_000, at);
      t.equal(metadata['occurred_at'], said);
    }
  }
  t.end();
});

t.test("the error's message is the event's, the line's text becomes log_message", (t) => {
  const thrown = { value: new TypeError('the cause of it') };
  t.match(event({ thrown }), {
    message: 'the cause of it',
    metadata: { exception_class: 'TypeError', log_message: 'it broke' },
  });
  for (const message of ['', 'the cause of it']) {
    t.notOk('log_message' in event({ thrown, message }).metadata, 'not twice, and not empty');
  }
  const failure = Object.assign(new Error('x'), { code: 'E1', statusCode: 502, password: 'p' });
  t.match(event({ thrown: { value: failure } }).metadata, {
    exception_properties: { code: 'E1', statusCode: 502, password: '[Filtered]' },
  });
  t.notOk('exception_properties' in event({ thrown }).metadata);
  t.end();
});

t.test('a message of any type is a text', (t) => {
  const cases: readonly (readonly [unknown, string])[] = [
    [42, '42'],
    [10n, '10'],
    [{ a: 1 }, '{"a":1}'],
    [null, 'null'],
    [' \u0085\t', ''],
    ['\u0000\u0085', ''],
    ['\u001b[31m\u0085\u001b[0m', ''],
    [revoked.proxy, '[Unreadable]'],
  ];
  for (const [message, text] of cases) t.equal(event({ message }).message, text);
  const thrown = { value: new Error('e') };
  t.equal(event({ message: 42, thrown }).metadata['log_message'], '42');
  t.end();
});

t.test('colours in a message hide no secret', (t) => {
  const [first, last] = [KEY.slice(0, 20), KEY.slice(20)];
  const message = `\u001b[36mpin\u001b[0m=7 ${first}\u001b[1m${last}`;
  t.equal(event({ message }).message, 'pin=[Filtered] [Filtered]');
  t.end();
});

t.test('a colour that is begun in a message or a code leaves no blank fingerprint', (t) => {
  const trace = new Error();
  t.strictSame(event({ message: '\u001b[', trace: () => trace }).fingerprint, ['[|']);
  const failed = (code: string): ErrsightEvent =>
    event({
      thrown: { value: { type: '\u001b[1m', message: 'm', stack: 'm', code, syscall: code } },
    });
  t.equal(failed('\u001b[1m').fingerprint, undefined);
  t.strictSame(failed('\u001b[1m E').fingerprint, ['E', 'E']);
  t.end();
});

function letter(code: number): string {
  return `\u001b[38;2;${code};120;30m${String.fromCodePoint(97 + (code % 26))}`;
}

t.test('a text with more colours than letters keeps its letters', (t) => {
  const said = Array.from({ length: 1_500 }, (_, index) => letter(index % 256));
  const plain = said.map((each) => each.at(-1)).join('');
  t.equal(event({ message: said.join('') }).message, plain);
  // In its first so many units there may be no letter at all.
  const file = `/${'\u001b[1m'.repeat(1_100)}/a.js`;
  const shown = event({
    thrown: { value: Object.assign(new Error('m'), { stack: `Error: m\n    at f (${file}:1:1)` }) },
  });
  t.match(shown.metadata.exception_frames, [{ filename: /a\.js$/ }]);
  t.match(shown.backtrace, /a\.js:1:1/);
  t.end();
});

t.test('keys that ErrSight reads in a form of their own cannot be faked', (t) => {
  const fake = { exception_class: 'Fake', exception_frames: [{}], exception_causes: 'x' };
  const renamed = {
    log_exception_class: 'Fake',
    log_exception_frames: [{}],
    log_exception_causes: 'x',
  };
  const cases: readonly ErrsightEvent[] = [
    event({ fields: fake }),
    event({}, { metadata: fake }),
    event({}, { metadata: { 'exception_class\u0000': 'Fake' } }),
  ];
  t.match(cases[0]?.metadata, renamed);
  t.match(cases[1]?.metadata, renamed);
  for (const { metadata } of cases) {
    t.notOk('exception_class' in metadata || 'exception_frames' in metadata);
  }
  const { metadata } = event({ thrown: { value: new RangeError('r') }, fields: fake });
  t.equal(metadata.exception_class, 'RangeError');
  t.end();
});

function numbered(prefix: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: 45 }, (_, index) => [`${prefix}${index}`, prefix]),
  );
}

t.test('what was said on purpose comes before the fields of the line and wins over them', (t) => {
  const fields = { ...numbered('field'), both: 'field', reqId: 7 };
  const scope = { metadata: { both: 'scope', only: 'scope', nested: { scope: 1 } } };
  const call = { metadata: { ...numbered('call'), both: 'call', nested: { call: 1 } } };
  const { metadata } = event({ fields }, scope, call);
  t.match(metadata, { both: 'call', only: 'scope', nested: { call: 1 }, request_id: '7' });
  const keys = Object.keys(metadata);
  t.ok(keys.indexOf('call44') < keys.indexOf('field0'));
  t.ok(keys.indexOf('request_id') < keys.indexOf('call0'));
  t.ok(keys.indexOf('call44') < 50);
  t.end();
});

t.test('request_id comes from where frameworks put it, as a string', (t) => {
  const cases: readonly (readonly [fields: object, id: string | undefined])[] = [
    [{ reqId: 'req-1' }, 'req-1'],
    [{ reqId: 12 }, '12'],
    [{ req: { id: 3, url: '/' } }, '3'],
    [{ reqId: { a: 1 } }, '{"a":1}'],
    [{ req: hostile }, undefined],
    [{}, undefined],
  ];
  for (const [fields, id] of cases) t.equal(event({ fields }).metadata['request_id'], id);
  t.equal(
    event({ fields: { reqId: 1 } }, { metadata: { request_id: 'mine' } }).metadata['request_id'],
    'mine',
  );
  t.end();
});

t.test('a request_id that is an object hides its secrets like any other', (t) => {
  for (const [fields, wanted] of [
    [{ reqId: { password: { a: 'x' }, b: 1 } }, '{"password":"[Filtered]","b":1}'],
    [{ req: { id: ['\nCookie: a=b'] } }, '["\\nCookie: [Filtered]"]'],
  ] as const) {
    t.equal(event({ fields }).metadata['request_id'], wanted);
  }
  t.end();
});

t.test('of contexts the later ones win, key by key for tags', (t) => {
  const scope = {
    tags: { a: 's', b: 's', c: 's' },
    level: 'info',
    user: { id: 1 },
    fingerprint: 'f',
  };
  const call = {
    tags: { b: 'c', c: null },
    level: 'crit',
    user: { email: 'e' },
    fingerprint: ['g'],
  };
  t.match(event({}, scope), {
    tags: scope.tags,
    level: 'info',
    user: { id: '1' },
    fingerprint: ['f'],
  });
  const result = event({}, scope, call);
  t.strictSame(result.tags, { a: 's', b: 'c' }, 'null takes a tag away');
  t.strictSame(result.user, { email: 'e' }, 'of users the last, as a whole');
  t.match(result, { level: 'fatal', fingerprint: ['g'] });
  t.equal(event({}, scope, { user: null }).user, undefined);
  t.equal(
    event({}, scope, { level: 'banana' }).level,
    'info',
    'a name nobody knows decides nothing',
  );
  t.end();
});

t.test('tags are texts, whatever they are given as', (t) => {
  const given: unknown = JSON.parse(
    '{"__proto__":"p","_aj_globalid":"a","n":1,"t":true,"o":{"a":[1]},"token":"secret","u":"/?pwd=x"}',
  );
  t.strictSame(
    event({}, { tags: given }).tags,
    JSON.parse(
      '{"__proto__":"p","aj_globalid":"a","n":"1","t":"true","o":"{\\"a\\":[1]}","token":"[Filtered]","u":"/?pwd=[Filtered]"}',
    ),
  );
  t.notMatch(JSON.stringify(event({}, { tags: { [`k ${KEY}`]: KEY } })), 'elp_');
  t.end();
});

t.test('a key __proto__ is a key like any other, in each metadata', (t) => {
  const given: unknown = JSON.parse('{"__proto__":{"admin":true}}');
  for (const { metadata } of [event({ fields: given }), event({}, { metadata: given })]) {
    t.strictSame(Object.getOwnPropertyDescriptor(metadata, '__proto__')?.value, { admin: true });
    t.equal(metadata['admin'], undefined);
  }
  t.equal(({} as { admin?: boolean }).admin, undefined);
  t.end();
});

t.test('ids of users are numbers, bigints and texts; what is blank is left out', (t) => {
  const user = { id: 12n, email: ' \u0085 ', username: 7, ip_address: {}, role: 'admin' };
  t.strictSame(event({}, { user }).user, { id: '12', username: '7' });
  t.equal(event({}, { user: { id: ' ' } }).user, undefined);
  t.end();
});

t.test('a fingerprint has no blank parts, or is none', (t) => {
  const cases: readonly (readonly [unknown, readonly string[] | undefined])[] = [
    ['one', ['one']],
    [
      [' a ', '', 2, null, 3n, {}, '\u0085'],
      ['a', '2', '3'],
    ],
    [Array.from({ length: 30 }, (_, index) => index), Array.from({ length: 20 }, (_, i) => `${i}`)],
    ['  ', undefined],
    [[], undefined],
    [[{}, null], undefined],
    [{ 0: 'a' }, undefined],
    [revoked.proxy, undefined],
  ];
  for (const [fingerprint, parts] of cases)
    t.strictSame(event({}, { fingerprint }).fingerprint, parts);
  t.end();
});

const at = (second: number): string => new Date(Date.UTC(2026, 0, 2, 3, 4, second)).toISOString();
const crumb = (second: number, message = String(second)): Breadcrumb => ({
  timestamp: at(second),
  level: 'info',
  message,
});

t.test('crumbs of the trail and of contexts are one list by time, oldest first', (t) => {
  const given = { breadcrumbs: [crumb(2), crumb(5), { message: 'now' }] };
  const { breadcrumbs } = build(record(), [given], [crumb(1), crumb(3), crumb(4)]);
  t.strictSame(
    breadcrumbs.map(({ message }) => message),
    ['1', '2', '3', '4', '5', 'now'],
  );
  t.end();
});

t.test('maxBreadcrumbs holds for all crumbs of an event together, and keeps the newest', (t) => {
  const given = { breadcrumbs: [crumb(4), crumb(2)] };
  for (const [max, kept] of [
    [0, []],
    [1, ['4']],
    [3, ['2', '3', '4']],
    [50, ['1', '2', '3', '4']],
  ] as const) {
    const { breadcrumbs } = builder(max)(record(), [given], [crumb(1), crumb(3)]);
    t.strictSame(
      breadcrumbs.map(({ message }) => message),
      kept,
    );
  }
  t.end();
});

t.test('a context that cannot be read costs no more than itself', (t) => {
  const keys = ['user', 'tags', 'metadata', 'fingerprint', 'level', 'breadcrumbs'];
  for (const value of HOSTILE) {
    const context = Object.fromEntries(keys.map((key) => [key, value]));
    t.match(event({}, { tags: { a: 1 } }, context, value), {
      message: 'it broke',
      tags: { a: '1' },
    });
    const inside = {
      breadcrumbs: [value],
      fingerprint: [value],
      tags: { x: value },
      user: { id: value },
    };
    t.equal(event({}, inside).message, 'it broke');
  }
  t.end();
});

t.test('lists without an end are looked at as far as they are kept', (t) => {
  const endless = new Proxy([], {
    get: (_, key) => (key === 'length' ? 2 ** 52 : { message: 'x' }),
  });
  const result = event({}, { breadcrumbs: endless, fingerprint: endless });
  t.equal(result.breadcrumbs.length, 50);
  t.equal(result.fingerprint, undefined);
  t.equal(
    event({}, { breadcrumbs: Array.from({ length: 20_000 }, () => ({})) }).breadcrumbs.length,
    50,
  );
  t.end();
});

t.test('source lines are cut to 200 characters, after they were scrubbed', (t) => {
  const frame = { filename: 'a.js', function: 'f', lineno: 1, in_app: true };
  const secret = `${'x'.repeat(170)} "sk_live_${'s'.repeat(100)}"`;
  const scrubbed = scrubFrame(
    { ...frame, pre_context: [secret], context_line: 'y'.repeat(500), post_context: [KEY] },
    scrub,
  );
  t.strictSame(scrubbed.pre_context, [`${'x'.repeat(170)} "[Filtered]"`]);
  t.equal(scrubbed.context_line, `${'y'.repeat(197)}...`);
  t.strictSame(scrubbed.post_context, ['[Filtered]']);
  t.end();
});

t.test('an error of a function without a name is grouped by the text of its line', (t) => {
  const lines: Readonly<Record<number, string>> = {
    1: '  orders.get(id)',
    2: ' ',
    3: `key(${KEY})`,
  };
  const quoting = createEventBuilder({
    environment: 'test',
    defaultTags: [],
    release: undefined,
    maxBreadcrumbs: 50,
    scrub,
    readException: createExceptionReader({
      scrub,
      paths: createPathRules({ projectRoot: '/app' }),
      source: (_file, line) => ({
        pre_context: [],
        context_line: lines[line] ?? '',
        post_context: [],
      }),
    }),
  });
  const groupOf = (frames: string, context: Context = {}): unknown => {
    const value = { name: 'TypeError', message: 'x', stack: `TypeError: x${frames}` };
    return quoting(record({ thrown: { value } }), [context], []).fingerprint;
  };
  const inDependency = '\n    at dep (/app/node_modules/dep/index.js:1:1)';
  const group = ['TypeError', 'a.js', 'orders.get(id)'];
  t.strictSame(groupOf('\n    at /app/a.js:1:5'), group);
  t.strictSame(groupOf('\n    at Server.<anonymous> (/app/a.js:1:5)'), group);
  t.strictSame(groupOf('\n    at Timeout._onTimeout (/app/a.js:1:5)'), group);
  t.strictSame(groupOf(`${inDependency}\n    at /app/a.js:1:5`), group, 'the first of its own');
  t.strictSame(groupOf('\n    at /app/a.js:3:5'), ['TypeError', 'a.js', 'key([Filtered])']);
  t.strictSame(groupOf('\n    at /app/a.js:1:5', { fingerprint: 'mine' }), ['mine']);
  t.equal(groupOf('\n    at named (/app/a.js:1:5)'), undefined, 'a name is enough');
  t.equal(groupOf('\n    at /app/a.js:2:5'), undefined, 'a blank line says nothing');
  t.equal(groupOf('\n    at /app/a.js:9:5'), undefined, 'nor does one that is not known');
  t.same(groupOf(inDependency), ['TypeError', 'node_modules/dep/index.js', 'dep']);
  t.equal(groupOf(''), undefined);
  t.end();
});

t.test(
  'a message with a trace is grouped by its text, digits aside, unless told otherwise',
  (t) => {
    const trace = new Error();
    const cases: readonly (readonly [message: string, group: readonly string[] | undefined])[] = [
      ['job 12 took 3s', ['job N took Ns|']],
      [' padded ', ['padded|']],
      ['', undefined],
      [' \u0085', undefined],
      [`key ${KEY}`, ['key [Filtered]|']],
    ];
    for (const [message, group] of cases) {
      t.strictSame(event({ message, trace: () => trace }).fingerprint, group, message);
    }
    const long = 'x'.repeat(500);
    t.notSame(
      event({ message: `${long}a`, trace: () => trace }).fingerprint,
      event({ message: `${long}b`, trace: () => trace }).fingerprint,
    );
    t.strictSame(event({ trace: () => trace }, { fingerprint: 'mine' }).fingerprint, ['mine']);
    t.equal(event({}).fingerprint, undefined);
    t.end();
  },
);

t.test('a trace gives frames and a backtrace, but no class', (t) => {
  const { metadata, backtrace } = event({ trace: () => new Error() });
  t.equal(metadata.exception_class, undefined);
  t.match(metadata.exception_frames?.[0]?.filename, /build\.test/);
  t.match(backtrace, /^at .*build\.test/);
  t.end();
});

function rebuilt(change: (event: Record<string, unknown>) => unknown): ErrsightEvent {
  const original = event({ thrown: { value: new Error('e', { cause: new Error('c') }) } });
  const given = structuredClone(original);
  const changed = change(given as unknown as Record<string, unknown>) ?? given;
  return rebuild(changed as ErrsightEvent, original, scrub);
}

t.test('what a hook left alone is as it was', (t) => {
  const original = event(
    { thrown: { value: new Error('e', { cause: new Error('c') }) }, fields: { reqId: 1, a: [1] } },
    { tags: { a: 1 }, user: { id: 1 }, fingerprint: 'f', breadcrumbs: [crumb(1)] },
  );
  t.strictSame(rebuild(structuredClone(original), original, scrub), original);
  t.end();
});

t.test('a fingerprint that a hook chose is said to group the event', (t) => {
  const cases: [what: string, fingerprint: unknown, by: string][] = [
    ['a list', ['mine'], 'fingerprint'],
    ['a text', 'mine', 'fingerprint'],
    ['nothing', undefined, 'message'],
    ['a blank', ' ', 'message'],
  ];
  for (const [what, fingerprint, by] of cases) {
    const original = event({ message: 'a' });
    const changed = { ...structuredClone(original), fingerprint } as ErrsightEvent;
    t.equal(rebuild(changed, original, scrub).metadata['errsight_group'], by, what);
  }
  t.end();
});

t.test('a code with a secret in it is none in the fingerprint either', (t) => {
  const thrown = Object.assign(new Error('e'), { code: '?a=1&sid=zmwfffrmqdnpmxddgrkkjhmk&b=2' });
  thrown.stack = 'Error: e\n    at f (/elsewhere/node_modules/dep/index.js:1:2)';
  const { fingerprint } = event({ thrown: { value: thrown } });
  t.ok(fingerprint);
  t.notMatch(JSON.stringify(fingerprint), /zmwfffrmqdnpmxddgrkkjhmk/);
  t.end();
});

t.test('what a hook broke is mended, and the id and the time stay', (t) => {
  const now = Date.now();
  for (const value of [undefined, ...HOSTILE]) {
    const result = rebuilt((given) => {
      for (const key of Object.keys(given)) given[key] = value;
    });
    t.match(result, { ingestion_id: /^[0-9a-f-]{36}$/, level: 'error', tags: {}, breadcrumbs: [] });
    t.equal(result.environment, value === 'text' ? 'text' : 'test');
    t.ok(Math.abs(Date.parse(result.occurred_at) - now) < 60_000);
    t.equal(typeof result.message, 'string');
    t.equal(result.backtrace, undefined);
  }
  t.equal(rebuilt((given) => delete given['message'] && undefined).message, 'Error');
  t.equal(
    rebuilt(() => ({ message: '\u0000\u0085', metadata: { exception_class: '[m' } })).message,
    '[\u200bm',
  );
  const blank = rebuilt(() => ({
    environment: '\u0000\u0085',
    release: '\u0085',
    user: { id: '\u0000\u0085' },
  }));
  t.match(blank, { environment: 'test', release: undefined, user: undefined });
  t.end();
});

t.test(
  'a hook that takes the frames away does not leave a backtrace that reads as nonsense',
  (t) => {
    const result = rebuilt((given) => void (given['metadata'] = { own: 1 }));
    t.equal(result.backtrace, undefined);
    t.match(result.metadata, { own: 1, backtrace: /^at / });
    t.end();
  },
);

t.test('frames and causes of a hook have no more than what pages can show', (t) => {
  const good = { filename: 'a.js', function: 'f', lineno: 3, colno: 4, in_app: true };
  const lines = { pre_context: ['a'], context_line: 'b', post_context: ['c'] };
  const frames = [
    { ...good, ...lines, extra: 10n, _aj_globalid: 1 },
    { filename: 'a\u0000\ud800.js', context_line: '?token=x', lineno: 1, in_app: 'false' },
    { filename: 'b.js', lineno: -1, context_line: 'unseen', function: 7 },
    { filename: 'c.js', lineno: 1, context_line: 'l', pre_context: 'no', post_context: [1, 'd'] },
    { filename: '  ' },
    { filename: '\u0000\u0085' },
    { filename: 3 },
    ...HOSTILE,
  ];
  const causes = [
    { class: 'E', message: '\u0000m', extra: 1 },
    { class: 'E', message: 'm', backtrace: 'at x' },
    { class: 1, message: 'm' },
    ...HOSTILE,
  ];
  const { metadata } = rebuilt((given) => {
    given['metadata'] = { exception_class: 3, exception_frames: frames, exception_causes: causes };
  });
  t.strictSame(metadata, {
    exception_frames: [
      { ...good, ...lines },
      {
        filename: 'a\ufffd.js',
        function: '',
        lineno: 1,
        in_app: false,
        pre_context: [],
        context_line: '?token=x',
        post_context: [],
      },
      { filename: 'b.js', function: '', in_app: false },
      {
        filename: 'c.js',
        function: '',
        lineno: 1,
        in_app: false,
        pre_context: [],
        context_line: 'l',
        post_context: ['d'],
      },
    ],
    exception_causes: [
      { class: 'E', message: 'm' },
      { class: 'E', message: 'm', backtrace: 'at x' },
    ],
  });
  t.end();
});

t.test('what a hook adds is scrubbed', (t) => {
  const result = rebuilt((given) => {
    given['metadata'] = { password: 'p', note: KEY };
    given['tags'] = { token: 't' };
    given['message'] = `GET /?secret=s ${KEY}`;
    given['environment'] = KEY;
    given['release'] = KEY;
  });
  t.notMatch(JSON.stringify(result), /elp_|"p"|"t"|secret=s/);
  t.end();
});
