import t from 'tap';
import { type Answer, outcomeOf } from '../../src/delivery/outcome.ts';
import type { Outcome } from '../../src/transport.ts';
import { range, rig, type Rig, type Sent } from './double.ts';

const ACCEPTED: Outcome = { kind: 'accepted' };
const MINUTE = 60_000;
/** A search makes 100 requests a minute; what passes needs no wait. */
const MOST_REFUSED = 101;

function page(status: number): (sent: Sent) => Outcome {
  const answer: Answer = { status, headers: {}, body: '<html>' };
  return ({ events }) => outcomeOf(answer, { count: events.length, resent: 0 });
}

/** A firewall that refuses requests with certain events. */
function firewall(status: number, disliked: readonly number[]): (sent: Sent) => Outcome {
  const refuse = page(status);
  const all = new Set(disliked);
  return (sent) => (sent.events.some((event) => all.has(event)) ? refuse(sent) : ACCEPTED);
}

/** Every `step`th of `count` events. */
function every(step: number, count: number, first = 1): number[] {
  return range(1, count).filter((event) => event % step === first % step);
}

function holds(events: readonly number[], some: readonly number[]): boolean {
  return events.some((event) => some.includes(event));
}

/** The times of the requests that were refused. */
function refusedOf({ sender }: Rig, disliked: readonly number[]): number[] {
  const refused = sender.sent.filter(({ events }) => holds(events, disliked));
  return refused.map(({ at }) => at);
}

/** The most of these times in any minute. */
function mostInAMinute(times: readonly number[]): number {
  return Math.max(...times.map((at) => times.filter((t) => t >= at && t < at + MINUTE).length));
}

const CASES: readonly (readonly [
  what: string,
  count: number,
  disliked: readonly number[],
  seconds: number,
])[] = [
  ['the first of 30', 30, [1], 5],
  ['one in the middle of 30', 30, [15], 5],
  ['the last of 60', 60, [60], 5],
  ['2 of 10', 10, [3, 7], 5],
  ['2 of 60', 60, [1, 31], 8],
  ['every tenth of 60', 60, every(10, 60), 20],
  ['every tenth of 60, from the middle', 60, every(10, 60, 5), 20],
  ['6 of 60 side by side', 60, range(21, 26), 20],
  ['the first 6 of 60', 60, range(1, 6), 20],
  ['the last 6 of 60', 60, range(55, 60), 20],
  ['every fifth of 60', 60, every(5, 60), 30],
  ['12 of 60 here and there', 60, [2, 3, 9, 17, 18, 24, 31, 38, 39, 47, 52, 60], 30],
  ['the first 12 of 60', 60, range(1, 12), 30],
  ['every second of 60', 60, every(2, 60), 60],
  ['every tenth of 600', 600, every(10, 600), 180],
];

for (const status of [400, 403, 422]) {
  for (const [what, count, disliked, seconds] of CASES) {
    t.test(`${status} for ${what}: the others arrive within ${seconds} s`, async (t) => {
      const made = rig(firewall(status, disliked));
      made.add(range(1, count), 1);
      await made.clock.advance(seconds * 1_000);
      t.equal(made.counters.delivered, count - disliked.length);
      t.equal(made.known(), count);
      await made.clock.advance(10 * MINUTE);
      t.equal(made.counters.delivered, count - disliked.length);
      t.equal(made.batcher.queued, disliked.length);
      const refused = refusedOf(made, disliked);
      t.ok(mostInAMinute(refused) <= MOST_REFUSED, `${mostInAMinute(refused)} in a minute`);
      t.ok(refused.length <= 6 + 7 * disliked.length, `${refused.length} requests in vain`);
    });
  }
}

t.test('new events pass soon although some are kept aside', async (t) => {
  const disliked = every(5, 60);
  const made = rig(firewall(403, disliked));
  made.add(range(1, 60), 1);
  await made.clock.advance(60_000);
  for (let n = 100; n < 110; n++) {
    made.add([n], 1);
    await made.clock.advance(3_000);
    t.equal(made.counters.delivered, 48 + n - 99);
  }
  const lines = made.reports.filter((line) => /refuses an event/.test(line));
  t.equal(lines.length, disliked.length, 'each is told once');
  t.notMatch(made.reports.join('\n'), /cannot be reached/);
});

