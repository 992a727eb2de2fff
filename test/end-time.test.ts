import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { EndTime } from '../src/end-time.ts';
import { endMemory } from '../src/presence.ts';
import { FakeClock } from './helpers/clock.ts';

// The channels keep no process alive.
const alive = setInterval(() => undefined, 60_000);
t.teardown(() => clearInterval(alive));

interface Thread {
  readonly end: EndTime;
  /** How often it was told to send what it has. */
  hurries: number;
}

/** What a thread of its own would have. */
function thread(t: Pick<Test, 'teardown'>, clock: FakeClock): Thread {
  const made: Thread = { end: new EndTime(() => (made.hurries += 1), clock), hurries: 0 };
  t.teardown(() => made.end.close());
  return made;
}

t.beforeEach(() => endMemory().fill(0));

t.test('threads that wait one after the other have the time of one', async (t) => {
  const clock = new FakeClock();
  const threads = [thread(t, clock), thread(t, clock), thread(t, clock)];
  const waited: number[] = [];
  for (const { end } of threads) {
    const over = end.share(5_000, async (left) => {
      waited.push(left);
      await clock.advance(Math.min(left, 3_000));
      return false;
    });
    await over;
  }
  t.strictSame(waited, [5_000, 2_000, 0]);
});

t.test('what all has arrived takes no time of a later end', async (t) => {
  const clock = new FakeClock();
  const [first, second] = [thread(t, clock), thread(t, clock)];
  await first.end.share(5_000, async () => {
    await clock.advance(1_000);
    return true;
  });
  t.equal(second.end.spent, 0);
});

t.test('a logger that was ended long before takes no time of the end', async (t) => {
  const clock = new FakeClock();
  const [first, second] = [thread(t, clock), thread(t, clock)];
  const over = first.end.hold(5_000);
  await clock.advance(4_000);
  t.equal(second.end.spent, 4_000);
  over();
  await clock.advance(1_000);
  t.equal(second.end.spent, 5_000);
  await clock.advance(1_000);
  t.equal(second.end.spent, 0);
});

t.test('the others send meanwhile, unless it is over at once', async (t) => {
  const clock = new FakeClock();
  const [first, second] = [thread(t, clock), thread(t, clock)];
  const quick = first.end.hold(4_000);
  // Each of the two hears the other.
  while (clock.pending === 0) await turn();
  quick(true);
  for (let count = 0; count < 10; count += 1) await turn();
  await clock.advance(4_000);
  t.equal(second.hurries, 0);

  first.end.hold(4_000);
  while (clock.pending === 0) await turn();
  await clock.advance(999);
  t.equal(second.hurries, 0, 'what the end is held up for has the first places');
  await clock.advance(1);
  t.equal(second.hurries, 1);
  t.equal(first.hurries, 0);
});

t.test('a thread that starts meanwhile knows of it, though the main thread sleeps', async (t) => {
  const clock = new FakeClock();
  endMemory().set([clock.now(), clock.now() + 4_000]);
  await clock.advance(1_000);
  const late = thread(t, clock);
  t.equal(late.end.spent, 1_000);
  await clock.advance(750);
  t.equal(late.hurries, 1);
});
