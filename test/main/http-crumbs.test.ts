import { once } from 'node:events';
import { Agent, createServer, get, request as open, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { request as undici } from 'undici';
import { makeBreadcrumb } from '../../src/event/make/breadcrumbs.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import { captureException, close, flush, init, withScope } from '../../src/index.ts';
import { watchHttp } from '../../src/main/watch/http.ts';
import { Scopes } from '../../src/main/scopes.ts';
import { freePort } from '../helpers/free-port.ts';
import { strictServer } from '../helpers/errsight.ts';
import type { Breadcrumb } from '../../src/event/event.ts';
import type { Scope } from '../../src/main/scope.ts';

const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });

function trailOf(scope: Scope): Breadcrumb[] {
  return scope.trail({ breadcrumb: (input) => makeBreadcrumb(input, scrub) }, 50);
}

function watched(t: Test): Scopes {
  const scopes = new Scopes();
  t.teardown(watchHttp(scopes));
  return scopes;
}

/** Answers with the status that its path begins with, hangs up, or says that it will never answer. */
async function serve(t: Test, onHang: () => void = () => undefined): Promise<string> {
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    const [, what = ''] = request.url?.split('/') ?? [];
    if (what === 'reset') request.socket.destroy();
    else if (what === 'hang') onHang();
    else response.writeHead(Number.parseInt(what, 10) || 200).end('done');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Ask = (url: string, signal?: AbortSignal) => Promise<unknown>;

/** Reads the answer to a request of `node:http`. */
async function readHttp(sent: ReturnType<typeof open>): Promise<void> {
  const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
}

const CLIENTS: readonly (readonly [what: string, ask: Ask])[] = [
  ['node:http', (url, signal) => readHttp(open(url, { method: 'PUT', ...(signal && { signal }) }))],
  [
    'fetch',
    async (url, signal) => {
      const answer = await fetch(url, { method: 'PUT', ...(signal && { signal }) });
      await answer.text();
    },
  ],
  [
    'the package undici',
    async (url, signal) => {
      const answer = await undici(url, { method: 'PUT', ...(signal && { signal }) });
      await answer.body.text();
    },
  ],
];

for (const [what, ask] of CLIENTS) {
  t.test(`each request of ${what} is a step that says how it went`, async (t) => {
    const controller = new AbortController();
    const [scopes, url] = [watched(t), await serve(t, () => controller.abort())];
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const cases: readonly (readonly [url: string, step: object, signal?: AbortSignal])[] = [
      [`${url}/200/a`, { level: 'info', data: { status: 200 } }],
      [`${url}/204`, { level: 'info', data: { status: 204 } }],
      [`${url}/302`, { level: 'info', data: { status: 302 } }],
      [`${url}/404?id=7`, { level: 'warning', data: { status: 404, url: `${url}/404?id=7` } }],
      [`${url}/503`, { level: 'error', data: { status: 503 } }],
      [`${nowhere}/x`, { level: 'error', data: { status: 'ECONNREFUSED', error: 'ECONNREFUSED' } }],
      [`${url}/reset`, { level: 'error', data: { error: /^(?:ECONNRESET|UND_ERR_SOCKET)$/ } }],
      [
        `${url}/hang`,
        { level: 'error', data: { error: /^(?:ABORT_ERR|AbortError|ECONNRESET)$/ } },
        controller.signal,
      ],
      [
        `${url}/200?token=s3cr3t&page=2`,
        { level: 'info', data: { url: `${url}/200?token=[Filtered]&page=2` } },
      ],
    ];
    for (const [target, step, signal] of cases) {
      const scope = await scopes.run(async (own) => {
        await ask(target, signal).catch(() => undefined);
        return own;
      });
      const steps = trailOf(scope);
      t.equal(steps.length, 1, target);
      t.match(steps[0], {
        category: 'http',
        message: `PUT ${target.split('?')[0] ?? ''}`,
        timestamp: /^\d{4}-/,
        data: { method: 'PUT', duration_ms: Number },
        ...step,
      });
    }
    t.strictSame(trailOf(scopes.current()), [], 'nothing is anywhere else');
  });

  t.test(`of 100 flows at once with ${what} each has its own requests only`, async (t) => {
    const [scopes, url] = [watched(t), await serve(t)];
    const agent = new Agent({ keepAlive: true, maxSockets: 5 });
    t.teardown(() => agent.destroy());
    const send = what === 'fetch' ? ask : (to: string) => readHttp(open(to, { agent }));
    await Promise.all(
      Array.from({ length: 100 }, (_, flow) =>
        scopes.run(async (scope) => {
          for (let step = 0; step < 3; step += 1) await send(`${url}/200/${flow}/${step}`);
          t.strictSame(
            trailOf(scope).map(({ data }) => data?.['url']),
            [0, 1, 2].map((step) => `${url}/200/${flow}/${step}`),
          );
        }),
      ),
    );
  });
}

t.test(
  'a request belongs to where it was made, not to where it was sent or answered',
  async (t) => {
    const [scopes, url] = [watched(t), await serve(t)];
    const { scope, sent } = scopes.run((own) => {
      const made = open(`${url}/200`, { method: 'POST' });
      // Node 20 says no earlier that there is one.
      made.end('body');
      return { scope: own, sent: made };
    });
    const stranger = await scopes.run(async (other) => {
      await once(sent, 'response');
      sent.destroy();
      return other;
    });
    t.equal(trailOf(scope).length, 1);
    t.strictSame(trailOf(stranger), []);
  },
);

t.test('a request without an Host header of its own, and one by a proxy', async (t) => {
  const [scopes, url] = [watched(t), await serve(t)];
  const { port } = new URL(url);
  const urls = await scopes.run(async (scope) => {
    await readHttp(get({ port, host: '127.0.0.1', path: '/200', setHost: false }));
    await readHttp(get({ port, host: '127.0.0.1', path: 'http://u:p@far.example/200' }));
    return trailOf(scope).map(({ data }) => data?.['url']);
  });
  t.match(urls, [/^http:\/\/127\.0\.0\.1.*\/200$/, 'http://[Filtered]@far.example/200']);
});

t.test('what others publish on the channels does no harm', async (t) => {
  const { channel } = await import('node:diagnostics_channel');
  const scopes = watched(t);
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
    },
  );
  const path = '/a';
  for (const message of [undefined, 7, {}, { request: 7 }, { request: {} }, { request: hostile }]) {
    for (const name of ['http.client.request', 'undici:request']) {
      for (const part of ['.start', '.error', ':create', ':headers', ':error']) {
        channel(`${name}${part}`).publish(message);
      }
    }
    const odd = { request: { path }, response: hostile, error: hostile };
    channel('http.client.request.start').publish(odd);
    channel('http.client.response.finish').publish(odd);
  }
  const url = await serve(t);
  await fetch(`${url}/200`);
  t.match(trailOf(scopes.current()).at(-1), { message: `GET ${url}/200`, data: { status: 200 } });
});

t.test('our own requests are no steps, nor are those of a transport of your own', async (t) => {
  const server = await strictServer(t);
  const elsewhere = await serve(t);
  for (const options of [
    {},
    { transport: () => fetch(`${elsewhere}/200/own`).then(() => undefined) },
    { transport: () => readHttp(get(`${elsewhere}/200/own`)) },
  ]) {
    const crumbs = await withScope(async (scope) => {
      init({ apiKey: server.key, host: server.url, batchSize: 1, ...options });
      for (let round = 0; round < 3; round += 1) {
        // A batch of one is sent by the capture itself.
        captureException(new Error('sent'));
        t.ok(await flush());
      }
      await fetch(`${elsewhere}/200/theirs`);
      return trailOf(scope).map(({ message }) => message);
    });
    t.strictSame(crumbs, [`GET ${elsewhere}/200/theirs`]);
    await close();
  }
});
