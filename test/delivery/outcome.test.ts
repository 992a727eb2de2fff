import { test } from 'tap';
import { type Answer, type Outcome, outcomeOf } from '../../src/delivery/outcome.ts';

const JSON_ERROR = '{"error":"no"}';
const PAGE = '<html>no</html>';

function rateLimited(headers: Answer['headers'], more: object = {}): Partial<Answer> {
  const body = { error: 'slow down', code: 'RATE_LIMIT_EXCEEDED', ...more };
  return { status: 429, headers, body: JSON.stringify(body) };
}

// Each answers a request with three events.
const ANSWERS: readonly [string, Partial<Answer>, Outcome][] = [
  [
    'a 202 that counts what was sent is a success',
    { status: 202, body: '{"status":"accepted","queued":3}' },
    { kind: 'accepted' },
  ],
  ...[
    '{"status":"accepted","queued":2}',
    '{"status":"accepted","queued":"3"}',
    '{"status":"accepted"}',
    '3',
    'null',
    '[]',
    '',
    PAGE,
    undefined,
  ].map((body): [string, Partial<Answer>, Outcome] => [
    `a 202 that says ${body} confirms nothing`,
    { status: 202, body },
    {
      kind: 'retry',
      reason: 'HTTP 202 that does not confirm the events',
      status: 202,
      ...(body?.includes('"queued":2') === true && { taken: 2 }),
    },
  ]),
  ...[100, 200, 201, 204, 408, 409, 418, 429, 500, 502, 503, 504].map(
    (status): [string, Partial<Answer>, Outcome] => [
      `a ${status} with a page is tried again`,
      { status, body: PAGE },
      { kind: 'retry', reason: `HTTP ${status}`, retryAfterMs: undefined, status },
    ],
  ),
  [
    'a 500 of ErrSight is tried again',
    { status: 500, body: JSON_ERROR },
    { kind: 'retry', reason: 'HTTP 500', retryAfterMs: undefined, status: 500 },
  ],
  [
    'a 200 that looks like a success is none',
    { status: 200, body: '{"queued":3}' },
    { kind: 'retry', reason: 'HTTP 200', retryAfterMs: undefined, status: 200 },
  ],
  [
    'a redirect is not followed, and named',
    { status: 301, headers: { location: 'https://user:secret@example.com/' }, body: '' },
    {
      kind: 'retry',
      reason: 'HTTP 301, a redirect, which is not followed',
      retryAfterMs: undefined,
      status: 301,
    },
  ],
  [
    'a 503 may say when to come back',
    { status: 503, headers: { 'retry-after': '120' }, body: PAGE },
    { kind: 'retry', reason: 'HTTP 503', retryAfterMs: 120_000, status: 503 },
  ],
  [
    'a 400 of ErrSight is about the events',
    { status: 400, body: '{"error":"unexpected token","code":"INVALID_JSON"}' },
    { kind: 'invalid', reason: 'unexpected token' },
  ],
  [
    'a 400 of Rails is about the events',
    { status: 400, body: '{"status":400,"error":"Bad Request"}' },
    { kind: 'invalid', reason: 'Bad Request' },
  ],
  ...([400, 403, 422] as const).flatMap((status): [string, Partial<Answer>, Outcome][] =>
    [
      PAGE,
      '',
      '{"error":"Bad Request","message":"no"}',
      '{"status":400,"error":"Bad Request","path":"/api/v1/events"}',
      '{"status":400,"error":"Forbidden by policy 7"}',
      '{"status":"400","error":"Bad Request"}',
      '{"error":{"code":"INVALID_JSON"},"code":"INVALID_JSON"}',
      '{"error":"no","code":"INVALID_JSON","id":7}',
      '{"code":"INVALID_JSON"}',
      '["error"]',
      '"Bad Request"',
    ].map((body) => [
      `a ${status} that says ${body} is an intermediary's, and costs no events`,
      { status, body },
      { kind: 'retry', reason: `HTTP ${status}`, retryAfterMs: undefined, status },
    ]),
  ),
  ...[400, 422].map((status): [string, Partial<Answer>, Outcome] => [
    `a ${status} with nothing but an error is an intermediary's`,
    { status, body: JSON_ERROR },
    { kind: 'retry', reason: `HTTP ${status}`, retryAfterMs: undefined, status },
  ]),
  [
    'a 403 of ErrSight refuses the key',
    { status: 403, body: '{"error":"this key can only read"}' },
    { kind: 'refused', status: 403 },
  ],
  ['a 413 of ErrSight is too large', { status: 413, body: JSON_ERROR }, { kind: 'too_large' }],
  ['a 413 of a proxy is too large as well', { status: 413, body: PAGE }, { kind: 'too_large' }],
  ...[401, 404].map((status): [string, Partial<Answer>, Outcome] => [
    `a ${status} refuses, whatever it says`,
    { status, body: undefined },
    { kind: 'refused', status },
  ]),
  [
    'a paused project is paused, whatever Retry-After says',
    {
      status: 429,
      headers: { 'retry-after': '5' },
      body: '{"error":"paused","code":"INGESTION_PAUSED"}',
    },
    { kind: 'paused' },
  ],
  [
    'a rate limit tells its size and its end',
    rateLimited({ 'retry-after': '17', 'x-ratelimit-limit': '60' }, { retry_after: 99 }),
    { kind: 'rate_limited', retryAfterMs: 17_000, limit: 60 },
  ],
  [
    'a rate limit may tell its end in the body alone',
    rateLimited({}, { retry_after: 17 }),
    { kind: 'rate_limited', retryAfterMs: 17_000, limit: undefined },
  ],
  [
    'a rate limit may tell nothing',
    rateLimited({}),
    { kind: 'rate_limited', retryAfterMs: undefined, limit: undefined },
  ],
  [
    'a 429 of a proxy is tried again when it says',
    { status: 429, headers: { 'retry-after': '30' }, body: PAGE },
    { kind: 'retry', reason: 'HTTP 429', retryAfterMs: 30_000, status: 429 },
  ],
];

