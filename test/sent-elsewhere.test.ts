import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { rateOf } from '../src/delivery/shared-rate.ts';
import { systemClock } from '../src/lib/clock.ts';
import { sentElsewhere, type SentElsewhere } from '../src/sent-elsewhere.ts';

let projects = 1_000;

/** The views that so many threads have of one project. */
function views(threads: number): SentElsewhere[] {
  // There is room for eight projects, and each test needs one of its own.
  projects += 1;
  return Array.from({ length: threads }, (_, thread) => {
    const view = sentElsewhere(projects, thread);
    if (view === undefined) throw new Error('no room');
    return view;
  });
}

const NOW = 5_000_000;

t.test('a worker and the thread that started it keep to one minute', async (t) => {
  const [host, key] = ['https://errsight.example', 'elp_0'];
  const rate = rateOf(host, key);
  const module = new URL('../src/delivery/shared-rate.js', import.meta.url).href;
  const clock = new URL('../src/lib/clock.js', import.meta.url).href;
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    void Promise.all([import(${JSON.stringify(module)}), import(${JSON.stringify(clock)})]).then(
      ([{ rateOf }, { systemClock }]) => {
        const rate = rateOf(${JSON.stringify(host)}, ${JSON.stringify(key)});
        rate.refused(100, systemClock.now(), { limit: 60, retryAfterMs: 60_000 });
        rate.begin(30, systemClock.now());
        parentPort.postMessage('sent');
      },
    );`,
    { eval: true },
  );
  await once(worker, 'message');
  const now = systemClock.now();
  t.equal(rate.limit(now), 60);
  const waits = { repeats: 0, others: 60, fatal: 0, size: 60, canAsk: true };
  const demand = { ...waits, isRipe: true, isHasty: false, isRare: true };
  t.equal(rate.allow({ ...demand, now, isLast: false }).count, 30);
  await worker.terminate();
});

t.test('a thread sees what the others have sent, and not its own', async (t) => {
  const [one, two, three] = views(3) as [SentElsewhere, SentElsewhere, SentElsewhere];
  one.accepted(10, NOW);
  one.accepted(5, NOW + 61_000);
  two.accepted(7, NOW + 1_000);
  t.equal(one.used(NOW), 7);
  t.equal(two.used(NOW), 15);
  t.equal(three.used(NOW), 22);
  t.equal(three.used(NOW + 1_000), 12);
  t.equal(three.used(NOW + 2_000), 5);
  t.equal(three.used(NOW + 62_000), 0);
  // 64 seconds later the places are used again.
  two.accepted(1, NOW + 65_000);
  t.equal(three.used(NOW + 2_000), 6);
});

t.test(
  'what is in flight is seen until there is an answer, or nobody can wait for one',
  async (t) => {
    const [one, two] = views(2) as [SentElsewhere, SentElsewhere];
    one.addInFlight(10, NOW);
    t.equal(one.inFlight(NOW), 0);
    t.equal(two.inFlight(NOW), 10);
    one.addInFlight(-10, NOW);
    t.equal(two.inFlight(NOW), 0);
    one.addInFlight(3, NOW);
    t.equal(two.inFlight(NOW + 60_000), 3);
    t.equal(two.inFlight(NOW + 61_000), 0, 'its thread was ended');
  },
);

t.test('a limit that one was told is news to each other once', async (t) => {
  const [one, two, three] = views(3) as [SentElsewhere, SentElsewhere, SentElsewhere];
  t.equal(two.news(), undefined);
  one.announce(60, NOW + 10_500);
  t.equal(one.news(), undefined);
  t.strictSame(two.news(), { limit: 60, endsAt: NOW + 10_500 });
  t.equal(two.news(), undefined);
  two.announce(100, NOW + 70_000);
  t.strictSame(one.news(), { limit: 100, endsAt: NOW + 70_000 });
  t.strictSame(three.news(), { limit: 100, endsAt: NOW + 70_000 });
});

t.test(
  'threads that come and go are counted, and more than there is room for are not',
  async (t) => {
    const all = views(12);
    for (const view of all) view.accepted(1, NOW);
    // There are places for eight; the others count for themselves.
    t.equal(all[0]?.used(NOW), 7);
    t.equal(all[11]?.used(NOW), 8);
    const later = NOW + 200_000;
    for (const view of all.slice(8)) view.accepted(2, later);
    t.equal(all[0]?.used(later), 8, 'places that nobody has used for long are given away');
    all[0]?.accepted(1, later);
    t.equal(all[11]?.used(later), 7, 'who comes back takes a place again');
  },
);

t.test('there are eight projects, and others are counted by thread', async (t) => {
  const seen = Array.from({ length: 20 }, (_, n) => sentElsewhere(2_000 + n, 0));
  t.ok(seen.some((view) => view === undefined));
  t.not(sentElsewhere(1_001, 5), undefined, 'what there is stays');
});
