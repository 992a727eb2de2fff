import type { ServerResponse } from 'node:http';
import t from 'tap';
import type { InterceptedRequest } from '../src/dev/local.ts';
import { goThrough, WAYS_IN, type Fault } from './helpers/faults.ts';

type Answer = (response: ServerResponse, request: InterceptedRequest) => unknown;

/** Fails so many requests, and then none. */
function first(count: number, answer: Answer): NonNullable<Fault['server']> {
  return () => {
    let requests = 0;
    return {
      intercept(request, response) {
        requests += 1;
        if (requests <= count) answer(response, request);
        return requests <= count;
      },
    };
  };
}

/** Fails all requests for which this holds. */
function all(
  holds: (request: InterceptedRequest) => boolean,
  answer: Answer,
): NonNullable<Fault['server']> {
  return () => ({
    intercept(request, response) {
      if (!holds(request)) return false;
      answer(response, request);
      return true;
    },
  });
}

function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
}

function html(status: number, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response
      .writeHead(status, { 'content-type': 'text/html', ...headers })
      .end(`<!doctype html><title>${status}</title>`);
}

/** Ten of these are more than a connection takes at once, so that a request can end in its middle. */
const LARGE = 40_000;

const RESET = /^(ECONNRESET|EPIPE)$/;
const COUNTED = /^HTTP 202 that does not confirm the events$/;

/** The server cannot be reached, or its answer does not come back. */
const ON_THE_WAY: readonly Fault[] = [
  {
    name: 'a connection that is refused',
    before: (_server, front) => front.down(),
    onRetry: (front) => front.up(),
    retried: /^ECONNREFUSED$/,
  },
  {
    name: 'a reset before the request',
    front: (socket, number) => number === 1 && socket.resetAndDestroy() === socket,
    retried: RESET,
  },
  {
    name: 'a reset in the middle of the body',
    size: LARGE,
    front(socket, number) {
      if (number === 1) socket.once('data', () => socket.resetAndDestroy());
      return number === 1;
    },
    retried: RESET,
  },
  {
    name: 'a reset in place of the answer, when the events have arrived',
    front(socket, number, server) {
      if (number !== 1) return false;
      socket.pipe(server);
      server.once('data', () => socket.resetAndDestroy());
      return true;
    },
    retried: RESET,
    twice: 10,
  },
  {
    name: 'a server that hangs',
    server: first(1, () => undefined),
    // Long enough for the answers that come, on a machine that is busy.
    options: { timeout: 8_000 },
    retried: /^no complete answer within 8000 ms$/,
  },
  {
    name: 'an answer that is cut off',
    server: first(1, (response) => {
      response.writeHead(202, { 'content-length': 100 });
      response.write('{"queued":', () => response.destroy());
    }),
    retried: /^the answer was cut short$|^ECONNRESET$/,
  },
  {
    name: 'an answer without an end',
    server: first(1, (response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(' '.repeat(10_000), () => setImmediate(more));
      };
      response.writeHead(202);
      more();
    }),
    retried: COUNTED,
  },
  {
    name: 'a server that restarts on its port',
    next: 'burst',
    between: (_server, front) => front.down(),
    onRetry: (front) => front.up(),
    retried: /^ECONNREFUSED$/,
  },
];

/** It answers that it cannot, or will not now. */
const FOR_A_WHILE: readonly Fault[] = [
  { name: 'three times 500', server: first(3, html(500)), retried: /^HTTP 500$/ },
  { name: 'a page of a proxy with 502', server: first(1, html(502)), retried: /^HTTP 502$/ },
  {
    name: '503 with Retry-After',
    server: first(1, html(503, { 'retry-after': '1' })),
    retried: /^HTTP 503$/,
  },
  {
    name: 'a rate limit that others have used up',
    server: first(
      4,
      json(
        429,
        { error: 'x', code: 'RATE_LIMIT_EXCEEDED', retry_after: 1 },
        { 'retry-after': '1', 'x-ratelimit-limit': '60' },
      ),
    ),
    retried: /^rate_limited$/,
  },
  {
    name: 'a rate limit that does not say for how long',
    server: first(1, json(429, { error: 'x', code: 'RATE_LIMIT_EXCEEDED' })),
    retried: /^rate_limited$/,
  },
  { name: 'a redirect', server: first(1, html(302, { location: '/' })), retried: /^HTTP 302, / },
  { name: 'a 202 of somebody else', server: first(1, html(202)), retried: COUNTED },
  {
    name: 'a 202 that counts one event less',
    server: first(1, (response, { events = 0 }) =>
      json(202, { status: 'accepted', queued: events - 1 })(response, {} as InterceptedRequest),
    ),
    retried: COUNTED,
  },
];

/** It does not take these events, or not in this form. */
const OF_THE_EVENTS: readonly Fault[] = [
  {
    name: 'a proxy that takes no more than 30,000 bytes',
    size: 9_000,
    server: all(({ body }) => body.length > 30_000, html(413)),
    retried: /^too_large$/,
  },
  {
    name: '422',
    server: first(1, json(422, { error: 'Batch size exceeds limit of 100' })),
    retried: /^HTTP 422$/,
  },
  {
    name: 'one event among ten that cannot be read',
    server: all(
      ({ body }) => body.includes('"Error: 3 xxxxxxxxxx"'),
      json(400, { error: 'Invalid JSON payload', code: 'INVALID_JSON' }),
    ),
    retried: /^Invalid JSON payload$/,
    lost: { rejected: 1 },
  },
  {
    name: 'a 400 of somebody else',
    server: first(1, html(400)),
    retried: /^HTTP 400$/,
  },
  {
    name: 'a gateway that answers 400 with an error of its own for a while',
    server: first(5, json(400, { error: 'upstream is starting' })),
    retried: /^HTTP 400$/,
  },
  {
    name: 'a firewall that dislikes one event',
    server: all(({ body }) => body.includes('"Error: 3 xxxxxxxxxx"'), html(403)),
    retried: /^HTTP 403$/,
    lost: { shutdown: 1 },
  },
];

/** What only a person can change; nothing is tried again for a minute. */
const HELD: readonly (readonly [name: string, change: NonNullable<Fault['between']>, RegExp])[] = [
  ['a paused project', (server) => (server.paused = !server.paused), /^paused$/],
  ['401 for the key', (server) => (server.revoked = !server.revoked), /^HTTP 401$/],
  [
    '403 for the key',
    (server) => (server.organizationDiscarded = !server.organizationDiscarded),
    /^HTTP 403$/,
  ],
  [
    'no ErrSight at this address',
    (server) => {
      server.intercept =
        server.intercept === undefined
          ? (_request, response) => Boolean(response.writeHead(404).end())
          : undefined;
    },
    /^HTTP 404$/,
  ],
];

const UNTIL_CHANGED: readonly Fault[] = HELD.flatMap(([name, change, retried]) => [
  { name: `${name}, to the end`, before: change, retried, lost: { shutdown: 10 } },
  {
    name: `${name}, until the next start with a spool`,
    before: change,
    between: change,
    retried,
    next: 'reopen',
    spool: true,
  },
]);

const PARTS = {
  'failures on the way': ON_THE_WAY,
  'failures of a while': FOR_A_WHILE,
  'requests that are not taken': OF_THE_EVENTS,
  'what only a person can change': UNTIL_CHANGED,
};

t.jobs = 3;

for (const [part, faults] of Object.entries(PARTS)) {
  for (const way of WAYS_IN) {
    t.test(`${part}, by ${way}`, { buffered: true }, (t) => goThrough(t, way, faults));
  }
}
