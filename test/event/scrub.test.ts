import { EventEmitter } from 'node:events';
import http from 'node:http';
import fc from 'fast-check';
import t from 'tap';
import { createScrubber, type ScrubOptions } from '../../src/event/scrub/scrubber.ts';
import { WALK_LIMITS } from '../../src/event/scrub/limits.ts';

const KEY = `elp_${'b'.repeat(48)}`;

function scrubber(options: Partial<ScrubOptions> = {}): ReturnType<typeof createScrubber> {
  return createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: KEY, ...options });
}

t.test('the values of keys that name secrets do not leave, at any depth', (t) => {
  const secrets = [
    'password',
    'Password',
    'user_password',
    'passwd',
    'clientSecret',
    'access_token',
    'API-KEY',
    'x-api-key',
    'Authorization',
    'proxy-authorization',
    'Set-Cookie',
    'cookies',
    'sessionId',
    'connect.sid',
    'X-CSRF-Token',
    'credentials',
    'jwt',
    'auth',
    'private_key',
    'creditCard',
    'dbPass',
    'userPwd',
    'X-Amz-Signature',
    'authHeader',
  ];
  for (const key of secrets) {
    t.strictSame(
      scrubber().value({ a: [{ [key]: 'x', other: 'y' }] }),
      { a: [{ [key]: '[Filtered]', other: 'y' }] },
      key,
    );
    t.strictSame(scrubber().value({ [key]: { inside: 1 } }), { [key]: '[Filtered]' }, key);
  }
  t.end();
});

t.test('other keys stay, and so does whether a secret is there at all', (t) => {
  const value = { author: 'ada', keyboard: 'qwerty', passed: 3, password: null, hasToken: true };
  t.strictSame(scrubber().value(value), value);
  t.end();
});

t.test('signs within a key do not hide its name', (t) => {
  for (const key of ['pass\u0000word', 'user[pin]', 'api:key', 'to\u200bken', 'Pass/Wort']) {
    const [value] = Object.values(
      scrubber({ scrubKeys: ['passwort'] }).value({ [key]: 'x' }) ?? {},
    );
    t.equal(value, '[Filtered]', JSON.stringify(key));
  }
  t.end();
});

t.test('what is remembered of a line is what scrubbing it gives, for each length', (t) => {
  const scrub = scrubber();
  const lines = ['const a = 1;', 'fetch("/a?token=x")', '', `key ${KEY}`, 'y'.repeat(5_000)];
  for (let round = 0; round < 2; round += 1) {
    for (const line of lines) {
      for (const max of [10, 200, 300]) t.equal(scrub.line(line, max), scrub.text(line, max));
    }
  }
  t.end();
});

t.test('a name beside a value is a key as well', (t) => {
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    ['a pair', ['Authorization', 'x'], ['Authorization', '[Filtered]']],
    [
      'pairs',
      [
        ['cookie', 'x'],
        ['host', 'y'],
      ],
      [
        ['cookie', '[Filtered]'],
        ['host', 'y'],
      ],
    ],
    [
      "Node's rawHeaders",
      ['Host', 'h', 'Set-Cookie', 'x', 'Accept', '*'],
      ['Host', 'h', 'Set-Cookie', '[Filtered]', 'Accept', '*'],
    ],
    ['a command', ['login', '--password', 'x'], ['login', '--password', '[Filtered]']],
    ['an object of any kind', ['session', { id: 'x' }], ['session', '[Filtered]']],
    ['nothing', ['token', null, 'secret', true], ['token', null, 'secret', true]],
    ['a word in a list', ['name', 'password', 'email'], ['name', 'password', 'email']],
    [
      'name and value',
      [{ name: 'X-Api-Key', value: 'x' }],
      [{ name: 'X-Api-Key', value: '[Filtered]' }],
    ],
    ['key and value', { key: 'token', value: 'x' }, { key: 'token', value: '[Filtered]' }],
    [
      'a value before its name',
      { value: 'x', name: 'token' },
      { value: '[Filtered]', name: 'token' },
    ],
    ['another name', { name: 'host', value: 'x' }, { name: 'host', value: 'x' }],
    ['a Set', new Set(['cookie', 'x']), ['cookie', '[Filtered]']],
  ];
  for (const [name, value, expected] of rows) t.same(scrubber().value(value), expected, name);
  t.end();
});

