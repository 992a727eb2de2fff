import t from 'tap';
import { RateLimit } from '../../src/dev/rate-limit.ts';
import { Rate, reserveOf } from '../../src/delivery/rate.ts';
import { Batcher } from '../../src/delivery/batcher.ts';
import { Ledger } from '../../src/delivery/ledger.ts';
import { rateOf } from '../../src/delivery/shared-rate.ts';
import { sentElsewhere } from '../../src/sent-elsewhere.ts';
import type { BatcherOptions } from '../../src/delivery/batcher-options.ts';
import type { Lane } from '../../src/delivery/lanes.ts';
import { FakeClock } from '../helpers/clock.ts';
import { range, rig, type Rig, type Sent } from './double.ts';

const MINUTE = 60_000;
const FATAL = 0;
const FIRST = 1;
const ERROR = 2;

interface Limited extends Rig {
  readonly refused: Sent[];
  /** What was taken in each minute. */
  readonly minutes: () => number[][];
  limit: number;
}

/** A server that counts events by the minute, as ErrSight does, from so many ms into one on. */
function limited(
  perMinute: number,
  { into = 0, ...options }: Partial<BatcherOptions> & { into?: number; wall?: () => number } = {},
): Limited {
  const refused: Sent[] = [];
  const minutes: number[][] = [];
  const box = { limit: perMinute };
  const limit = new RateLimit(perMinute);
  const clock: { now?: () => number; start?: number } = {};
  const wall = (): number => (clock.now?.() ?? 0) - (clock.start ?? 0) + into;
  const made = rig(
    (sent) => {
      limit.limit = box.limit;
      const at = sent.at + into;
      const decision = limit.take(sent.events.length, at);
      if (!decision.allowed) {
        refused.push(sent);
        return {
          kind: 'rate_limited',
          retryAfterMs: decision.retryAfter * 1_000,
          limit: decision.limit,
        };
      }
      const index = Math.floor(at / MINUTE);
      minutes[index] = [...(minutes[index] ?? []), ...sent.events];
      return { kind: 'accepted' };
    },
    { wall, ...options },
  );
  Object.assign(clock, { now: () => made.clock.now(), start: made.clock.now() });
  return Object.assign(box, made, {
    refused,
    minutes: () => minutes.map((minute) => minute ?? []),
  });
}

/** When the fake clock of a rig starts. */
const START = new FakeClock().now();

/** Another client of the same server, and what it knows. */
function joined(one: Limited, rate: Rate): { readonly batcher: Batcher } {
  const batcher = new Batcher({
    sender: one.sender,
    clock: one.clock,
    ledger: new Ledger({ clock: one.clock }),
    batchSize: 10,
    flushInterval: 2_000,
    maxQueueSize: 10_000,
    maxQueueBytes: 1_000_000,
    random: () => 1,
    rate,
  });
  return { batcher };
}

t.test('repeats leave a tenth, and one place at least', async (t) => {
  t.strictSame([1, 2, 5, 10, 11, 60, 1_000].map(reserveOf), [0, 1, 1, 1, 2, 6, 100]);
});

for (const count of [40, 55, 58, 60, 61, 100, 500]) {
  t.test(`${count} equal errors leave room for the fatal of 3 s later`, async (t) => {
    const made = limited(60, { into: 5_000 });
    made.add([1], FIRST);
    made.add(range(2, count), ERROR);
    await made.clock.advance(3_000);
    made.add([9_999], FATAL);
    await made.clock.advance(0);
    t.ok(made.minutes()[0]?.includes(9_999), 'it comes in the first minute');
    await made.clock.advance(MINUTE - 8_001);
    t.ok((made.minutes()[0]?.length ?? 0) >= Math.min(count, 50), 'and most of the others do');
    t.ok(made.refused.length <= 1, `${made.refused.length} refusals`);
  });
}

