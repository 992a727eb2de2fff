import http from 'node:http';
import vm from 'node:vm';
import t from 'tap';
import { scrub } from '../helpers/scrub.ts';

function copyOf(value: unknown, budget = { values: 100, characters: 2_000 }): unknown {
  return scrub.value(value, budget);
}

t.test('small values are there whatever is beside them', (t) => {
  const big = Array.from({ length: 100 }, () => ({ rows: Array.from({ length: 50 }, () => 'x') }));
  let deep: unknown = 'x'.repeat(5_000);
  for (let level = 0; level < 9; level += 1) deep = { a: deep, b: deep };
  for (const neighbour of [big, deep, 'x'.repeat(8_000), { text: 'x'.repeat(8_000) }]) {
    const copy = copyOf({ first: neighbour, code: 'E17', other: { status: 402 }, last: true });
    t.match(copy, { code: 'E17', other: { status: 402 }, last: true });
    t.ok(JSON.stringify(copy).length < 6_000);
  }
  t.end();
});

t.test('long texts share the room, and weigh what they take as JSON', (t) => {
  const copy = copyOf({ a: 'x'.repeat(8_000), b: 'y'.repeat(8_000), c: 'z' }) as Record<
    string,
    string
  >;
  t.ok((copy['a']?.length ?? 0) > 500 && (copy['b']?.length ?? 0) > 500);
  t.equal(copy['c'], 'z');
  for (const letter of ['\u3042', '"', '\u0001', '\ud83d\ude00']) {
    const text = letter.repeat(3_000);
    t.ok(Buffer.byteLength(JSON.stringify(copyOf({ text }))) < 2_100, JSON.stringify(letter));
  }
  t.end();
});

/** Of another realm, as in Jest or `vm`. */
const foreign = (code: string): unknown => vm.runInNewContext(code) as unknown;

const file = new File(['abc'], 'a.txt');
const form = new FormData();
form.append('a', '1');
form.append('a', '2');
form.append('password', 'hunter2');
form.append('file', file);

class CardError extends Error {
  code = 'E17';
}

t.test('nothing that can be read is an empty object', (t) => {
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    [
      'headers',
      new Headers({ a: '1', authorization: 'x' }),
      { a: '1', authorization: '[Filtered]' },
    ],
    ['a query', new URLSearchParams('a=1&a=2&token=x'), { a: ['1', '2'], token: '[Filtered]' }],
    ['a form', form, { a: ['1', '2'], password: '[Filtered]', file: '[File a.txt: 3 bytes]' }],
    ['a Blob', new Blob(['abc']), '[Blob: 3 bytes]'],
    [
      'a Request',
      new Request('http://127.0.0.1/a?token=x', { method: 'PUT', headers: { a: '1' } }),
      { line: 'PUT http://127.0.0.1/a?token=[Filtered]', headers: { a: '1' } },
    ],
    [
      'a Response',
      new Response('x', { status: 402, statusText: 'No', headers: { a: '1' } }),
      { line: '402 No', headers: { a: '1' } },
    ],
    ['a Map', foreign('new Map([["a", 1]])'), { a: 1 }],
    ['a Set', foreign('new Set([1])'), [1]],
    ['a Date', foreign('new Date(0)'), '1970-01-01T00:00:00.000Z'],
    ['a RegExp', foreign('/a/g'), '/a/g'],
    ['an Error', foreign('new TypeError("x")'), { name: 'TypeError', message: 'x' }],
    ['a boxed text', foreign('new String("x")'), 'x'],
    ['what JSON leaves of a Buffer', { type: 'Buffer', data: [1, 2, 3] }, '[Buffer: 3 bytes]'],
  ];
  for (const [what, value, wanted] of rows) {
    t.match(copyOf({ value: [{ value }] }), { value: [{ value: wanted }] }, what);
  }
  t.end();
});

t.test('an Error among other values keeps its class, cause, properties and first frame', (t) => {
  const error = new CardError('declined', { cause: new RangeError('empty') });
  t.match(copyOf({ error }), {
    error: {
      name: 'CardError',
      message: 'declined',
      at: /^at .*plain-copy\.test/,
      code: 'E17',
      cause: { name: 'RangeError', message: 'empty', at: /^at / },
    },
  });
  t.match(copyOf({ error: new AggregateError([new Error('a')], 'all') }), {
    error: { name: 'AggregateError', errors: [{ name: 'Error', message: 'a' }] },
  });
  t.end();
});

t.test(
  'a socket, an agent, a request and a response are a line, as they are and as JSON',
  async (t) => {
    const server = http.createServer((_request, response) => {
      response.writeHead(402, { 'set-cookie': 'a=secret' }).end('{"error":"declined"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const { port } = server.address() as { port: number };
    const agent = new http.Agent({ keepAlive: false });
    const request = http.request({
      host: '127.0.0.1',
      port,
      path: '/a?token=x',
      method: 'POST',
      agent,
    });
    const response = await new Promise<http.IncomingMessage>((resolve) => {
      request.on('response', resolve).end();
    });
    const socket = response.socket;
    const line = 'POST http://127.0.0.1/a?token=[Filtered]';
    const rows: readonly (readonly [string, unknown, unknown])[] = [
      ['a request', request, `${line} 402 Payment Required`],
      ['a socket', socket, /^Socket/],
      ['an agent', agent, 'Agent'],
      [
        'a response',
        response,
        { line: `${line} 402 Payment Required`, headers: { 'set-cookie': '[Filtered]' } },
      ],
    ];
    for (const [what, value, wanted] of rows) t.match(copyOf({ value }), { value: wanted }, what);
    const seen = new WeakSet();
    const json = JSON.stringify({ request, socket, agent }, (_key, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      if (seen.has(value)) return '[Circular]';
      seen.add(value);
      return value;
    });
    const read = copyOf(JSON.parse(json));
    t.match(read, { request: new RegExp(`^POST http://127.0.0.1/a`) });
    t.ok(JSON.stringify(read).length < 1_000);
    response.resume();
  },
);

t.test('what an HTTP client has is a line, and the answer comes before the headers', (t) => {
  const config = {
    method: 'post',
    url: '/charges',
    baseURL: 'https://api.example/v1/',
    xsrfCookieName: 'X',
    headers: { Authorization: 'Bearer x' },
  };
  const response = {
    status: 402,
    statusText: 'Payment Required',
    headers: { a: '1' },
    config,
    data: { error: { code: 'declined', password: 'x' } },
  };
  const copy = copyOf({ config, response });
  t.strictSame(copy, {
    config: 'POST https://api.example/v1/charges',
    response: {
      line: 'POST https://api.example/v1/charges 402 Payment Required',
      body: { error: { code: 'declined', password: '[Filtered]' } },
      headers: { a: '1' },
    },
  });
  const ofKy = { method: 'GET', retry: { limit: 2 }, throwHttpErrors: true, context: {} };
  t.strictSame(
    copyOf([ofKy, { ...ofKy, prefixUrl: 'https://api.example' }, { throwHttpErrors: true }]),
    ['GET', 'GET https://api.example', { throwHttpErrors: true }],
    'settings without an address',
  );
  t.strictSame(
    copyOf({
      req: { id: 1, method: 'GET', url: '/a', headers: {} },
      res: { statusCode: 500, headers: {} },
    }),
    {
      req: { id: 1, method: 'GET', url: '/a', headers: {} },
      res: { statusCode: 500, headers: {} },
    },
    "a logger's own are as they are",
  );
  t.end();
});
