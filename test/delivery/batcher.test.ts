import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'tap';
import type { Outcome } from '../../src/delivery/outcome.ts';
import type { Repeats } from '../../src/delivery/item.ts';
import { range, rig } from './double.ts';

const ACCEPTED: Outcome = { kind: 'accepted' };
const FAILED: Outcome = { kind: 'retry', reason: 'ECONNREFUSED' };
const PAUSED: Outcome = { kind: 'paused' };
const INVALID: Outcome = { kind: 'invalid', reason: 'unexpected token' };
const TOO_LARGE: Outcome = { kind: 'too_large' };
const UNKNOWN_KEY: Outcome = { kind: 'refused', status: 401 };

function rateLimited(retryAfterMs: number | undefined, limit?: number): Outcome {
  return { kind: 'rate_limited', retryAfterMs, limit };
}

/** An answer that comes when the test says so. */
class Later {
  #settle: ((outcome: Outcome) => void) | undefined;
  readonly answer: Promise<Outcome> = new Promise((settle) => {
    this.#settle = settle;
  });

  resolve(outcome: Outcome): void {
    this.#settle?.(outcome);
  }
}

function digits(length: number): Buffer {
  return Buffer.alloc(length, '1');
}

/** Whether a promise has settled, and with what; undefined while it has not. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined };
  void promise.then((value) => (seen.value = value));
  return seen;
}

// When it sends

void test('a few events wait until the oldest has waited for flushInterval', async (t) => {
  const { add, clock, requests, times } = rig();
  add([1]);
  await clock.advance(1_500);
  add([2]);
  await clock.advance(499);
  t.strictSame(requests(), []);
  await clock.advance(1);
  t.strictSame(requests(), [[1, 2]]);
  add([3]);
  await clock.advance(2_000);
  t.strictSame(times(), [2_000, 4_000]);
});

void test('batchSize events are sent at once', async (t) => {
  const { add, clock, requests } = rig();
  add(range(1, 9));
  await clock.advance(0);
  t.strictSame(requests(), []);
  add([10]);
  await clock.advance(0);
  t.strictSame(requests(), [range(1, 10)]);
});

void test('an event that may change is held for 200 ms, and all such for 1 s', async (t) => {
  const { add, batcher, clock, times } = rig();
  add(range(1, 10));
  batcher.hold();
  await clock.advance(199);
  t.strictSame(times(), []);
  await clock.advance(1);
  t.strictSame(times(), [200]);
  // One after the other: nothing is put off for ever.
  for (const start of [11, 21]) {
    add(range(start, start + 9));
    batcher.hold();
    for (let ms = 0; ms < 1_000; ms += 100) {
      t.equal(times().length, (start - 1) / 10, `${start} after ${ms} ms`);
      await clock.advance(100);
      batcher.hold();
    }
    t.equal(times().length, (start + 9) / 10);
  }
});

void test('a hold that is over does not shorten the next one', async (t) => {
  const { add, batcher, clock, times } = rig();
  add([1]);
  batcher.hold();
  await clock.advance(1_500);
  add(range(2, 10));
  batcher.hold();
  await clock.advance(199);
  t.strictSame(times(), [], 'the batch is full, but its last event may change');
  await clock.advance(1);
  t.strictSame(times(), [1_700]);
});

void test('what is held goes with a fatal error, a flush, and twice batchSize', async (t) => {
  const hurries: Readonly<Record<string, (all: ReturnType<typeof rig>) => void>> = {
    'a fatal error': ({ add }) => add([99], 0),
    'a flush': ({ batcher }) => void batcher.flush(1_000),
    'twice batchSize': ({ add }) => add(range(11, 20)),
  };
  for (const [what, hurry] of Object.entries(hurries)) {
    const all = rig();
    all.add(range(1, 10));
    all.batcher.hold();
    await all.clock.advance(0);
    t.strictSame(all.times(), [], what);
    hurry(all);
    await all.clock.advance(0);
    t.strictSame(all.times(), [0], what);
  }
});

void test('behind an uncaught error all waits for 3.5 s, and what is fatal later does not', async (t) => {
  const { add, batcher, clock, times } = rig();
  batcher.holdForCrash();
  add([1], 0);
  add(range(2, 11));
  await clock.advance(3_499);
  t.strictSame(times(), []);
  // Further ones put nothing off.
  batcher.holdForCrash();
  await clock.advance(1);
  t.strictSame(times(), [3_500]);
  await clock.advance(10_000);
  add([12], 0);
  await clock.advance(0);
  t.strictSame(times(), [3_500, 13_500]);
});

void test('an uncaught error of long ago holds nothing', async (t) => {
  const { add, batcher, clock, times } = rig();
  batcher.holdForCrash();
  await clock.advance(10_000);
  add([1], 0);
  await clock.advance(0);
  t.strictSame(times(), [10_000]);
});

void test('what is held behind an uncaught error goes with a flush, and twice batchSize', async (t) => {
  const hurries: Readonly<Record<string, (all: ReturnType<typeof rig>) => void>> = {
    'a flush': ({ batcher }) => void batcher.flush(1_000),
    'a hurry': ({ batcher }) => batcher.hurry(),
    'a close': ({ batcher }) => void batcher.close(1_000),
    'twice batchSize': ({ add }) => add(range(2, 21)),
  };
  for (const [what, hurry] of Object.entries(hurries)) {
    const all = rig();
    all.batcher.holdForCrash();
    all.add([1], 0);
    await all.clock.advance(0);
    t.strictSame(all.times(), [], what);
    hurry(all);
    await all.clock.advance(0);
    t.strictSame(all.times(), [0], what);
  }
});

void test('events are caught up with before each request', async (t) => {
  let count = 0;
  const { add, clock, requests } = rig([], { catchUp: () => void (count += 1) });
  add(range(1, 10));
  t.equal(count, 0);
  await clock.advance(0);
  t.equal(count, 1);
  t.strictSame(requests(), [range(1, 10)]);
});

void test('nothing is sent inside the call that adds, so a burst goes together', async (t) => {
  const { add, clock, requests } = rig();
  add(range(1, 40));
  t.strictSame(requests(), []);
  await clock.advance(0);
  t.strictSame(requests(), [range(1, 40)]);
});

void test('a fatal error is sent at once, first, and takes along what waits', async (t) => {
  const { add, clock, requests } = rig();
  add([1, 2], 2);
  add([3], 1);
  await clock.advance(10);
  add([99], 0);
  await clock.advance(0);
  t.strictSame(requests(), [[99, 3, 1, 2]]);
});

void test('one request at a time: what comes meanwhile goes with the next', async (t) => {
  const first = new Later();
  const { add, batcher, clock, requests } = rig([first.answer]);
  add(range(1, 10));
  await clock.advance(0);
  add(range(11, 30));
  await clock.advance(5_000);
  t.strictSame(requests(), [range(1, 10)]);
  t.equal(batcher.inFlight, 10);
  t.equal(batcher.queued, 20);
  first.resolve(ACCEPTED);
  await clock.advance(0);
  t.strictSame(requests(), [range(1, 10), range(11, 30)]);
});

void test('a backlog goes out at once, 50 in a request, the rest after flushInterval', async (t) => {
  const { add, clock, requests, times } = rig();
  add(range(1, 105));
  await clock.advance(0);
  t.strictSame(requests(), [range(1, 50), range(51, 100)]);
  await clock.advance(2_000);
  t.strictSame(requests().slice(2), [range(101, 105)]);
  t.strictSame(times(), [0, 0, 2_000]);
});

void test('a larger batchSize makes larger requests, of 100 events at most', async (t) => {
  const cases: readonly [number, number][] = [
    [1, 50],
    [50, 50],
    [80, 80],
    [100, 100],
    [500, 100],
  ];
  await Promise.all(
    cases.map(async ([batchSize, size]) => {
      const { add, clock, sender } = rig([], { batchSize });
      add(range(1, 600));
      await clock.advance(0);
      t.equal(sender.sent[0]?.events.length, size, `batchSize ${batchSize}`);
    }),
  );
});

void test('a request has at most 500,000 bytes, brackets and commas included', async (t) => {
  const { batcher, clock, sender } = rig();
  // 10 events: 2 brackets, 9 commas, 499,989 bytes.
  for (let i = 0; i < 9; i++) batcher.add(digits(50_000), { lane: 1 });
  batcher.add(digits(49_989), { lane: 1 });
  await clock.advance(0);
  t.strictSame(
    sender.sent.map(({ bytes }) => bytes),
    [500_000],
  );
  for (let i = 0; i < 9; i++) batcher.add(digits(50_000), { lane: 1 });
  batcher.add(digits(49_990), { lane: 1 });
  await clock.advance(2_000);
  t.strictSame(
    sender.sent.map(({ bytes }) => bytes),
    [500_000, 450_010, 49_992],
  );
});

void test('a queue that is half full of bytes does not wait for more events', async (t) => {
  const { add, clock, requests } = rig([], { maxQueueBytes: 12 });
  add([111, 222]);
  await clock.advance(0);
  t.strictSame(requests(), [[111, 222]]);
});

void test('a batchSize beyond the size of the queue is reached all the same', async (t) => {
  const { add, clock, counters, requests } = rig([], { maxQueueSize: 3, batchSize: 10 });
  add([1, 2, 3]);
  await clock.advance(0);
  t.strictSame(requests(), [[1, 2, 3]]);
  t.equal(counters.delivered, 3);
});

void test('events that were tried once do not wait for flushInterval again', async (t) => {
  const { add, batcher, clock, times } = rig([FAILED]);
  add([1]);
  void batcher.flush(100);
  await clock.advance(300);
  t.strictSame(times(), [0, 200]);
});

void test('a limit below batchSize is enough for a request', async (t) => {
  const { add, clock, requests } = rig([rateLimited(10_000, 5)]);
  add(range(1, 10));
  await clock.advance(0);
  t.strictSame(requests(), [range(1, 10), range(1, 5)]);
  await clock.advance(10_000);
  t.strictSame(requests().at(-1), range(6, 10), 'the next minute');
  add(range(11, 15));
  await clock.advance(60_000);
  t.strictSame(requests().at(-1), range(11, 15));
});

void test('requests are made in the async context of the batcher, not of who adds', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const { add, clock } = rig(() => {
    seen.push(storage.getStore());
    return ACCEPTED;
  });
  storage.run('request 1', () => add(range(1, 10)));
  await clock.advance(0);
  storage.run('request 2', () => add([11]));
  await clock.advance(2_000);
  t.strictSame(seen, [undefined, undefined]);
});

// What it makes of answers

void test('after a failure the same events are tried again, later and later', async (t) => {
  const { add, clock, counters, requests, times } = rig([FAILED, FAILED, FAILED]);
  add(range(1, 10));
  await clock.advance(60_000);
  t.strictSame(times(), [0, 200, 600, 1_400]);
  t.strictSame(requests(), [range(1, 10), range(1, 10), range(1, 10), range(1, 10)]);
  t.match(counters, { delivered: 10, requests: 4 });
});

void test('what came during an outage follows in order, a fatal error goes first', async (t) => {
  const { add, clock, requests } = rig([FAILED]);
  add(range(1, 10));
  await clock.advance(0);
  add(range(11, 12));
  add([99], 0);
  await clock.advance(199);
  t.equal(requests().length, 1, 'not even the fatal error goes before the wait is over');
  await clock.advance(1);
  t.strictSame(requests()[1], [99, ...range(1, 12)]);
});

void test('the bound of the queue holds for events that have to be sent again', async (t) => {
  const first = new Later();
  const { add, batcher, clock, counters, requests } = rig([first.answer], { maxQueueSize: 10 });
  add(range(1, 10), 2);
  await clock.advance(0);
  add(range(11, 14), 2);
  add(range(21, 23), 1);
  t.equal(batcher.inFlight, 10);
  t.equal(batcher.queued, 7, 'what is in flight comes on top');
  first.resolve(FAILED);
  await clock.advance(0);
  t.equal(batcher.queued, 10);
  t.equal(counters.dropped.queue_full, 7);
  await clock.advance(200);
  t.strictSame(requests()[1], [...range(21, 23), ...range(8, 14)]);
});

void test('an answer that asks for a longer wait gets it', async (t) => {
  const { add, batcher, clock, times } = rig([{ ...FAILED, retryAfterMs: 7_000 }]);
  add(range(1, 10));
  await clock.advance(0);
  const flush = watch(batcher.flush(60_000));
  await clock.advance(60_000);
  t.strictSame(times(), [0, 7_000], 'also while somebody waits');
  t.equal(flush.value, true);
});

void test('an answer that asks for no wait gets the usual one', async (t) => {
  const { add, clock, times } = rig([{ ...FAILED, retryAfterMs: 0 }]);
  add(range(1, 10));
  await clock.advance(60_000);
  t.strictSame(times(), [0, 200]);
});

void test('a success ends what failures and pauses have built up', async (t) => {
  const { add, clock, times } = rig([FAILED, FAILED, ACCEPTED, FAILED, PAUSED, ACCEPTED, PAUSED]);
  add(range(1, 10));
  await clock.advance(1_000);
  t.strictSame(times(), [0, 200, 600]);
  add(range(1, 10));
  await clock.advance(61_000);
  t.strictSame(times().slice(3), [1_000, 1_200, 61_200]);
  add(range(1, 10));
  await clock.advance(60_000);
  t.strictSame(times().slice(6), [62_000, 122_000]);
});

void test('a long outage is told once, and its end', async (t) => {
  const { add, clock, reports, times } = rig(Array.from({ length: 12 }, () => FAILED));
  add(range(1, 10));
  await clock.advance(25_399);
  t.equal(times().length, 7);
  t.strictSame(reports, [], 'a restart is not worth a line');
  await clock.advance(1);
  t.equal(reports.length, 1);
  await clock.advance(300_000);
  t.strictSame(reports, [
    'ErrSight cannot be reached (ECONNREFUSED); events are held',
    'ErrSight takes events again',
  ]);
});

void test('a sender that throws or rejects is a failure like others', async (t) => {
  let calls = 0;
  const { add, clock, counters } = rig(() => {
    if (++calls < 3) throw new Error('defect');
    return ACCEPTED;
  });
  add(range(1, 10));
  await clock.advance(600);
  t.match(counters, { delivered: 10, requests: 3 });
});

void test('at the rate limit ever smaller requests use up what is left of the minute', async (t) => {
  // 60 a minute, of which others have used 20; the clock starts with the minute.
  let left = 40;
  let minute = 0;
  const { add, clock, counters, requests, sender } = rig(({ at, events }) => {
    if (Math.floor(at / 60_000) > minute) {
      minute = Math.floor(at / 60_000);
      left = 60;
    }
    if (events.length > left) return rateLimited(60_000 - (at % 60_000), 60);
    left -= events.length;
    return ACCEPTED;
  });
  add(range(1, 100));
  await clock.advance(0);
  t.strictSame(
    requests().map(({ length }) => length),
    [50, 25, 24, 12, 11, 5, 2, 2, 1],
  );
  t.equal(counters.delivered, 40, 'all that the minute had');
  await clock.advance(59_999);
  t.equal(sender.sent.length, 9);
  await clock.advance(1);
  t.strictSame(sender.sent[9]?.events, range(41, 90), 'the whole size again');
  t.strictSame(
    requests()
      .slice(10)
      .map(({ length }) => length),
    [10],
  );
  t.equal(counters.delivered, 100);
});

void test('a limit that was told bounds all later requests', async (t) => {
  const { add, clock, requests, times } = rig([rateLimited(10_000, 20)]);
  add(range(1, 90));
  await clock.advance(200_000);
  t.strictSame(
    requests().map(({ length }) => length),
    [50, 20, 20, 20, 20, 10],
  );
  t.strictSame(times(), [0, 0, 10_000, 70_000, 130_000, 190_000], 'and all those of a minute');
});

void test('a request beyond the whole limit is tried again with all of it', async (t) => {
  const { add, clock, requests } = rig([rateLimited(10_000, 40), rateLimited(10_000)]);
  add(range(1, 50));
  await clock.advance(0);
  t.strictSame(
    requests().map(({ length }) => length),
    [50, 40, 20, 19],
    'others use the limit too: 39 places are left at most',
  );
  await clock.advance(10_000);
  t.equal(requests()[4]?.length, 11);
});

void test('when its wait is over, so is the smaller size, to the millisecond', async (t) => {
  // Retry-After is rounded up, so the first can end after the second.
  const { add, clock, requests } = rig([rateLimited(10_000), rateLimited(9_500)]);
  add([1, 2]);
  await clock.advance(2_000);
  add([3]);
  await clock.advance(9_500);
  t.strictSame(requests(), [[1, 2], [1], [1, 2, 3]]);
});

void test('when a single event is refused, it waits exactly as long as told', async (t) => {
  const waits: readonly [Outcome, number][] = [
    [rateLimited(17_000), 17_000],
    [rateLimited(undefined), 60_000],
    [rateLimited(0), 1_000],
  ];
  await Promise.all(
    waits.map(async ([outcome, wait]) => {
      const { add, clock, times } = rig([outcome]);
      add([1], 0);
      await clock.advance(wait - 1);
      t.strictSame(times(), [0]);
      await clock.advance(1);
      t.strictSame(times(), [0, wait]);
    }),
  );
});

void test('the smaller size ends with the minute, even if no single event was refused', async (t) => {
  const { add, clock, requests } = rig([rateLimited(5_000)]);
  add(range(1, 25), 0);
  await clock.advance(0);
  t.strictSame(
    requests().map(({ length }) => length),
    [25, 12, 12, 1],
  );
  await clock.advance(5_000);
  add(range(1, 25), 0);
  await clock.advance(0);
  t.equal(requests().at(-1)?.length, 25);
});

void test('a paused project is asked after 1, 2, 4, 8, 10, 10 minutes, and told once', async (t) => {
  const { add, clock, counters, reports, times } = rig(Array.from({ length: 6 }, () => PAUSED));
  add(range(1, 10));
  await clock.advance(3_600_000);
  t.strictSame(
    times().map((at) => at / 60_000),
    [0, 1, 3, 7, 15, 25, 35],
  );
  t.equal(counters.delivered, 10);
  t.strictSame(reports, [
    'the project is paused in ErrSight; events are held until it is resumed',
    'ErrSight takes events again',
  ]);
});

void test('a refused key is told once, and asked about with a single event', async (t) => {
  const { add, clock, counters, reports, requests, times } = rig([
    UNKNOWN_KEY,
    UNKNOWN_KEY,
    UNKNOWN_KEY,
  ]);
  add(range(1, 30));
  await clock.advance(0);
  add(range(31, 60));
  add([99], 0);
  await clock.advance(420_000 - 1);
  t.strictSame(times(), [0, 60_000, 180_000]);
  t.strictSame(requests().slice(1), [[99], [99]]);
  t.equal(reports.length, 1);
  t.match(reports[0], /API key \(401\).*events are held/);

  await clock.advance(1);
  t.strictSame(times(), [0, 60_000, 180_000, 420_000, 420_000, 420_000]);
  t.equal(counters.delivered, 61, 'a rotated key costs nothing that was queued');
  t.equal(reports[1], 'ErrSight takes events again');
});

void test('an outage does not hide that the key was refused', async (t) => {
  const { add, clock, reports, requests } = rig([UNKNOWN_KEY, FAILED, FAILED, UNKNOWN_KEY]);
  add(range(1, 10));
  await clock.advance(600_000);
  t.strictSame(
    requests().map(({ length }) => length),
    [10, 1, 1, 1, 1, 9],
  );
  t.equal(reports.length, 2);
});

void test('each refusal has its own message', async (t) => {
  const { add, clock, reports } = rig(
    [401, 403, 404].map((status): Outcome => ({ kind: 'refused', status })),
  );
  add([1], 0);
  await clock.advance(600_000);
  t.match(reports, [/\(401\)/, /elp_/, /\(404\)/, /again/]);
});

void test('a poisoned event is found by halves, and it alone is lost', async (t) => {
  const { add, batcher, clock, counters, known, reports, requests } = rig(({ events }) =>
    events.includes(30) ? INVALID : ACCEPTED,
  );
  add(range(1, 50));
  await clock.advance(0);
  t.match(counters, { delivered: 49, dropped: { rejected: 1 } });
  t.strictSame(
    requests().map(({ length }) => length),
    [50, 25, 13, 7, 4, 2, 1, 20],
  );
  t.equal(batcher.queued, 0);
  t.equal(known(), 50);
  t.strictSame(reports, ['ErrSight could not read an event, which is lost (unexpected token)']);
});

void test('each poisoned event is told: how often a kind is printed the reporter knows', async (t) => {
  const { add, clock, counters, reports } = rig(({ events }) =>
    events.some((event) => event % 3 === 0) ? INVALID : ACCEPTED,
  );
  add(range(1, 60));
  await clock.advance(300_000);
  t.match(counters, { delivered: 40, dropped: { rejected: 20 } });
  t.equal(reports.length, 20);
});

const isRefused = (events: readonly number[]): boolean => events.some((n) => n % 10 === 0);

for (const [what, outcome] of [
  ['cannot be read', INVALID],
  ['is too large', TOO_LARGE],
] as const) {
  void test(`every tenth event ${what}: about one refusal a second`, async (t) => {
    const { add, clock, counters, requests } = rig(
      ({ events }) => (isRefused(events) ? outcome : ACCEPTED),
      { shrink: () => Buffer.from('1') },
    );
    for (let second = 0; second < 60; second += 1) {
      add(range(second * 20 + 1, second * 20 + 20));
      await clock.advance(1_000);
    }
    t.ok(requests().filter(isRefused).length < 90, `${requests().filter(isRefused).length}`);
    await clock.advance(1_000_000);
    t.equal(counters.delivered, outcome === INVALID ? 1_080 : 1_200);
  });
}

void test('what is too large goes in halves, and a single event is made smaller', async (t) => {
  const { add, clock, counters, requests } = rig(
    ({ events }) => (events.some((event) => event > 100) ? TOO_LARGE : ACCEPTED),
    { shrink: (bytes) => bytes.subarray(0, -1) },
  );
  add([1, 2, 34_567, 3]);
  await clock.advance(2_000);
  t.strictSame(requests(), [[1, 2, 34_567, 3], [1, 2], [34_567], [3_456], [345], [34], [3]]);
  t.match(counters, { delivered: 4, dropped: { rejected: 0 } });
});

void test('an event that cannot be made smaller is kept aside, and it alone', async (t) => {
  const shrinks: readonly [string, ((bytes: Buffer) => Buffer | undefined) | undefined, object][] =
    [
      ['not at all', () => undefined, {}],
      ['by nothing', (bytes) => bytes, {}],
      ['to more', (bytes) => Buffer.concat([bytes, bytes]), {}],
      ['nobody knows how', undefined, {}],
      [
        'it throws',
        () => {
          throw new Error('defect');
        },
        { internal_error: 1 },
      ],
    ];
  await Promise.all(
    shrinks.map(async ([name, shrink, dropped]) => {
      const { add, batcher, clock, counters, known, reports } = rig(
        ({ events }) => (events.includes(2) ? TOO_LARGE : ACCEPTED),
        shrink === undefined ? {} : { shrink },
      );
      add([1, 2, 3]);
      await clock.advance(2_000);
      t.match(counters, { delivered: 2, dropped: { rejected: 0, ...dropped } }, name);
      t.equal(
        batcher.queued,
        'internal_error' in dropped ? 0 : 1,
        'nobody but ErrSight rejects one',
      );
      t.equal(reports.length, 1, 'and it is told');
      t.equal(known(), 3);
    }),
  );
});

void test('an event that fits no request is made smaller before it is sent', async (t) => {
  const { batcher, clock, counters, sender } = rig([], {
    shrink: (bytes) => bytes.subarray(0, -1),
  });
  batcher.add(digits(500_001), { lane: 0 });
  await clock.advance(0);
  t.strictSame(
    sender.sent.map(({ bytes }) => bytes),
    [500_000],
  );
  t.match(counters, { delivered: 1, requests: 1 });
});

void test('an event that fits no request and cannot be made smaller is lost', async (t) => {
  const { add, batcher, clock, counters, requests } = rig();
  batcher.add(digits(499_999), { lane: 0 });
  const flush = watch(batcher.flush(1_000));
  await clock.advance(0);
  t.equal(flush.value, false);
  add([1]);
  await clock.advance(2_000);
  t.strictSame(requests(), [[1]]);
  t.match(counters, { delivered: 1, dropped: { rejected: 1 } });
});

void test('an aborted request that nobody aborted is tried again', async (t) => {
  const { add, clock, counters } = rig([{ kind: 'aborted' }]);
  add([1], 0);
  await clock.advance(200);
  t.match(counters, { delivered: 1, requests: 2 });
});

void test('a report that throws is nobody’s problem', async (t) => {
  const { add, clock, counters } = rig([PAUSED], {
    report: () => {
      throw new Error('defect');
    },
  });
  add([1], 0);
  await clock.advance(60_000);
  t.equal(counters.delivered, 1);
});

// flush

void test('a flush sends at once, and resolves when all was delivered', async (t) => {
  const first = new Later();
  const { add, batcher, clock, requests } = rig([first.answer]);
  add([1, 2]);
  const flush = watch(batcher.flush(5_000));
  await clock.advance(0);
  t.strictSame(requests(), [[1, 2]]);
  t.equal(flush.value, undefined, 'sent is not delivered');
  first.resolve(ACCEPTED);
  await clock.advance(0);
  t.equal(flush.value, true);
});

void test('a flush with nothing to wait for resolves, whatever its deadline', async (t) => {
  const { batcher, clock } = rig();
  const flushes = [0, -1, Number.NaN, 5_000, Infinity].map((ms) => batcher.flush(ms));
  t.strictSame(await Promise.all(flushes), [true, true, true, true, true]);
  t.equal(clock.pending, 0);
});

void test('a flush covers what is in flight', async (t) => {
  const first = new Later();
  const { add, batcher, clock } = rig([first.answer]);
  add(range(1, 10));
  await clock.advance(0);
  t.equal(batcher.queued, 0);
  const flush = watch(batcher.flush(5_000));
  await clock.advance(100);
  t.equal(flush.value, undefined);
  first.resolve(ACCEPTED);
  await clock.advance(0);
  t.equal(flush.value, true);
});

void test('a flush does not wait for what comes after it', async (t) => {
  const first = new Later();
  const { add, batcher, clock } = rig([first.answer, 'never']);
  add(range(1, 10));
  const one = watch(batcher.flush(5_000));
  await clock.advance(0);
  add([11]);
  const two = watch(batcher.flush(5_000));
  first.resolve(ACCEPTED);
  await clock.advance(0);
  t.strictSame([one.value, two.value], [true, undefined]);
  await clock.advance(5_000);
  t.strictSame([one.value, two.value], [true, false]);
});

void test('a flush waits for the lower lanes, which are sent last', async (t) => {
  const { add, batcher, clock, counters } = rig();
  add([1], 2);
  const flush = batcher.flush(5_000);
  add(range(2, 101), 0);
  await clock.advance(0);
  t.equal(await flush, true);
  t.equal(counters.delivered, 101);
});

void test('at its deadline a flush says false, and the events go on', async (t) => {
  const first = new Later();
  const { add, batcher, clock, counters } = rig([first.answer]);
  add([1]);
  const flush = watch(batcher.flush(1_000));
  await clock.advance(999);
  t.equal(flush.value, undefined);
  await clock.advance(1);
  t.equal(flush.value, false);
  first.resolve(ACCEPTED);
  await clock.advance(0);
  t.equal(counters.delivered, 1);
});

void test('a flush is false if one of its events was lost', async (t) => {
  const { add, batcher, clock } = rig(({ events }) => (events.includes(2) ? INVALID : ACCEPTED));
  add([1, 2, 3]);
  const flush = watch(batcher.flush(1_000));
  await clock.advance(0);
  t.equal(flush.value, false);
});

void test('a loss is told to the next flush, and to no other', async (t) => {
  const { add, batcher, clock } = rig([], { maxQueueSize: 5 });
  add(range(1, 6));
  const first = batcher.flush(1_000);
  await clock.advance(0);
  t.equal(await first, false, 'the first event gave way before');
  add([7]);
  const second = batcher.flush(1_000);
  await clock.advance(0);
  t.equal(await second, true);
});

void test('a later loss is not told to a flush that does not cover it', async (t) => {
  const { add, batcher, clock } = rig(({ events }) => (events.includes(2) ? INVALID : ACCEPTED), {
    batchSize: 1,
  });
  add([1]);
  const first = watch(batcher.flush(1_000));
  add([2]);
  await clock.advance(0);
  t.equal(first.value, true);
  const second = batcher.flush(1_000);
  await clock.advance(0);
  t.equal(await second, false);
});

void test('an event that came after the flush may be lost without harm to it', async (t) => {
  const first = new Later();
  const { add, batcher, clock } = rig([first.answer], { maxQueueSize: 1 });
  add([1]);
  await clock.advance(0);
  const covered = watch(batcher.flush(5_000));
  add([2]);
  add([3]);
  first.resolve(ACCEPTED);
  await clock.advance(0);
  t.equal(covered.value, true);
  const next = batcher.flush(5_000);
  await clock.advance(0);
  t.equal(await next, false, 'the second event gave way');
});

void test('an event that gives way settles the flush that waits for it', async (t) => {
  const { add, batcher, clock } = rig(['never'], { maxQueueSize: 1 });
  add([1]);
  await clock.advance(2_000);
  add([2], 2);
  // In flight is the first event, which this one does not cover.
  const both = watch(batcher.flush(5_000));
  add([3], 1);
  await clock.advance(0);
  t.equal(both.value, undefined, 'the first is still in flight');
  t.equal(batcher.queued, 1);
  await clock.advance(5_000);
  t.equal(both.value, false);
});

void test('while a flush waits, an unreachable server is tried every second at least', async (t) => {
  const { add, batcher, clock, times } = rig(() => FAILED);
  add(range(1, 10));
  await clock.advance(50_000);
  const before = times().length;
  const flush = watch(batcher.flush(5_000));
  await clock.advance(5_000);
  t.ok(times().length >= before + 5, `${times().length - before} times`);
  t.equal(flush.value, false);
});

void test('a flush shortens a wait to a second, and what comes later owes nothing to it', async (t) => {
  const { add, batcher, clock, times } = rig(Array.from({ length: 8 }, () => FAILED));
  add(range(1, 10));
  await clock.advance(25_400);
  t.equal(times().length, 8);
  t.equal(times().at(-1), 25_400, 'the next would be at 51,000');
  const flush = batcher.flush(5_000);
  await clock.advance(1_000);
  t.equal(times().at(-1), 26_400);
  t.equal(await flush, true);
  add(range(11, 20));
  await clock.advance(0);
  t.equal(times().length, 10);
});

void test('however often flush is called, an unreachable server is not hammered', async (t) => {
  const { add, batcher, clock, times } = rig(() => FAILED);
  add(range(1, 10));
  await clock.advance(50_000);
  const before = times().length;
  for (let i = 0; i < 1_000; i++) void batcher.flush(2_000);
  await clock.advance(2_000);
  t.ok(times().length <= before + 3, `${times().length - before} times`);
});

void test('a flush does not hasten a wait that the server asked for', async (t) => {
  const holds: readonly [string, Outcome][] = [
    ['rate limit', rateLimited(30_000)],
    ['pause', PAUSED],
    ['wrong key', UNKNOWN_KEY],
  ];
  await Promise.all(
    holds.map(async ([name, outcome]) => {
      const { add, batcher, clock, times } = rig([outcome]);
      add([1], 0);
      await clock.advance(1);
      const short = watch(batcher.flush(5_000));
      const long = watch(batcher.flush(90_000));
      await clock.advance(5_000);
      t.strictSame(times(), [0], name);
      t.strictSame([short.value, long.value], [false, undefined], name);
      await clock.advance(60_000);
      t.equal(long.value, true, name);
    }),
  );
});

void test('only a flush keeps the process alive, and only until it settles', async (t) => {
  const { add, batcher, clock } = rig([FAILED, 'never']);
  add([1]);
  await clock.advance(0);
  t.strictSame([clock.pending, clock.pendingRefs], [1, 0], 'waiting for more');
  await clock.advance(2_000);
  t.strictSame([clock.pending, clock.pendingRefs], [1, 0], 'waiting to try again');
  const flush = batcher.flush(1_000);
  t.equal(clock.pendingRefs, 1);
  await clock.advance(1_000);
  t.equal(await flush, false);
  t.equal(clock.pending, 0);
});

// close and takeRemaining

void test('close delivers what waits, then lets go of everything', async (t) => {
  const { add, batcher, clock, counters, sender } = rig();
  add(range(1, 120));
  const close = batcher.close(5_000);
  await clock.advance(0);
  t.equal(await close, true);
  t.match(counters, { delivered: 120, dropped: { shutdown: 0 } });
  t.equal(sender.closed, 1);
  t.equal(clock.pending, 0);
});

void test('close has one promise for all who call it', async (t) => {
  const { batcher, sender } = rig();
  const first = batcher.close(5_000);
  t.equal(batcher.close(1), first);
  await first;
  t.equal(batcher.close(1), first);
  t.equal(sender.closed, 1);
});

void test('at its deadline close aborts the request and gives up what is left', async (t) => {
  const { add, batcher, clock, counters, known, sender } = rig(['never']);
  add(range(1, 60));
  await clock.advance(0);
  const close = batcher.close(1_000);
  const flush = batcher.flush(9_000);
  await clock.advance(999);
  t.equal(sender.sent[0]?.signal.aborted, false);
  await clock.advance(1);
  t.strictSame([await close, await flush], [false, false]);
  t.equal(sender.sent[0]?.signal.aborted, true);
  t.match(counters, { delivered: 0, dropped: { shutdown: 60 } });
  t.equal(known(), 60);
  t.equal(clock.pending, 0);
});

void test('an answer that comes after the end changes nothing', async (t) => {
  const first = new Later();
  const { add, batcher, clock, counters, sender } = rig([first.answer]);
  add([1]);
  const close = batcher.close(1_000);
  await clock.advance(1_000);
  t.equal(await close, false);
  first.resolve(FAILED);
  await clock.advance(60_000);
  t.match(counters, { delivered: 0, dropped: { shutdown: 1 } });
  t.equal(sender.sent.length, 1);
  t.equal(clock.pending, 0);
});

void test('what is added while it closes is still sent', async (t) => {
  const first = new Later();
  const { add, batcher, clock, counters } = rig([first.answer]);
  add([1]);
  const close = batcher.close(5_000);
  await clock.advance(100);
  add([2]);
  first.resolve(ACCEPTED);
  await clock.advance(0);
  t.equal(await close, true);
  t.equal(counters.delivered, 2);
});

void test('what is added after the end is lost, and a flush says so', async (t) => {
  const { add, batcher, clock, counters, known, requests } = rig();
  await batcher.close(1_000);
  add([1, 2]);
  t.equal(await batcher.flush(1_000), false);
  await clock.advance(10_000);
  t.equal(counters.dropped.shutdown, 2);
  t.equal(known(), 2);
  t.strictSame(requests(), []);
  t.equal(clock.pending, 0);
});

void test('takeRemaining hands over all that was not delivered, the important first', async (t) => {
  const { add, batcher, clock, known, sender } = rig(['never']);
  add(range(1, 10), 2);
  await clock.advance(0);
  add(range(11, 60), 2);
  add([70], 1);
  add([80], 0);
  const flush = batcher.flush(5_000);
  const close = batcher.close(5_000);
  const remaining = batcher.takeRemaining();
  t.strictSame(
    remaining.map(({ bytes }) => Number(bytes.toString())),
    [80, 70, ...range(1, 60)],
  );
  t.equal(sender.sent[0]?.signal.aborted, true, 'what was in flight is among them');
  t.equal(sender.closed, 1);
  t.equal(clock.pending, 0);
  t.equal(known(), 0, 'the caller counts them');
  t.strictSame(batcher.takeRemaining(), []);
  t.strictSame([await flush, await close], [false, false]);
  t.equal(sender.closed, 1, 'close came too late to close it again');
});

void test('settleRemaining counts what was taken by what became of it', async (t) => {
  const { add, batcher, counters, known } = rig();
  add(range(1, 10));
  const taken = batcher.takeRemaining();
  const lost = batcher.settleRemaining(taken, (index) =>
    index < 5 ? 'delivered' : index < 7 ? 'rejected' : undefined,
  );
  t.equal(lost, 3, 'those that are rejected have a line of their own');
  t.match(counters, { delivered: 5, dropped: { rejected: 2, shutdown: 3 } });
  t.equal(known(), 10);
  t.equal(
    batcher.settleRemaining([], () => undefined),
    0,
    'of nothing, nothing',
  );
});

void test('what is lent and has not arrived waits again, in its place', async (t) => {
  const { add, batcher, clock, counters, known, requests } = rig();
  add(range(1, 4));
  const lent = batcher.lend();
  t.equal(lent.length, 4);
  batcher.takeBack(lent, (index) => (['delivered', 'rejected'] as const)[index]);
  add([5]);
  t.match(counters, { delivered: 1, dropped: { rejected: 1 } });
  t.equal(known(), 5);
  await clock.advance(2_000);
  t.strictSame(requests(), [[3, 4, 5]]);
  await batcher.close(1_000);
  t.strictSame(batcher.lend(), []);
});

void test('who asks for it hears of each item what became of it', async (t) => {
  const heard: unknown[] = [];
  const { add, batcher } = rig([{ kind: 'accepted' }, INVALID], {
    onSettled: (items, fate) =>
      heard.push([items.map(({ bytes }) => Number(bytes.toString())), fate]),
  });
  add([1, 2, 3]);
  await batcher.flush(0);
  add([4]);
  await batcher.flush(0);
  t.strictSame(heard, [
    [[1, 2, 3], 'delivered'],
    [[4], 'rejected'],
  ]);
});

void test('a flush after takeRemaining does not claim what nobody here knows', async (t) => {
  const { add, batcher } = rig();
  add([1]);
  t.equal(batcher.takeRemaining().length, 1);
  t.equal(await batcher.flush(1_000), false);
});

void test('takeRemaining after an idle time, or after close, has nothing', async (t) => {
  const idle = rig();
  t.strictSame(idle.batcher.takeRemaining(), []);
  idle.add([1]);
  t.equal(idle.counters.dropped.shutdown, 1);
  const closed = rig();
  await closed.batcher.close(1_000);
  t.strictSame(closed.batcher.takeRemaining(), []);
});

void test('flush and close answer at once where no request may be made before their deadline', async (t) => {
  const cases: readonly (readonly [name: string, outcome: Outcome])[] = [
    ['an unknown key', UNKNOWN_KEY],
    ['a paused project', PAUSED],
    ['a rate limit', rateLimited(30_000, 0)],
    ['an overloaded proxy', { kind: 'retry', reason: 'HTTP 503', retryAfterMs: 60_000 }],
  ];
  for (const [name, outcome] of cases) {
    const { add, batcher, clock, counters } = rig(() => outcome);
    add([1]);
    const flushed = watch(batcher.flush(5_000));
    await clock.advance(0);
    t.equal(flushed.value, false, `${name}: flush`);
    const patient = watch(batcher.flush(3_600_000));
    await clock.advance(0);
    t.equal(patient.value, undefined, `${name}: there is hope within an hour`);
    const closed = watch(batcher.close(5_000));
    await clock.advance(0);
    t.equal(closed.value, false, `${name}: close`);
    t.equal(counters.dropped.shutdown, 1);
  }
});

void test('repeats that give way are counted where they belong', async (t) => {
  const { add, batcher, counters } = rig([], { maxQueueSize: 2 });
  const repeats: Repeats = { lost: 0 };
  const carrying = { lost: 0 };
  add([1, 2], 2, repeats);
  batcher.add(Buffer.from('3'), { lane: 2, repeats: carrying, carries: 5 });
  t.equal(repeats.lost, 1, 'the oldest');
  batcher.add(Buffer.from('4'), { lane: 0 });
  batcher.add(Buffer.from('5'), { lane: 0 });
  t.equal(repeats.lost, 2);
  t.equal(carrying.lost, 6, 'and what it would have told of');
  t.equal(counters.dropped.queue_full, 3);
});

const SERVER_ERROR: Outcome = { kind: 'retry', reason: 'HTTP 500', status: 500 };

void test('an event that the server fails over holds up no other, and is kept', async (t) => {
  const { add, batcher, clock, counters, known, reports, sender } = rig(({ events }) =>
    events.includes(13) ? SERVER_ERROR : ACCEPTED,
  );
  add(range(1, 40));
  await clock.advance(600_000);
  t.match(counters, { delivered: 39, dropped: { rejected: 0 } });
  t.equal(batcher.queued, 1);
  t.equal(known(), 40);
  const others = sender.sent.filter(({ events }) => !events.includes(13));
  t.strictSame(
    others.flatMap(({ events }) => events).toSorted((a, b) => a - b),
    range(1, 40).filter((event) => event !== 13),
    'each of the others once',
  );
  t.match(reports, [/refuses an event \(HTTP 500\) and lets others pass; it is kept/]);
  add([50]);
  t.equal(await batcher.flush(5_000), false, 'not all has arrived');
  t.equal(counters.delivered, 40);
  t.equal(await batcher.flush(5_000), false, 'which stays true');
  t.equal(await batcher.close(5_000), false);
  t.equal(counters.dropped.shutdown, 1);
});

void test('in an outage that answers 500 to all nothing is lost, however long it lasts', async (t) => {
  let isDown = true;
  const { add, clock, counters, known } = rig(() => (isDown ? SERVER_ERROR : ACCEPTED));
  add(range(1, 40));
  await clock.advance(3_600_000);
  t.match(counters, { delivered: 0, dropped: { rejected: 0 } });
  t.equal(known(), 40);
  isDown = false;
  await clock.advance(60_000);
  t.equal(counters.delivered, 40);
});