for (const size of [5, 25, 60, 150, 500]) {
  t.test(
    `of 500 that come ${size} at a time the first of 20 issues come in the first minute`,
    async (t) => {
      const made = limited(60, { into: 5_000 });
      for (let n = 0; n < 500; n += 1) {
        made.add([n], n % 25 === 0 ? FIRST : ERROR);
        if (n % size === 0) await made.clock.advance(2);
      }
      await made.clock.advance(50_000);
      const firsts = made.minutes()[0]?.filter((n) => n % 25 === 0) ?? [];
      t.equal(firsts.length, 20);
      t.ok(made.refused.length <= 1, `${made.refused.length} refusals`);
      await made.clock.advance(20 * MINUTE);
      t.equal(made.counters.delivered, 500);
      // One to learn the limit, one more when it is ten minutes old.
      t.ok(made.refused.length <= 3, `${made.refused.length} refusals in all`);
      t.ok(made.counters.requests <= 40, `${made.counters.requests} requests in 20 minutes`);
    },
  );
}

t.test('fatals and firsts may use all of a known limit', async (t) => {
  const made = limited(60);
  made.add(range(1, 100), ERROR);
  await made.clock.advance(57_000);
  t.equal(made.counters.delivered, 54, 'in the minute that shows the limit they come last');
  made.add(range(201, 207), FIRST);
  await made.clock.advance(2_500);
  t.equal(made.counters.delivered, 60);
  t.equal(made.refused.length, 1);
});

t.test('what others leave of a limit is found by halves', async (t) => {
  const shared = rig(({ at, events }) => {
    // Others have used 35.
    const left = 25 - shared.counters.delivered;
    if (events.length <= left || at >= MINUTE) return { kind: 'accepted' };
    return { kind: 'rate_limited', retryAfterMs: MINUTE - at, limit: 60 };
  });
  shared.add(range(1, 60), FIRST);
  await shared.clock.advance(MINUTE - 1);
  const sizes = shared.requests().map(({ length }) => length);
  t.strictSame(sizes, [50, 25, 24, 12, 6, 3, 1], 'each refusal bounds the next request');
  await shared.clock.advance(1);
  t.equal(shared.counters.delivered, 60);
});

t.test(
  'a limit that was not confirmed for ten minutes is forgotten: it may be higher now',
  async (t) => {
    const made = limited(10);
    made.add(range(1, 400), ERROR);
    await made.clock.advance(3 * MINUTE);
    t.ok(made.counters.delivered <= 36);
    made.limit = 1_000;
    await made.clock.advance(9 * MINUTE);
    t.equal(made.counters.delivered, 400);
    t.ok(made.refused.length <= 2, `${made.refused.length} refusals`);
  },
);

t.test('where there is no limit a burst goes in its time', async (t) => {
  const made = limited(1_000_000);
  made.add(range(1, 500), ERROR);
  await made.clock.advance(2_000);
  t.equal(made.counters.delivered, 500);
});

t.test('what one sender knows of the limit the next one of the process knows too', async (t) => {
  const made = limited(60);
  made.add(range(1, 100), ERROR);
  await made.clock.advance(57_000);
  const known = made.batcher.knowledge;
  t.match(known, { rate: { limit: 60, left: 6, endsIn: 3_000 }, hasDelivered: true });
  const next = rig([], { known });
  next.add(range(1, 30), FIRST);
  const closed = next.batcher.close(2_000);
  await next.clock.advance(0);
  t.equal(await closed, false);
  t.strictSame(
    next.requests().map(({ length }) => length),
    [6],
  );
});

t.test('close leaves a tenth too, since others may need it', async (t) => {
  const made = limited(60);
  made.add(range(1, 100), ERROR);
  await made.clock.advance(2_000);
  const closed = made.batcher.close(5_000);
  await made.clock.advance(0);
  t.equal(await closed, false);
  t.equal(made.counters.delivered, 54);
  t.equal(made.refused.length, 1);
});

/** How the repeats of a storm come, in each of its processes. */
const STORMS: Readonly<Record<string, readonly [count: number, every: number]>> = {
  'all at once': [3_000, 0],
  'one each millisecond': [3_000, 1],
  'one each 10 ms': [3_000, 10],
  'one each 50 ms': [1_200, 50],
};