t.test('a socket, a request, a stream is told in a few words', async (t) => {
  const request = http.request({ host: '127.0.0.1', port: 9, path: '/a?token=x&b=1' });
  request.on('error', () => undefined);
  t.teardown(() => request.destroy());
  const told = scrubber().value({ request });
  t.strictSame(told, { request: 'GET http://127.0.0.1/a?token=[Filtered]&b=1' });
  t.ok(JSON.stringify(told).length < 2_000, 'its socket and agent stay out');
  t.match(scrubber().value(new EventEmitter()), { class: 'EventEmitter' });
  t.same(scrubber().value({ on: true, emit: 'x' }), { on: true, emit: 'x' }, 'not by name alone');
});

t.test("the user's own keys are denied as well", (t) => {
  const scrub = scrubber({ scrubKeys: ['iban', 'Tax-Id'] });
  t.strictSame(scrub.value({ IBAN: 'DE00', customer_tax_id: 7, id: 1 }), {
    IBAN: '[Filtered]',
    customer_tax_id: '[Filtered]',
    id: 1,
  });
  t.end();
});

t.test('IP addresses leave only with sendDefaultPii', (t) => {
  const request = { remoteAddress: '203.0.113.9', headers: { 'x-forwarded-for': '203.0.113.9' } };
  t.strictSame(scrubber().value(request), {
    remoteAddress: '[Filtered]',
    headers: { 'x-forwarded-for': '[Filtered]' },
  });
  t.strictSame(scrubber({ sendDefaultPii: true }).value(request), request);
  t.end();
});

t.test('URLs lose their user info and the values of denied query keys', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['https://ada:pw@db.example/x', 'https://[Filtered]@db.example/x'],
    ['redis://:hunter2@cache:6379', 'redis://[Filtered]@cache:6379'],
    ['/login?user=ada&password=pw#top', '/login?user=ada&password=[Filtered]#top'],
    ['https://x.example/?access%5Ftoken=t', 'https://x.example/?access%5Ftoken=[Filtered]'],
    ['GET /a?api_key=k HTTP/1.1', 'GET /a?api_key=[Filtered] HTTP/1.1'],
    ['https://x.example/a@b?page=2', 'https://x.example/a@b?page=2'],
    ['https://x.example?mail=a@b.example', 'https://x.example?mail=a@b.example'],
    ['postgres://ada:p@ss#word@db.example/x', 'postgres://[Filtered]@db.example/x'],
    ['https://x.example/cb#access_token=t', 'https://x.example/cb#access_token=[Filtered]'],
  ];
  for (const [given, wanted] of cases) t.equal(scrubber().value(given), wanted);
  t.end();
});