for (const [what, answer] of [
  ['403', page(403)],
  ['400', page(400)],
  ['422', page(422)],
  ['503', page(503)],
] as const) {
  t.test(`a gateway that always answers ${what} gets few requests`, async (t) => {
    const made = rig(answer);
    made.add(range(1, 60), 1);
    await made.clock.advance(MINUTE);
    t.ok(made.sender.sent.length <= 30, `${made.sender.sent.length} requests in the first minute`);
    const before = made.sender.sent.length;
    await made.clock.advance(10 * MINUTE);
    const more = made.sender.sent.length - before;
    t.ok(more <= 21, `${more} requests in the next ten`);
    t.equal(made.batcher.queued, 60);
    t.notMatch(made.reports.join('\n'), /refuses an event/);
  });

  t.test(`a gateway that begins to answer ${what} in a search gets few requests`, async (t) => {
    const refuse = firewall(403, every(5, 60));
    const made = rig((sent) => (sent.at < 6_000 ? refuse(sent) : answer(sent)));
    made.add(range(1, 60), 1);
    await made.clock.advance(6_000);
    t.ok(made.counters.delivered > 0);
    const before = made.sender.sent.length;
    await made.clock.advance(MINUTE);
    const most = 45;
    const during = made.sender.sent.length - before;
    t.ok(during <= most, `${during} requests in the first minute`);
    await made.clock.advance(10 * MINUTE);
    const more = made.sender.sent.length - before - during;
    t.ok(more <= 30, `${more} requests in the next ten`);
    t.equal(made.known(), 60);
  });
}

for (const [what, count, disliked] of CASES) {
  t.test(`the end of the process, with ${what} refused, brings the others`, async (t) => {
    const made = rig(firewall(403, disliked));
    made.add(range(1, count), 1);
    const closed = made.batcher.close(30_000);
    await made.clock.advance(count > 60 ? 15_000 : 5_000);
    t.equal(made.counters.delivered, count - disliked.length);
    await made.clock.advance(30_000);
    t.equal(await closed, false);
    t.equal(made.counters.dropped.shutdown, disliked.length);
  });
}

t.test('a signal has little time too, and only flushes', async (t) => {
  const disliked = every(5, 60);
  for (const isEnding of [true, false]) {
    const made = rig(firewall(403, disliked), { isEnding: () => isEnding });
    made.add(range(1, 60), 1);
    const flushed = made.batcher.flush(5_000);
    await made.clock.advance(5_000);
    t.equal(await flushed, false);
    t.equal(made.counters.delivered === 48, isEnding);
  }
});

t.test('who sends the rest at the end goes on with the search of others', async (t) => {
  const disliked = every(5, 60);
  const first = rig(firewall(403, disliked));
  first.add(range(1, 60), 1);
  await first.clock.advance(8_000);
  const rest = first.batcher.takeRemaining();
  const suspects = rest.filter(({ refusals }) => refusals > 1);
  t.ok(suspects.length > 2);
  t.ok(first.counters.delivered > 0);

  const next = rig(firewall(403, disliked), { known: first.batcher.knowledge });
  for (const { bytes, lane, refusals } of rest) {
    next.batcher.add(bytes, { lane, refusals: Math.min(refusals, 2) });
  }
  const closed = next.batcher.close(5_000);
  await next.clock.advance(2_000);
  t.equal(first.counters.delivered + next.counters.delivered, 48);
  const [firstTry] = next.requests();
  t.ok((firstTry?.length ?? 60) < 30, 'not the whole batch');
  const known = suspects.map(({ bytes }) => Number(bytes.toString()));
  const tries = next.requests();
  const lastToPass = tries.findLastIndex((events) => !holds(events, disliked));
  const firstSuspect = tries.findIndex((events) => holds(events, known));
  t.ok(firstSuspect > lastToPass, 'suspects come last');
  await next.clock.advance(5_000);
  t.equal(await closed, false);
});