for (const [name, answer, outcome] of ANSWERS) {
  void test(name, async (t) => {
    t.strictSame(
      outcomeOf({ status: 0, headers: {}, body: '', ...answer }, { count: 3, resent: 0 }),
      outcome,
    );
  });
}

void test('of events that were sent before ErrSight may count fewer: it has them', async (t) => {
  const cases: readonly [queued: number, resent: number, isAccepted: boolean][] = [
    [3, 0, true],
    [0, 3, true],
    [1, 3, true],
    [2, 1, true],
    [1, 1, false],
    [0, 2, false],
    [2, 0, false],
    [4, 3, false],
    [-1, 3, false],
    [0.5, 3, false],
  ];
  for (const [queued, resent, isAccepted] of cases) {
    const answer = { status: 202, headers: {}, body: JSON.stringify({ queued }) };
    const { kind } = outcomeOf(answer, { count: 3, resent });
    t.equal(kind, isAccepted ? 'accepted' : 'retry', `${queued} of 3, ${resent} of them again`);
  }
});

void test('Retry-After is whole seconds up to an hour, or nothing', async (t) => {
  const cases: readonly [string, number | undefined][] = [
    ['0', 0],
    ['60', 60_000],
    ['3600', 3_600_000],
    ['3601', 3_600_000],
    ['99999999999999999999', 3_600_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['', undefined],
    [' ', undefined],
    ['soon', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ];
  for (const [value, expected] of cases) {
    const { status, headers, body } = { body: '', ...rateLimited({ 'retry-after': value }) };
    const outcome = outcomeOf(
      { status: status ?? 0, headers: headers ?? {}, body },
      { count: 3, resent: 0 },
    );
    t.match(outcome, { kind: 'rate_limited', retryAfterMs: expected }, JSON.stringify(value));
  }
});

void test('what the body says about the wait is distrusted as well', async (t) => {
  for (const value of [-5, 1.5, 1e30, '1.5', true, null, [], {}, 'soon']) {
    const answer = {
      status: 429,
      headers: {},
      body: '',
      ...rateLimited({}, { retry_after: value }),
    };
    const outcome = outcomeOf(answer, { count: 3, resent: 0 });
    t.match(outcome, { kind: 'rate_limited', retryAfterMs: undefined }, JSON.stringify(value));
  }
});

void test('a limit is a whole number that a project can have, or nothing', async (t) => {
  const cases: readonly [string, number | undefined][] = [
    ['1', 1],
    ['60', 60],
    ['999999', 999_999],
    ['0', undefined],
    ['-60', undefined],
    ['59.5', undefined],
    ['1000000', undefined],
    ['9'.repeat(400), undefined],
    ['60, 60', undefined],
    ['NaN', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of cases) {
    const answer = { status: 429, headers: {}, body: '' };
    const outcome = outcomeOf(
      { ...answer, ...rateLimited({ 'x-ratelimit-limit': value }) },
      { count: 3, resent: 0 },
    );
    t.match(outcome, { kind: 'rate_limited', limit: expected }, JSON.stringify(value));
  }
});