t.test('secrets inside texts do not leave: forms, JSON, raw headers, bearer tokens', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['password=pw&x=1&token=t', 'password=[Filtered]&x=1&token=[Filtered]'],
    ['login failed with password=pw for ada', 'login failed with password=[Filtered] for ada'],
    [
      '{"user":"ada","password":"p\\"w","pin": 7}',
      '{"user":"ada","password":"[Filtered]","pin":"[Filtered]"}',
    ],
    [
      'GET / HTTP/1.1\r\nAuthorization: Basic abc\r\nHost: h\r\nCookie: sid=1; a=b\r\n\r\n',
      'GET / HTTP/1.1\r\nAuthorization: [Filtered]\r\nHost: h\r\nCookie: [Filtered]\r\n\r\n',
    ],
    ['sent Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'sent Bearer [Filtered]'],
    ['GET /login?next=/cb?token=t&x=1', 'GET /login?next=/cb?token=[Filtered]&x=1'],
    ['url=https://x.example/?sid=s ms=3', 'url=https://x.example/?sid=[Filtered] ms=3'],
    ['password="p w" user=ada', 'password=[Filtered] user=ada'],
    ['{"body":"pin=1","b":2}', '{"body":"pin=[Filtered]","b":2}'],
    ['{"url":"/a?token=","b":1}', '{"url":"/a?token=","b":1}'],
    ['user[pin]=7&a=b', 'user[pin]=[Filtered]&a=b'],
    ['{"cookies":{"a":["}"]},"b":1}', '{"cookies":"[Filtered]","b":1}'],
    ['{"tokens":["a"],"token":null}', '{"tokens":"[Filtered]","token":null}'],
    [
      String.raw`{"body":"{\"pin\":\"a\\\"b\",\"b\":1}"}`,
      String.raw`{"body":"{\"pin\":\"[Filtered]\",\"b\":1}"}`,
    ],
    ['cut: {"a":1,"password":"hun', 'cut: {"a":1,"password":"[Filtered]"'],
    ['failed\nAuthorization: Basic abc\nHost: h', 'failed\nAuthorization: [Filtered]\nHost: h'],
    [
      String.raw`{"a":"GET /\r\nCookie: a=\"b\"\r\nHost: h\r\nX-Api-Key: k","b":1}`,
      String.raw`{"a":"GET /\r\nCookie: [Filtered]\r\nHost: h\r\nX-Api-Key: [Filtered]","b":1}`,
    ],
    ['TokenError: expired\nToken: which', 'TokenError: expired\nToken: which'],
    ['Basic authentication is off', 'Basic authentication is off'],
    ['Unexpected token } in JSON', 'Unexpected token } in JSON'],
  ];
  for (const [given, wanted] of cases) t.equal(scrubber().value(given), wanted);
  t.end();
});

t.test('the API key does not leave, wherever it turns up', (t) => {
  t.strictSame(scrubber().value({ note: `key=${KEY}!`, [`k ${KEY}`]: 1 }), {
    note: 'key=[Filtered]!',
    'k [Filtered]': 1,
  });
  t.end();
});

t.test('a secret that the cut of a long text would halve does not leave by half', (t) => {
  const text = `${'x'.repeat(80)}https://ada:hunter2@db.example/`;
  const kept = scrubber().text(text, 95);
  t.notMatch(kept, 'hunter');
  t.ok(kept.length <= 95);
  const key = scrubber().text(`${'x'.repeat(80)}${KEY}`, 95);
  t.notMatch(key, 'elp_');
  // Neither where what is filtered in front of it brings the end of what is looked at into sight.
  const ahead = `password=${'y'.repeat(2_000)} `;
  for (const secret of [KEY, 'https://ada:hunter2@db.example/', `Bearer ${'elp_'.repeat(9)}`]) {
    for (let gap = 80; gap < 140; gap += 1) {
      const seen = scrubber().text(`${ahead}${'x'.repeat(gap)} ${secret}${'z'.repeat(2_000)}`, 100);
      t.notMatch(seen, /elp_|hunter/);
    }
  }
  const json = scrubber().text(`{"a":"${'x'.repeat(80)}","pin":"${'hunter2'.repeat(900)}"}`, 150);
  t.notMatch(json, 'hunter');
  t.end();
});

class Money {
  amount = 3;
  currency = 'EUR';
}

class FalseDate extends Date {
  override toISOString(): string {
    return '\u0000 not a date';
  }
}

const oddArray: Uint8Array = new Uint8Array(2);
Object.defineProperty(oddArray, 'constructor', { value: { name: 'a\u0000\ud800' } });

const thrower = {
  get broken(): never {
    throw new Error('no');
  },
  fine: 1,
};

