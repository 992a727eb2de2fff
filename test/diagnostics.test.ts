import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import t, { type Test } from 'tap';
import type { DeliveryMessage } from '../src/diagnostics.ts';
import { Ledger } from '../src/delivery/ledger.ts';
import type { Item } from '../src/delivery/item.ts';
import { makeItem, range, rig } from './delivery/double.ts';
import { FakeClock } from './helpers/clock.ts';

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

/** So many events that wait. */
function items(count: number): Item[] {
  return range(1, count).map((n) => makeItem(Buffer.from(`${n}`), 1, n));
}

t.test('what is counted is published, with its reason', async (t) => {
  const heard = hear(t);
  const ledger = new Ledger({ clock: new FakeClock() });
  ledger.settle(items(3), 'delivered');
  ledger.retried(2, 'ECONNREFUSED');
  ledger.settle(items(4), 'queue_full');
  ledger.refuse('sampled');
  ledger.settle(items(5), 'left');
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
  const ledger = new Ledger({ clock: new FakeClock() });
  ledger.settle([], 'delivered');
  ledger.settle([], 'shutdown');
  ledger.settle([], 'left');
  ledger.refuse('too_old', 0);
  t.strictSame(heard, []);
});

t.test('a subscriber that causes another drop is not called for it', async (t) => {
  const ledger = new Ledger({ clock: new FakeClock() });
  const heard = hear(t, () => ledger.refuse('sampled'));
  ledger.refuse('sampled');
  t.equal(heard.length, 1);
  t.equal(ledger.dropped.sampled, 2, 'but it is counted');
  ledger.refuse('sampled');
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
