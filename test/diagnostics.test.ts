import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import t, { type Test } from 'tap';
import type { DeliveryMessage } from '../src/diagnostics.ts';
import { Counters } from '../src/stats.ts';
import { range, rig } from './delivery/double.ts';

const NAMES = ['delivered', 'retried', 'dropped', 'spooled'];

function hear(t: Pick<Test, 'teardown'>, then: () => void = () => undefined): unknown[] {
  const heard: unknown[] = [];
  for (const name of NAMES) {
    const listener = (message: unknown): void => {
      heard.push([name, message as DeliveryMessage]);
      then();
    };
    subscribe(`errsight:${name}`, listener);
    t.teardown(() => unsubscribe(`errsight:${name}`, listener));
  }
  return heard;
}

t.test('what is counted is published, with its reason', async (t) => {
  const heard = hear(t);
  const counters = new Counters();
  counters.deliver(3);
  counters.retry(2, 'ECONNREFUSED');
  counters.drop('queue_full', 4);
  counters.drop('sampled');
  counters.leave(5);
  t.strictSame(heard, [
    ['delivered', { count: 3 }],
    ['retried', { count: 2, reason: 'ECONNREFUSED' }],
    ['dropped', { count: 4, reason: 'queue_full' }],
    ['dropped', { count: 1, reason: 'sampled' }],
    ['spooled', { count: 5 }],
  ]);
});

t.test('nothing is said of nothing', async (t) => {
  const heard = hear(t);
  const counters = new Counters();
  counters.deliver(0);
  counters.drop('shutdown', 0);
  counters.leave(0);
  t.strictSame(heard, []);
});

t.test('a subscriber that causes another drop is not called for it', async (t) => {
  const counters = new Counters();
  const heard = hear(t, () => counters.drop('queue_full'));
  counters.drop('queue_full');
  t.equal(heard.length, 1);
  t.equal(counters.dropped.queue_full, 2, 'but it is counted');
  counters.drop('queue_full');
  t.equal(heard.length, 2);
});

t.test(
  'whoever hears of a retry, a loss at the end, or the end itself finds it counted',
  async (t) => {
    const failing = rig([{ kind: 'retry', reason: 'down' }, 'never']);
    const ending = rig(['never']);
    const sums: unknown[] = [];
    const heard = hear(t, () => sums.push([failing.known(), ending.known()]));
    failing.add(range(1, 10));
    ending.add(range(1, 10));
    await failing.clock.advance(200);
    t.strictSame(heard, [['retried', { count: 10, reason: 'down' }]]);
    const closed = failing.batcher.close(0);
    await failing.clock.advance(0);
    await closed;
    const taken = ending.batcher.takeRemaining();
    ending.batcher.settleRemaining(
      taken,
      (index) => (['delivered', 'rejected'] as const)[index % 3],
    );
    t.strictSame(heard.slice(1), [
      ['dropped', { count: 10, reason: 'shutdown' }],
      ['delivered', { count: 4 }],
      ['dropped', { count: 3, reason: 'rejected' }],
      ['dropped', { count: 3, reason: 'shutdown' }],
    ]);
    t.strictSame(sums.slice(0, 1), [[10, 10]]);
    // Nobody hears anything between taking and settling.
    t.strictSame(sums.slice(2).map(String), Array<string>(3).fill('10,10'));
  },
);