for (const [how, [count, every]] of Object.entries(STORMS)) {
  for (const into of [0, 25_000]) {
    t.test(
      `three processes in a storm, ${how} and ${into} ms into a minute, keep places for their fatal errors`,
      async (t) => {
        const one = limited(60, { into });
        const wall = (): number => one.clock.now() - START + into;
        const others = [1, 2].map(() => joined(one, new Rate(wall)));
        const adds = [
          (n: number, lane: Lane): void => one.add([n], lane),
          ...others.map(
            ({ batcher }) =>
              (n: number, lane: Lane): void =>
                void batcher.add(Buffer.from(String(n)), { lane }),
          ),
        ];
        for (const [index, add] of adds.entries()) add(100_000 + index, FIRST);
        for (let n = 1; n <= count; n += 1) {
          for (const [index, add] of adds.entries()) add(n + index * 10_000, ERROR);
          if (every > 0) await one.clock.advance(every);
          // The fatal error of each comes in the midst of it.
          if (n === count / 3)
            for (const [index, add] of adds.entries()) add(200_000 + index, FATAL);
        }
        await one.clock.advance(1_000);
        const [first = []] = one.minutes();
        const has = (n: number): boolean => first.includes(n);
        for (const index of adds.keys()) {
          t.ok(has(100_000 + index), `the issue of process ${index} is there`);
          t.ok(has(200_000 + index), `the fatal error of process ${index} is there`);
        }
        // In later minutes fatal errors find places at any time but the last seconds.
        for (const second of [2, 30, 50]) {
          const minute = Math.ceil((one.clock.now() - START + into) / MINUTE);
          await one.clock.advance(
            minute * MINUTE + second * 1_000 - (one.clock.now() - START + into),
          );
          for (const [index, add] of adds.entries()) add(300_000 + 10 * second + index, FATAL);
          await one.clock.advance(1_000);
          const came = one.minutes()[minute] ?? [];
          for (const index of adds.keys()) {
            t.ok(came.includes(300_000 + 10 * second + index), `in second ${second}, of ${index}`);
          }
        }
        await one.clock.advance(10 * MINUTE);
        const stored = one
          .minutes()
          .slice(1, -1)
          .map(({ length }) => length);
        t.ok(Math.min(...stored) >= 50, `repeats take what is left: ${stored.join(' ')}`);
      },
    );
  }
}

t.test('of three processes that end in a storm each delivers its fatal error', async (t) => {
  const one = limited(60, { into: 5_000 });
  const wall = (): number => one.clock.now() - START + 5_000;
  const all = [one, ...[1, 2].map(() => joined(one, new Rate(wall)))];
  for (const [index, { batcher }] of all.entries()) {
    batcher.add(Buffer.from(String(100_000 + index)), { lane: FIRST });
    for (const n of range(1, 2_000)) {
      batcher.add(Buffer.from(String(n + index * 10_000)), { lane: ERROR });
    }
  }
  await one.clock.advance(3_000);
  for (const [index, { batcher }] of all.entries()) {
    batcher.add(Buffer.from(String(200_000 + index)), { lane: FATAL });
    const closed = batcher.close(5_000);
    await one.clock.advance(500);
    await one.clock.advance(4_500);
    t.equal(await closed, false);
  }
  const [first = []] = one.minutes();
  for (const index of all.keys()) {
    t.ok(first.includes(100_000 + index) && first.includes(200_000 + index), `process ${index}`);
  }
  t.ok(first.length >= 54, `${first.length} in all`);
});

for (const [what, hasLimit] of [
  ['is known', true],
  ['is not known', false],
] as const) {
  t.test(
    `one client that closes leaves the places of others, while the limit ${what}`,
    async (t) => {
      const rate = new Rate(() => one.clock.now() - START);
      const one = limited(60, { rate });
      const { batcher: other } = joined(one, rate);
      if (hasLimit) rate.refused(61, one.clock.now(), { limit: 60, retryAfterMs: 55_000 });
      one.add(range(1, 58), ERROR);
      // What waits in the other one counts, and what comes while this one closes.
      other.hold();
      for (const n of range(201, 204)) other.add(Buffer.from(String(n)), { lane: FIRST });
      void one.batcher.close(5_000);
      await one.clock.advance(100);
      for (const n of range(301, 304)) other.add(Buffer.from(String(n)), { lane: FATAL });
      await one.clock.advance(5_000);
      const [first = []] = one.minutes();
      for (const n of [...range(201, 204), ...range(301, 304)]) t.ok(first.includes(n), `${n}`);
      t.ok(first.length >= 54, `${first.length} in all`);
      await other.close(0);
    },
  );
}