const hostileProxy = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('no');
    },
  },
);

t.test('every kind of value becomes JSON', (t) => {
  const cases: readonly (readonly [unknown, unknown])[] = [
    [undefined, null],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [0.1 + 0.2, 0.3],
    [1.25, 1.25],
    [2 ** 53 - 1, 9_007_199_254_740_991],
    [10n, '10'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, '[Function]'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'Invalid Date'],
    [new FalseDate(0), '1970-01-01T00:00:00.000Z'],
    [/a/g, '/a/g'],
    [new URL('https://a:b@x.example/'), 'https://[Filtered]@x.example/'],
    [Buffer.from('abc'), '[Buffer: 3 bytes]'],
    [new Uint16Array(2), '[Uint16Array: 4 bytes]'],
    [oddArray, '[a\ufffd: 2 bytes]'],
    [new Set([1, 'b']), [1, 'b']],
    [
      new Map<unknown, unknown>([
        ['a', 1],
        [2, { password: 'p' }],
      ]),
      { a: 1, 2: { password: '[Filtered]' } },
    ],
    [new Money(), { amount: 3, currency: 'EUR' }],
    [{ toJSON: () => ({ token: 't', a: 1 }) }, { token: '[Filtered]', a: 1 }],
    [
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      '[Unreadable]',
    ],
    [thrower, { broken: '[Unreadable]', fine: 1 }],
    [hostileProxy, '[Unreadable]'],
    [{ a: undefined, b: [undefined] }, { b: [null] }],
    [Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    [{ _aj_globalid: 1 }, { aj_globalid: 1 }],
    ['a\u0000\ud800', 'a\ufffd'],
  ];
  for (const [given, wanted] of cases) t.strictSame(scrubber().value(given), wanted);
  t.end();
});

t.test('a key named __proto__ is a key like any other', (t) => {
  const given: unknown = JSON.parse('{"__proto__":{"admin":true}}');
  const clean = scrubber().value(given);
  t.equal(JSON.stringify(clean), '{"__proto__":{"admin":true}}');
  t.equal(({} as { admin?: boolean }).admin, undefined);
  t.end();
});

t.test('cycles and depth end', (t) => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = cycle;
  t.strictSame(scrubber().value(cycle), { a: 1, self: '[Circular]' });

  const twice = { shared: 1 };
  t.strictSame(scrubber().value([twice, twice]), [{ shared: 1 }, { shared: 1 }], 'no cycle');

  let deep: unknown = 'bottom';
  for (let level = 0; level < 10_000; level += 1) deep = { deep };
  t.match(JSON.stringify(scrubber().value(deep)), /^(\{"deep":){10}"\[Object\]"\}+$/);
  t.end();
});

t.test('what is too much is cut, and how much there was is said', (t) => {
  const keys = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`k${index}`, index]));
  t.match(scrubber().value(keys), { k99: 99, '...': '30 more keys' });
  const list = scrubber().value(Array.from({ length: 130 }, () => 1));
  t.strictSame(Array.isArray(list) && list.slice(-1), ['[30 more]']);
  const text = scrubber().value('x'.repeat(100_000));
  t.equal(typeof text === 'string' && text.length, WALK_LIMITS.string);
  const many = Array.from({ length: 100 }, () =>
    Array.from({ length: 100 }, () => 'y'.repeat(100)),
  );
  t.ok(JSON.stringify(scrubber().value(many)).length < 300_000);
  t.end();
});

t.test('whatever is given, the answer is JSON within the bounds', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withNullPrototype: true,
          withTypedArray: true,
          withSparseArray: true,
        }),
        (given) => {
          const clean = scrubber().value(given);
          const json = JSON.stringify(clean);
          return json.isWellFormed() && !json.includes('\\u0000');
        },
      ),
      { numRuns: 2_000 },
    ),
  );
  t.end();
});
