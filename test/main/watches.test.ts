import { channel } from 'node:diagnostics_channel';
import t from 'tap';
import { Scopes } from '../../src/main/scopes.ts';
import { Watches } from '../../src/main/watch/watches.ts';
import type { TrackConfig } from '../../src/options/config.ts';
import { errsightLines } from './stderr.ts';

/** What Node publishes for each thing that is watched. */
const CHANNELS: Readonly<Record<keyof TrackConfig, readonly string[]>> = {
  requestScopes: ['http.server.request.start'],
  httpBreadcrumbs: [
    'http.client.request.created',
    'http.client.request.start',
    'http.client.response.finish',
    'http.client.request.error',
    'undici:request:create',
    'undici:request:headers',
    'undici:request:error',
  ],
  redisBreadcrumbs: traced('ioredis:command', 'node-redis:command', 'node-redis:batch'),
  mysqlBreadcrumbs: traced('mysql2:query', 'mysql2:execute').concat([
    'tracing:mysql2:pool:connect:start',
    'tracing:mysql2:pool:connect:asyncStart',
  ]),
  pgBreadcrumbs: traced('pg:query'),
};

function traced(...names: string[]): string[] {
  return names.flatMap((name) =>
    ['start', 'asyncStart', 'asyncEnd', 'error'].map((part) => `tracing:${name}:${part}`),
  );
}

const KINDS = Object.keys(CHANNELS) as (keyof TrackConfig)[];

function only(...kinds: (keyof TrackConfig)[]): TrackConfig {
  const all = KINDS.map((kind) => [kind, kinds.includes(kind)] as const);
  return Object.fromEntries(all) as unknown as TrackConfig;
}

function watched(): (keyof TrackConfig)[] {
  return KINDS.filter((kind) => {
    const heard = CHANNELS[kind].filter((name) => channel(name).hasSubscribers);
    if (heard.length === 0) return false;
    if (heard.length === CHANNELS[kind].length) return true;
    throw new Error(`${kind}: only ${heard.join(', ')}`);
  });
}

t.test('each thing is watched if it is wanted, and only then', async (t) => {
  const watches = new Watches(new Scopes());
  t.strictSame(watched(), []);
  for (const kind of KINDS) {
    const stop = watches.start(only(kind));
    t.strictSame(watched(), [kind]);
    stop();
    t.strictSame(watched(), []);
  }
});

t.test('it is watched until the last one leaves', async (t) => {
  const watches = new Watches(new Scopes());
  const stops = [watches.start(only(...KINDS)), watches.start(only(...KINDS))];
  stops[0]?.();
  stops[0]?.();
  t.strictSame(watched(), KINDS);
  stops[1]?.();
  t.strictSame(watched(), []);
});

t.test('under Next the process takes no user: its first request can be there already', (t) => {
  const lines = errsightLines(t);
  process.env['NEXT_RUNTIME'] = 'nodejs';
  t.teardown(() => delete process.env['NEXT_RUNTIME']);
  const scopes = new Scopes();
  const stop = new Watches(scopes).start(only('requestScopes'));
  scopes.outside.setUser({ id: 'ada' });
  stop();
  t.equal(scopes.outside.toJSON().user, undefined);
  t.match(lines, [/withScope/]);
  t.end();
});
