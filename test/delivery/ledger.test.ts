import t from 'tap';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Fate, Ledger } from '../../src/delivery/ledger.ts';
import { LANE_ERROR } from '../../src/delivery/lanes.ts';
import { FakeClock } from '../helpers/clock.ts';

/** What a fate means to each who hears of it: `stats()`, a flush, `relay`, the repeats, a channel, stderr. */
const FATES: Readonly<
  Partial<
    Record<
      Fate,
      readonly [flush: boolean, receipt: string, repeats: number, channel: string, line: RegExp]
    >
  >
> = {
  delivered: [true, 'delivered', 0, 'delivered', /^$/],
  left: [false, 'pending', 0, 'spooled', /^$/],
  shutdown: [false, 'pending', 0, 'dropped', /^$/],
  queue_full: [false, 'lost', 3, 'dropped', /^the queue is full/],
  rejected: [false, 'lost', 0, 'dropped', /^ErrSight could not read an event/],
  too_old: [false, 'lost', 0, 'dropped', /^events were in the spool for too long/],
  internal_error: [false, 'lost', 0, 'dropped', /^an event is lost/],
  duplicate: [true, 'lost', 0, 'dropped', /^$/],
};

for (const [fate, [isDone, receipt, lost, channel, line]] of Object.entries(FATES)) {
  t.test(`all hear of the fate ${fate} at once, and once`, async (t) => {
    const reports: string[] = [];
    const receipts: string[] = [];
    const heard: unknown[] = [];
    const hear = (message: unknown): void => void heard.push(message);
    subscribe(`errsight:${channel}`, hear);
    t.teardown(() => unsubscribe(`errsight:${channel}`, hear));
    const ledger = new Ledger({
      clock: new FakeClock(),
      report: (message) => reports.push(message) > 0,
    });
    const repeats = { lost: 0 };
    const item = ledger.accept(Buffer.from('{}'), {
      lane: LANE_ERROR,
      repeats,
      carries: 2,
      receipt: (told) => receipts.push(told),
    });
    const flushed = ledger.flush(5_000);
    ledger.settle([item], fate as Fate);
    t.equal(await flushed, isDone);
    t.strictSame(receipts, [receipt]);
    t.equal(repeats.lost, lost);
    t.equal(heard.length, 1);
    t.match(reports.join('\n'), line);
    const { open, accepted, delivered, left, dropped } = ledger;
    t.strictSame([open, accepted], [0, 1]);
    const counted = { delivered, left, ...dropped };
    t.strictSame(
      Object.entries(counted).filter(([, count]) => count > 0),
      [[fate, 1]],
    );
    t.equal(await ledger.flush(0), true, 'the next flush owes nothing to it');
  });
}

t.test('in tests books that do not add up are an error that nobody catches', (t) => {
  const later: (() => void)[] = [];
  t.intercept(globalThis, 'queueMicrotask', { value: (call: () => void) => void later.push(call) });
  const ledger = new Ledger({ clock: new FakeClock() });
  const places = { queued: 1, inFlight: 0, spooled: 0 };
  ledger.checkAgainst(() => places);
  const item = ledger.accept(Buffer.from('{}'), { lane: LANE_ERROR });
  ledger.check();
  t.equal(later.length, 0);
  // It has its fate, and waits all the same.
  ledger.settle([item], 'delivered');
  t.equal(later.length, 1);
  t.throws(() => later[0]?.(), /the ledger does not add up: /);
  t.end();
});