t.test('fatal errors of all clients come before what is new to one', (t) => {
  const rate = new Rate(() => 0);
  rate.refused(61, 0, { limit: 10, retryAfterMs: 60_000 });
  const sender = {};
  rate.join({}, () => ({ fatal: 4, others: 6 }));
  const demand = { now: 1, size: 50, isRipe: true, isHasty: true, isRare: true, canAsk: true };
  const ask = (repeats: number, others: number, fatal: number): unknown =>
    rate.allow({ ...demand, repeats, others, fatal, isLast: true }, sender);
  t.strictSame(ask(0, 50, 0), { count: 6, repeats: 0 });
  t.strictSame(ask(0, 50, 8), { count: 8, repeats: 0 });
  t.strictSame(ask(50, 0, 0), { count: 6, repeats: 3 }, 'a tenth is left too');
  t.end();
});

for (const into of [0, 20_000, 50_000]) {
  for (const every of [0, 10, 400]) {
    t.test(
      `100 repeats, each with a flush after ${every} ms, ${into} ms into a minute, leave room for a fatal`,
      async (t) => {
        const made = limited(60, { into });
        made.add([1], FIRST);
        for (const n of range(2, 100)) {
          made.add([n], ERROR);
          void made.batcher.flush(0);
          await made.clock.advance(every);
        }
        const before = made.clock.now();
        made.add([9_999], FATAL);
        await made.clock.advance(0);
        t.ok(made.minutes().flat().includes(9_999), 'it has come');
        t.equal(made.clock.now(), before, 'at once');
        t.ok(made.refused.length <= 1, `${made.refused.length} refusals`);
      },
    );
  }
}

t.test(
  'what passes on both sides of the turn of a minute is not taken for a wide limit',
  async (t) => {
    const made = limited(60, { into: 50_000 });
    const trickle = async (from: number, count: number): Promise<void> => {
      for (const n of range(from, from + count - 1)) {
        made.add([n], ERROR);
        void made.batcher.flush(0);
        await made.clock.advance(100);
      }
    };
    await trickle(1, 54);
    await made.clock.advance(5_000);
    // In the new minute: together more than 60 within one minute.
    await trickle(101, 80);
    made.add([9_999], FATAL);
    await made.clock.advance(0);
    t.ok(made.minutes()[1]?.includes(9_999), 'the fatal has a place in it');
  },
);

for (const into of [0, 30_000, 58_000]) {
  t.test(
    `whoever flushes one by one finds out within the minute that there is no limit, ${into} ms into one`,
    async (t) => {
      const made = limited(1_000_000, { into });
      for (const n of range(1, 500)) {
        made.add([n], ERROR);
        const flushed = made.batcher.flush(70_000);
        while (made.counters.delivered < n) await made.clock.advance(10);
        t.equal(await flushed, true);
      }
      const [last = 0] = made.times().slice(-1);
      t.ok(last <= 70_000, `after ${last} ms`);
    },
  );
}

t.test('a clock that is wrong costs a wait, and no event', async (t) => {
  const made = limited(60, { into: 20_000, wall: () => made.clock.now() + 41_000 });
  for (const n of range(1, 300)) {
    made.add([n], ERROR);
    void made.batcher.flush(0);
    await made.clock.advance(100);
  }
  await made.clock.advance(10 * MINUTE);
  t.equal(made.counters.delivered, 300);
  t.ok(made.refused.length <= 3, `${made.refused.length} refusals`);
});

t.test('a project without a limit is found out by few flushes that wait', async (t) => {
  const made = limited(1_000_000);
  const answers: Promise<boolean>[] = [];
  for (const n of range(1, 500)) {
    made.add([n], ERROR);
    answers.push(made.batcher.flush(0));
    await made.clock.advance(1);
  }
  const late = (await Promise.all(answers)).filter((arrived) => !arrived).length;
  t.ok(late <= 61, `${late} of 500`);
  t.equal(made.counters.delivered, 500);
});

/** How two senders of one project are told of each other. */
const TOGETHER: Readonly<Record<string, (wall: () => number) => readonly [Rate, Rate]>> = {
  'in one thread'(wall) {
    const rate = new Rate(wall);
    return [rate, rate];
  },
  'in two threads'(wall) {
    const views = [1, 2].map((thread) => sentElsewhere(7, thread));
    return [new Rate(wall, views[0]), new Rate(wall, views[1])];
  },
};

