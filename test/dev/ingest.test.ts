import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import tap from 'tap';
import { MAX_BODY_BYTES } from '../../src/dev/ingest.ts';
import { strictServer } from '../helpers/errsight.ts';
import { firstLineOfAnswer, inTurn, post } from './requests.ts';

const INVALID_JSON = {
  status: 400,
  body: { error: 'Invalid JSON payload', code: 'INVALID_JSON' },
};
const TOO_LARGE = {
  status: 413,
  body: { error: 'Payload too large (max 512KB)', code: 'PAYLOAD_TOO_LARGE' },
};
const PAUSED = {
  status: 429,
  body: { error: 'Ingestion is paused for this project', code: 'INGESTION_PAUSED' },
};

/** An event of so many bytes in all. */
function sized(bytes: number): string {
  const frame = '{"message":"a","backtrace":""}';
  return frame.replace('"backtrace":"', `"backtrace":"${'b'.repeat(bytes - frame.length)}`);
}

function chunked(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

/** So many objects in each other. */
function deep(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

function events(count: number): { message: string }[] {
  return Array.from({ length: count }, (_, index) => ({ message: `m${index}` }));
}

await tap.test('one object or an array of up to a hundred is accepted', async (t) => {
  const server = await strictServer(t);
  await inTurn(
    [
      ['one', { message: 'a' }, 1],
      ['an array of one', [{ message: 'a' }], 1],
      ['none', [], 0],
      ['a hundred', events(100), 100],
    ] as const,
    async ([name, body, queued]) => {
      const { status, body: answer } = await post(server, body);
      t.equal(status, 202, name);
      t.strictSame(answer, { status: 'accepted', queued }, name);
    },
  );
  t.equal(server.total, 102);
  t.same(
    server.events.slice(2).map(({ message }) => message),
    events(100).map(({ message }) => message),
    'in the order of the batch',
  );
});

await tap.test('no 202 says anything of rates, nor echoes a request id', async (t) => {
  const server = await strictServer(t, { rateLimitPerMinute: 60 });
  const { headers } = await post(server, [], { headers: { 'X-Request-Id': 'mine' } });
  for (const name of [
    'retry-after',
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
    'x-request-id',
  ]) {
    t.equal(headers.get(name), null, name);
  }
});

await tap.test('more than a hundred are refused, all of them', async (t) => {
  const server = await strictServer(t);
  const { status, body } = await post(server, events(101));
  t.equal(status, 422);
  t.strictSame(body, { error: 'Batch size exceeds limit of 100' });
  t.equal(server.total, 0);
});

await tap.test('null and false are nothing at all', async (t) => {
  const server = await strictServer(t);
  await inTurn(['null', 'false'], async (body) => {
    const { status, body: answer, headers } = await post(server, body);
    t.equal(status, 204, body);
    t.equal(answer, '');
    t.equal(headers.get('content-type'), null);
  });
  t.equal(server.total, 0);
});

await tap.test('elements that are no objects fail the whole request', async (t) => {
  const server = await strictServer(t);
  await inTurn([[1], [null], 5, true, [[]], [false], [{ message: 'a' }, 2]], async (body) => {
    const { status } = await post(server, body);
    t.equal(status, 500, JSON.stringify(body));
  });
  t.equal((await post(server, [...events(101), 1])).status, 500, 'before they are counted');
  t.equal(server.total, 0);
});

await tap.test('a bare string is accepted, and discarded', async (t) => {
  const server = await strictServer(t, { strict: false });
  await inTurn(
    [
      ['"boom"', 1],
      [['boom', { message: 'a' }], 2],
    ] as const,
    async ([body, queued]) => {
      t.match(await post(server, body), { status: 202, body: { status: 'accepted', queued } });
    },
  );
  t.equal(server.total, 1);
  t.match(server.silent, [{ rule: 'dropped_event' }, { rule: 'dropped_event' }]);
});

await tap.test('what is no JSON is refused with a code', async (t) => {
  const server = await strictServer(t);
  await inTurn(
    [
      ['half an object', '{"message":"a",', {}],
      [
        'two lines',
        '{"message":"a"}\n{"message":"b"}\n',
        { 'Content-Type': 'application/x-ndjson' },
      ],
      ['NaN', '[{"message":NaN}]', {}],
      ['a byte-order mark', '\uFEFF{"message":"a"}', {}],
      ['gzip', gzipSync('{"message":"a"}'), { 'Content-Encoding': 'gzip' }],
      ['a form of parts', '{"message":"a"}', { 'Content-Type': 'multipart/form-data; boundary=a' }],
    ] as const,
    async ([name, body, headers]) => {
      const { status, body: answer } = await post(server, body, {
        headers: headers,
      });
      t.strictSame({ status, body: answer }, INVALID_JSON, name);
    },
  );
  t.equal(server.total, 0);
});

await tap.test('an empty body, and a reserved key, are answered by Rails itself', async (t) => {
  const server = await strictServer(t, { rateLimitPerMinute: 5 });
  const reserved = { message: 'a', metadata: { a: [{ _aj_globalid: 1 }] } };
  await inTurn(['', reserved], async (body) => {
    const page = await post(server, body, { headers: { Accept: '*/*' } });
    t.equal(page.status, 500);
    t.match(page.headers.get('content-type'), /^text\/html/);
    t.match(page.body, /Internal Server Error/);
    const json = await post(server, body, { headers: { Accept: 'application/json' } });
    t.equal(json.status, 500);
    t.strictSame(json.body, { status: 500, error: 'Internal Server Error' });
  });
  t.equal(server.total, 0);
  t.equal((await post(server, events(4))).status, 429, 'reserved keys did use up the allowance');
  t.equal((await post(server, events(3))).status, 202);
});

await tap.test('what is not valid Unicode is a plain 400, without a code', async (t) => {
  const server = await strictServer(t);
  const surrogate = String.raw`[{"message":"a"},{"message":"b","tags":{"t":"\ud800"}}]`;
  const latin1 = Buffer.from('{"message":"\xE9"}', 'latin1');
  await inTurn([surrogate, latin1], async (body) => {
    const page = await post(server, body, { headers: { Accept: '*/*' } });
    t.equal(page.status, 400);
    t.match(page.headers.get('content-type'), /^text\/html/);
    const json = await post(server, body, {
      headers: { Accept: 'application/json', 'Content-Type': 'application/json; charset=utf-8' },
    });
    t.equal(json.status, 400);
    t.strictSame(json.body, { status: 400, error: 'Bad Request' });
    const other = await post(server, body, { headers: { 'Content-Type': 'text/plain' } });
    t.strictSame(
      { status: other.status, body: other.body },
      INVALID_JSON,
      'only JSON content types are parsed by Rails',
    );
  });
  t.equal(server.total, 0);
});

await tap.test('a form, and a number beyond what a Float holds, fail', async (t) => {
  const server = await strictServer(t);
  const form = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
  await inTurn(
    [
      ['message=a', form],
      ['{"message":"a"}', form],
      ['{"message":"a","metadata":{"n":1e400}}', { Accept: 'application/json' }],
      ['[{"message":"a","metadata":{"n":[-1.5E+999]}}]', { Accept: 'application/json' }],
    ] as const,
    async ([body, headers]) => {
      const { status, body: answer } = await post(server, body, { headers });
      t.equal(status, 500, body);
      t.strictSame(answer, { status: 500, error: 'Internal Server Error' }, body);
    },
  );
  t.equal(server.total, 0);
});

await tap.test('comments, 30 digits and reserved keys in what is dropped are taken', async (t) => {
  const server = await strictServer(t, { strict: false });
  const digits = '123456789012345678901234567890';
  await inTurn(
    [
      '/* hello */ {"message":"a"} // bye',
      `{"message":${digits},"tags":{"n":${digits},"f":1.0}}`,
      '{"message":"a","contexts":{"_aj_globalid":1}}',
      '{"message":"a","user":{"id":1,"_aj_serialized":1}}',
    ],
    async (body) => {
      t.equal((await post(server, body)).status, 202, body);
    },
  );
  t.equal(server.total, 4);
  t.match(server.events[1], { message: digits, tags: { n: digits, f: '1.0' } });
});

await tap.test('what is nested too deeply is accepted, and lost with its request', async (t) => {
  const server = await strictServer(t, { strict: false });
  await inTurn(
    [
      [`[{"message":"a"},{"message":"b","metadata":${deep(96)}}]`, 0],
      [`{"message":"b","metadata":${deep(80_000)}}`, 0],
      [`{"message":"b","tags":{"t":${deep(20_000)}}}`, 0],
      [`{"message":"b","metadata":{"a":${'['.repeat(99)}${']'.repeat(99)}}}`, 0],
      [`{"message":"b","metadata":${deep(95)}}`, 1],
      [`{"message":"b","contexts":${deep(50_000)}}`, 1],
    ] as const,
    async ([body, stored]) => {
      server.reset();
      t.equal((await post(server, body)).status, 202);
      t.equal(server.total, stored, body.slice(0, 60));
      const lost = server.silent.filter(({ rule }) => rule === 'lost_batch');
      t.equal(lost.length, 1 - stored, body.slice(0, 60));
    },
  );
});

await tap.test('neither Content-Type nor Content-Encoding is looked at', async (t) => {
  const server = await strictServer(t);
  await inTurn(
    [{ 'Content-Type': 'text/plain' }, { 'Content-Encoding': 'gzip' }],
    async (headers) => {
      t.match(await post(server, { message: 'a' }, { headers: headers }), {
        status: 202,
      });
    },
  );
});

await tap.test('a body may have 524,288 bytes, declared or chunked', async (t) => {
  const server = await strictServer(t);
  const fits = sized(524_288);
  t.equal(MAX_BODY_BYTES, Buffer.byteLength(fits));
  t.match(await post(server, fits), { status: 202 });
  t.match(await post(server, chunked(fits)), { status: 202 });
  await inTurn(
    [sized(524_289), chunked(sized(524_289)), chunked(sized(2_000_000))],
    async (body) => {
      const { status, body: answer } = await post(server, body);
      t.strictSame({ status, body: answer }, TOO_LARGE);
    },
  );
  t.same(
    server.requests.map(({ bytes }) => bytes),
    [524_288, 524_288, 0, 524_289, 2_000_000],
    'what is declared too large is not even read',
  );
  t.equal(server.total, 2);
});

await tap.test(
  'a declared length too large is answered before any of the body comes',
  async (t) => {
    const server = await strictServer(t);
    const head = `POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${server.key}\r\n`;
    t.equal(
      await firstLineOfAnswer(server, `${head}Content-Length: 524289\r\n\r\n`),
      'HTTP/1.1 413 Payload Too Large',
    );
  },
);

await tap.test('a paused project takes nothing, and says nothing of when', async (t) => {
  const server = await strictServer(t);
  server.paused = true;
  const { status, body, headers } = await post(server, { message: 'a' });
  t.strictSame({ status, body }, PAUSED);
  t.equal(headers.get('retry-after'), null);
  t.equal(headers.get('x-ratelimit-limit'), null);
  server.paused = false;
  t.match(await post(server, { message: 'a' }), { status: 202 });
});

await tap.test('a rate limit refuses whole requests, and says until when', async (t) => {
  let now = Date.UTC(2025, 10, 21, 10, 0, 17, 500);
  const server = await strictServer(t, { rateLimitPerMinute: 60, now: () => now });
  t.match(await post(server, events(50)), { status: 202 });
  const { status, body, headers } = await post(server, events(11));
  t.equal(status, 429);
  t.strictSame(body, {
    error: 'Rate limit exceeded — try again in 43s',
    code: 'RATE_LIMIT_EXCEEDED',
    retry_after: 43,
  });
  t.equal(headers.get('retry-after'), '43');
  t.equal(headers.get('x-ratelimit-limit'), '60');
  t.match(await post(server, events(10)), { status: 202 }, 'what was refused used nothing up');
  t.match(await post(server, events(1)), { status: 429 });
  now = Date.UTC(2025, 10, 21, 10, 1);
  t.match(await post(server, events(61)), { status: 429 }, 'never');
  t.match(await post(server, events(60)), { status: 202 });
  server.rateLimitPerMinute = 0;
  t.match(await post(server, events(100)), { status: 202 });
});

await tap.test('refused bodies use nothing of the allowance up', async (t) => {
  const server = await strictServer(t, { rateLimitPerMinute: 1, now: () => 0 });
  t.match(await post(server, '{'), { status: 400 });
  t.match(await post(server, events(101)), { status: 422 });
  t.match(await post(server, sized(524_289)), { status: 413 });
  t.match(await post(server, [1]), { status: 500 });
  t.match(await post(server, 'null'), { status: 204 });
  t.match(await post(server, events(1)), { status: 202 });
});

await tap.test('of several faults the first in the order of checks answers', async (t) => {
  const server = await strictServer(t, { rateLimitPerMinute: 1, now: () => 0 });
  const large = sized(524_289);
  const wrongKey = { headers: { 'X-API-Key': 'wrong' } };
  server.paused = true;
  t.match(await post(server, large, wrongKey), { status: 401 }, 'the key before the length');
  t.match(await post(server, large), { status: 413 }, 'the declared length before the pause');
  t.match(await post(server, chunked(large)), PAUSED, 'the pause before the real length');
  t.match(await post(server, '{'), PAUSED, 'the pause before the JSON');
  server.paused = false;
  t.match(await post(server, chunked(`${large}{`)), TOO_LARGE, 'the length before the JSON');
  t.match(
    await post(server, [...events(100), 1]),
    { status: 500 },
    'the elements before their number',
  );
  t.match(await post(server, events(101)), { status: 422 }, 'the number before the rate');
  const reserved = [...events(1), { _aj_globalid: 1 }];
  t.match(await post(server, reserved), { status: 429 }, 'the rate before the job');
});

await tap.test('after the 202: a blank message loses its event, the others stay', async (t) => {
  const server = await strictServer(t, { strict: false });
  const blanks = ['', ' \u00A0\n', '\u001B[0m', '[m'].map((message) => ({ message }));
  const { body } = await post(server, [{ message: 'a' }, ...blanks, {}, { message: 'b' }]);
  t.match(body, { queued: 7 }, 'queued is no promise');
  t.same(
    server.events.map(({ message }) => message),
    ['a', 'b'],
  );
  t.same(
    server.silent.filter(({ rule }) => rule === 'dropped_event'),
    [1, 2, 3, 4, 5].map((index) => ({
      rule: 'dropped_event',
      path: `[${index}].message`,
      detail: 'blank: ErrSight answers 202 and drops the event',
      contract: '§5',
    })),
  );
});

await tap.test('after the 202: U+0000 loses its event and all after it', async (t) => {
  await inTurn(
    [
      ['in a message', { message: 'a\0' }, 'message'],
      ['in a backtrace', { message: 'a', backtrace: '\0' }, 'backtrace'],
      ['in an environment', { message: 'a', environment: 'e\0' }, 'environment'],
      ['in metadata', { message: 'a', metadata: { k: [{ l: '\0' }] } }, 'metadata.k[0].l'],
      ['in a key', { message: 'a', metadata: { 'k\0': 1 } }, 'metadata (a key)'],
      ['in a tag', { message: 'a', tags: { k: 'v\0v' } }, 'tags.k'],
      ['in a user', { message: 'a', user: { id: 'a\0b' } }, 'user_context.id'],
      [
        'in a breadcrumb',
        { message: 'a', breadcrumbs: [{ message: '\0' }] },
        'breadcrumbs[0].message',
      ],
    ] as const,
    async ([name, poison, path]) => {
      const server = await strictServer(t, { strict: false });
      const batch = [{ message: 'before' }, poison, { message: 'after' }, { message: 'later' }];
      t.match(await post(server, batch), { status: 202, body: { queued: 4 } }, name);
      t.same(
        server.events.map(({ message }) => message),
        ['before'],
        name,
      );
      t.match(
        server.silent,
        [
          {
            rule: 'lost_batch',
            path: `[1].${path}`,
            detail: `U+0000 in "${path}": ErrSight answers 202 and loses this event and the 2 after it`,
            contract: '§5',
          },
        ],
        name,
      );
    },
  );
});

await tap.test('U+0000 that is not stored does no harm', async (t) => {
  const server = await strictServer(t, { strict: false });
  const metadata = Object.fromEntries(events(50).map(({ message }) => [message, 1]));
  await post(server, [
    { message: 'a', extra: '\0', release: '\u00001\0', metadata: { ...metadata, k51: '\0' } },
    { message: 'b' },
  ]);
  t.same(
    server.events.map(({ message, release }) => [message, release]),
    [
      ['a', '1'],
      ['b', null],
    ],
  );
});

await tap.test('after the 202: an environment too long for its index loses the rest', async (t) => {
  const server = await strictServer(t, { strict: false });
  await post(server, [
    { message: 'a', environment: 'e'.repeat(5000) },
    { message: 'b', environment: randomBytes(1351).toString('hex') },
    { message: 'c' },
  ]);
  t.same(
    server.events.map(({ message }) => message),
    ['a'],
  );
  t.match(server.silent, [{ rule: 'lost_batch', path: '[1].environment' }]);
});

await tap.test('after the 202: a pause that comes before the job drops the batch', async (t) => {
  const server = await strictServer(t, {
    strict: false,
    onQueued: () => {
      server.paused = true;
    },
  });
  t.match(await post(server, events(2)), { status: 202, body: { queued: 2 } });
  t.equal(server.total, 0);
  t.match(server.silent, [
    { rule: 'dropped_event', path: '[0]', detail: 'the project was paused after the 202' },
    { rule: 'dropped_event', path: '[1]' },
  ]);
});

await tap.test('an event sent twice is stored twice', async (t) => {
  const server = await strictServer(t);
  const event = { message: 'a', ingestion_id: '0b7f0c7e-8f5c-4b9e-9c3d-0d7c5e0c1f7a' };
  await post(server, event);
  await post(server, event);
  t.equal(server.total, 2);
  t.match(server.issues, [{ occurrences: 2 }]);
});

await tap.test('each section of the rules has losses of its own', async (t) => {
  const server = await strictServer(t, { strict: false });
  await post(server, { message: 'a', level: 'warn' });
  await post(server, { message: 'User 1', backtrace: 'Error: User 1' });
  await post(server, { message: 'a', metadata: { exception_causes: [1], request_id: 1 } });
  t.same(
    server.silent.map(({ contract, rule, path }) => `${contract} ${rule} ${path}`),
    [
      '§6 replaced [0].level',
      '§7 grouping [0].backtrace',
      '§8 page_breaks [0].metadata.exception_causes[0]',
      '§9 page_breaks [0].metadata.request_id',
    ],
  );
});
