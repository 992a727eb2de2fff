/** What a relay says of events that will not arrive. */
import t from 'tap';
import { lossesIn } from '../src/cli/relay.ts';
import { Relay, type Queue } from '../src/fleet/relay.ts';
import { createSorter } from '../src/fleet/sort.ts';
import { streamsOf } from '../src/fleet/streams.ts';
import { systemClock } from '../src/lib/clock.ts';
import { noDrops } from '../src/stats.ts';

t.test('a relay says why events are lost, and how many', async (sub) => {
  const streams = streamsOf('shop');
  const entry = { id: '1-0', body: Buffer.from('[{"message":"a"}]') };
  const entries = [entry];
  const queue: Queue = {
    read: (stream) => Promise.resolve(stream === streams.others ? entries.splice(0) : []),
    claim: () => Promise.resolve([]),
    keep: () => Promise.resolve(),
    done: () => Promise.resolve(),
    length: () => Promise.resolve(0),
    move: () => Promise.resolve(),
  };
  const said: string[] = [];
  const relay = new Relay({
    queue,
    streams,
    clock: systemClock,
    sort: createSorter(),
    send: () => Promise.resolve('lost'),
    losses: () => lossesIn({ dropped: { ...noDrops(), rejected: 2, invalid: 1 } }),
    say(text) {
      said.push(text);
      relay.stop();
    },
  });
  await relay.run();
  sub.strictSame(said, [
    'entry 1-0: not all of its events will arrive; so far 1 invalid, 2 rejected',
  ]);
});