for (const [where, ratesOf] of Object.entries(TOGETHER)) {
  t.test(`two senders of one project ${where} share its minute`, async (t) => {
    const minute: { wall: () => number } = { wall: () => 0 };
    const [rate, otherRate] = ratesOf(() => minute.wall());
    const one = limited(60, { rate });
    const start = one.clock.now();
    minute.wall = () => one.clock.now() - start;
    const { batcher: other } = joined(one, otherRate);
    for (const n of range(1, 80)) {
      one.add([n], ERROR);
      other.add(Buffer.from(String(n + 100)), { lane: ERROR });
      await one.clock.advance(50);
    }
    await one.clock.advance(5_000);
    other.add(Buffer.from('9999'), { lane: FATAL });
    await one.clock.advance(0);
    t.ok(one.minutes()[0]?.includes(9_999));
    t.ok(one.refused.length <= 1, `${one.refused.length} refusals`);
    await one.clock.advance(3 * MINUTE);
    t.equal(one.minutes().flat().length, 161);
  });
}

t.test('a limit that one thread was told the others keep to without a refusal', async (t) => {
  const one = new Rate(() => 0, sentElsewhere(8, 1));
  const other = new Rate(() => 0, sentElsewhere(8, 2));
  const waits = { repeats: 0, others: 50, fatal: 0, size: 50, canAsk: true };
  const demand = { ...waits, isRipe: true, isHasty: false, isRare: true };
  one.begin(100, 1_000);
  one.end(100, 1_000);
  one.refused(100, 1_000, { limit: 60, retryAfterMs: 30_000 });
  t.equal(other.limit(1_000), 60);
  one.accepted(40, 40_000);
  t.equal(other.allow({ ...demand, now: 40_000, isLast: false }).count, 20);
  t.equal(other.limit(700_000), Infinity, 'after ten minutes it is forgotten');
});

t.test('what a closed sender has learned the next one of its project knows', async (t) => {
  t.equal(rateOf('https://a.example', 'elp_1'), rateOf('https://a.example', 'elp_1'));
  t.not(rateOf('https://a.example', 'elp_1'), rateOf('https://a.example', 'elp_2'));
  t.not(rateOf('https://a.example', 'elp_1'), rateOf('https://b.example', 'elp_1'));
});

for (const [what, told] of [
  ['no time', { limit: 60 }],
  ['a time of 0', { limit: 60, retryAfterMs: 0 }],
  ['neither a time nor a limit', { retryAfterMs: 0 }],
] as const) {
  t.test(`refusals that tell ${what} lead to no more than ten requests a minute`, async (t) => {
    const { add, clock, counters } = rig(() => ({
      kind: 'rate_limited',
      limit: undefined,
      retryAfterMs: undefined,
      ...told,
    }));
    add(range(1, 50));
    await clock.advance(2 * MINUTE);
    const before = counters.requests;
    await clock.advance(10 * MINUTE);
    t.ok(counters.requests - before <= 100, `${counters.requests - before} requests`);
  });
}

t.test('threads agree on the window, whatever second they were told its end in', (t) => {
  const start = 1_000_000;
  const views = [1, 2].map((thread) => sentElsewhere(4_242, thread));
  const [one, two] = views.map((view) => new Rate(() => 0, view)) as [Rate, Rate];
  const waits = { repeats: 100, others: 0, fatal: 0, size: 50, canAsk: true };
  const demand = { ...waits, isRipe: true, isHasty: false, isRare: true };
  // The minute ends 10.2 s later; `Retry-After` is in whole seconds.
  one.refused(61, start + 300, { limit: 60, retryAfterMs: 10_000 });
  two.refused(61, start + 900, { limit: 60, retryAfterMs: 10_000 });
  const at = start + 10_300;
  const first = one.allow({ ...demand, now: at, isLast: false }).repeats;
  one.accepted(first, at);
  t.equal(first, 50);
  t.equal(
    two.allow({ ...demand, now: at + 700, isLast: false }).repeats,
    4,
    'the other one counts them',
  );
  t.end();
});
