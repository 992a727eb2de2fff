import { channel } from 'node:diagnostics_channel';
import t from 'tap';
import { Scopes } from '../../src/main/scopes.ts';
import { Watches } from '../../src/main/watches.ts';
import type { TrackConfig } from '../../src/options.ts';

/** What Node publishes for each thing that is watched. */
const CHANNELS: Readonly<Record<keyof TrackConfig, readonly string[]>> = {
  requestScopes: ['http.server.request.start'],
};

const KINDS = Object.keys(CHANNELS) as (keyof TrackConfig)[];

function only(...kinds: (keyof TrackConfig)[]): TrackConfig {
  const all = KINDS.map((kind) => [kind, kinds.includes(kind)] as const);
  return Object.fromEntries(all) as unknown as TrackConfig;
}

function watched(): (keyof TrackConfig)[] {
  return KINDS.filter((kind) => CHANNELS[kind].some((name) => channel(name).hasSubscribers));
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
