import t from 'tap';
import { type Answer, type Answered, outcomeOf } from '../../src/delivery/outcome.ts';
import type { Outcome } from '../../src/transport.ts';
import { range, rig, type Sent } from './double.ts';

function said(status: number, body: string): (sent: Sent) => Outcome {
  const answer: Answer = { status, headers: {}, body };
  return ({ events }) => outcomeOf(answer, { count: events.length, resent: 0 });
}

const ACCEPTED: Outcome = { kind: 'accepted' };

const GATEWAYS: readonly (readonly [what: string, (sent: Sent) => Outcome])[] = [
  ['400 with an error of its own', said(400, '{"error":"upstream is starting"}')],
  ['400 with a page', said(400, '<html>')],
  ['422 with an error', said(422, '{"error":"no"}')],
  ['403 with a page', said(403, '<html>')],
  ['406', said(406, '')],
  ['500', said(500, '')],
  ['502', said(502, '<html>')],
  ['503', said(503, '<html>')],
  ['405 with a page', said(405, '<html>')],
  ['200 with a page', said(200, '<html>')],
  ['302', said(302, '')],
  ['202 without a count', said(202, '')],
  ['413 with a page', said(413, '<html>')],
  ['a connection that is cut off', () => ({ kind: 'retry', reason: 'ECONNRESET', cutOff: true })],
];

for (const [what, answer] of GATEWAYS) {
  t.test(`a gateway that answers ${what} for 3 s costs no event, and few requests`, async (t) => {
    const made = rig((sent) => (sent.at < 3_000 ? answer(sent) : ACCEPTED));
    made.add(range(1, 2_000), 2);
    await made.clock.advance(2_999);
    // A gateway's bound on the size is found by halves, seven of them without a wait.
    const most = what.startsWith('413') ? 12 : 8;
    t.ok(made.sender.sent.length <= most, `${made.sender.sent.length} requests in vain`);
    await made.clock.advance(600_000);
    t.match(made.counters, { delivered: 2_000, dropped: { rejected: 0, queue_full: 0 } });
    t.equal(new Set(made.sender.sent.flatMap(({ events }) => events)).size, 2_000);
  });

  t.test(`one event that gets ${what} is kept aside, and told of, while others pass`, async (t) => {
    let dislikes = true;
    const made = rig((sent) => (dislikes && sent.events.includes(7) ? answer(sent) : ACCEPTED));
    made.add([0], 1);
    await made.clock.advance(2_000);
    made.add(range(1, 100), 2);
    await made.clock.advance(600_000);
    t.equal(made.counters.delivered, 100);
    t.equal(made.batcher.queued, 1);
    t.equal(made.reports.filter((line) => /refuses an event/.test(line)).length, 1);
    const before = made.sender.sent.length;
    made.add(range(201, 220), 2);
    await made.clock.advance(3_600_000);
    t.ok(made.sender.sent.length - before <= 10, 'it is tried again every ten minutes');
    t.equal(made.counters.delivered, 120);
    dislikes = false;
    await made.clock.advance(600_000);
    t.equal(made.counters.delivered, 121, 'in the end it arrives');
    const flushed = made.batcher.flush(1_000);
    await made.clock.advance(0);
    t.equal(await flushed, true);
  });

  t.test(
    `where all events get ${what} for a day, requests are few and nothing is lost`,
    async (t) => {
      const made = rig(answer);
      made.add(range(1, 50), 2);
      await made.clock.advance(86_400_000);
      t.ok(made.sender.sent.length < 24 * 60 * 5, `${made.sender.sent.length} requests a day`);
      t.equal(made.batcher.queued, 50);
    },
  );
}

t.test(
  'a 403 in the form of ErrSight that is about the very first event holds up no other',
  async (t) => {
    const refuse = said(403, '{"error":"Forbidden"}');
    const made = rig((sent) => (sent.events.includes(1) ? refuse(sent) : ACCEPTED));
    made.add(range(1, 21), 2);
    await made.clock.advance(120_000);
    t.equal(made.counters.delivered, 20);
    t.equal(made.batcher.queued, 1);
    t.ok(made.reports.includes('ErrSight takes events again'));
  },
);

t.test('a key that may not write costs few requests and no event', async (t) => {
  const made = rig(said(403, '{"error":"this key can only read"}'));
  made.add(range(1, 200), 2);
  await made.clock.advance(3_600_000);
  t.ok(made.sender.sent.length <= 13, `${made.sender.sent.length} requests`);
  t.equal(made.batcher.queued, 200);
  t.match(made.reports, [/elp_/]);
});

t.test('what was learned of the server is known to the next sender of the process', async (t) => {
  const refuse = said(403, '{"error":"Forbidden"}');
  const slow: Outcome = { kind: 'retry', reason: 'late', timedOut: true };
  const first = rig(({ events }) => (events.length > 10 ? slow : ACCEPTED));
  first.add(range(1, 40), 2);
  await first.clock.advance(60_000);
  t.equal(first.counters.delivered, 40);
  const { knowledge: known } = first.batcher;
  const next = rig((sent) => (sent.events.includes(7) ? refuse(sent) : ACCEPTED), { known });
  next.add(range(1, 40), 2);
  const closed = next.batcher.close(5_000);
  await next.clock.advance(5_000);
  t.equal(await closed, false);
  t.equal(next.counters.delivered, 39, 'a refused event is looked for at once');
  t.ok(
    next.requests().every(({ length }) => length <= 20),
    'and a slow line spared',
  );
});

t.test('ErrSight rejecting each event by its own words is not asked in a loop', async (t) => {
  const made = rig(said(400, '{"error":"no","code":"INVALID_JSON"}'));
  made.add(range(1, 2_000), 2);
  await made.clock.advance(3_000);
  t.ok(made.sender.sent.length <= 20, `${made.sender.sent.length} requests in 3 s`);
  await made.clock.advance(60_000);
  t.ok(made.sender.sent.length <= 40, `${made.sender.sent.length} requests in a minute`);
  t.equal(made.known(), 2_000);
});

t.test('one unreadable event among many is found at once', async (t) => {
  const rejects = said(400, '{"status":400,"error":"Bad Request"}');
  const made = rig((sent) => (sent.events.includes(33) ? rejects(sent) : ACCEPTED));
  made.add(range(1, 50), 1);
  await made.clock.advance(0);
  t.match(made.counters, { delivered: 49, dropped: { rejected: 1 } });
});

t.test('on a slow line requests get smaller until one passes, and then larger again', async (t) => {
  let most = 6;
  const made = rig(({ events }) =>
    events.length > most ? { kind: 'retry', reason: 'no answer', timedOut: true } : ACCEPTED,
  );
  made.add(range(1, 200), 1);
  await made.clock.advance(300_000);
  t.equal(made.counters.delivered, 200);
  most = 100;
  made.add(range(1, 600), 1);
  await made.clock.advance(60_000);
  const sizes = made.requests().map(({ length }) => length);
  t.strictSame(sizes.slice(0, 4), [50, 25, 12, 6]);
  t.ok(sizes.slice(-5).includes(50), 'the whole size again');
});

t.test('a line that never answers in time does not get the same events thirty times', async (t) => {
  const stored = new Map<number, number>();
  const made = rig(({ events }) => {
    for (const event of events) stored.set(event, (stored.get(event) ?? 0) + 1);
    return events.length > 2 ? { kind: 'retry', reason: 'no answer', timedOut: true } : ACCEPTED;
  });
  made.add(range(1, 50), 1);
  await made.clock.advance(600_000);
  t.equal(made.counters.delivered, 50);
  t.ok(Math.max(...stored.values()) <= 25, `${Math.max(...stored.values())} times at most`);
  const sum = [...stored.values()].reduce((a, b) => a + b, 0);
  t.ok(sum <= 50 * 4, `${sum} for 50 events`);
});

t.test('one event that is never answered in time is not stored every few seconds', async (t) => {
  let tries = 0;
  const made = rig(({ events }) => {
    if (!events.includes(7)) return ACCEPTED;
    tries += 1;
    return { kind: 'retry', reason: 'no answer', timedOut: true };
  });
  made.add(range(1, 60), 1);
  await made.clock.advance(600_000);
  t.equal(made.counters.delivered, 59);
  // Six of them look for it among the others.
  t.ok(tries <= 14, `${tries} times in ten minutes`);
  await made.clock.advance(3_600_000);
  t.ok(tries <= 22, `${tries} times in the next hour`);
});

t.test('a trouble that comes back within its minute is the last word', async (t) => {
  const paused = { from: 0, to: 0 };
  const made = rig(({ at }): Outcome =>
    at >= paused.from && at < paused.to ? { kind: 'refused', status: 401 } : ACCEPTED,
  );
  paused.to = 10_000;
  made.add([1], 0);
  // The second try, after a minute, passes, and the next trouble begins.
  await made.clock.advance(60_000);
  t.equal(made.counters.delivered, 1);
  t.match(made.reports, [/401/, /takes events again/]);
  Object.assign(paused, { from: 60_001, to: 1e9 });
  await made.clock.advance(10);
  made.add([2], 0);
  await made.clock.advance(1_000);
  t.match(made.reports, [/401/, /again/, /401/]);
});

t.test('the end of a trouble is told after a minute, or at the end of the process', async (t) => {
  const cut: Outcome = { kind: 'retry', reason: 'HTTP 503', status: 503 };
  const made = rig(
    Array.from({ length: 10 }, () => cut),
    { random: () => 0 },
  );
  made.add([1], 0);
  await made.clock.advance(10);
  t.equal(made.counters.delivered, 1);
  t.match(made.reports, [/cannot be reached/]);
  await made.clock.advance(60_000);
  t.match(made.reports, [/cannot be reached/, /takes events again/]);

  const closed = rig(
    Array.from({ length: 10 }, () => cut),
    { random: () => 0 },
  );
  closed.add([1], 0);
  await closed.clock.advance(10);
  const end = closed.batcher.close(1_000);
  await closed.clock.advance(0);
  t.equal(await end, true);
  t.match(closed.reports, [/cannot be reached/, /takes events again/]);
});

const UNCONFIRMED: Outcome = { kind: 'retry', reason: 'HTTP 202', status: 202 };
const FIRST_ANSWERS: readonly (readonly [what: string, answer: Answered, known: number])[] = [
  ['none', { kind: 'retry', reason: 'reset' }, 10],
  ['none that can be read', UNCONFIRMED, 10],
  ['that it has taken none', { ...UNCONFIRMED, taken: 0 }, 0],
  ['that it has taken three', { ...UNCONFIRMED, taken: 3 }, 3],
  ['the rate limit', { kind: 'rate_limited', retryAfterMs: 1_000, limit: undefined }, 0],
  ['that it is paused', { kind: 'paused' }, 0],
];

for (const [what, first, known] of FIRST_ANSWERS) {
  t.test(`the answer was ${what}: ErrSight may have ${known} of 10 events`, async (t) => {
    const resents: (number | undefined)[] = [];
    const outcomes = [first];
    const made = rig([], {
      sender: {
        send: (_body, _count, _signal, resent) => {
          resents.push(resent);
          return Promise.resolve(outcomes.shift() ?? ACCEPTED);
        },
        close: () => undefined,
      },
    });
    made.add(range(1, 10), 1);
    await made.clock.advance(0);
    made.add(range(11, 15), 1);
    await made.clock.advance(60_000);
    t.strictSame(resents.slice(0, 2), [0, known]);
  });
}

t.test('a server that says of each request that it has taken none has none', async (t) => {
  const answer = { status: 202, headers: {}, body: '{"status":"accepted","queued":0}' };
  const made = rig([], {
    sender: {
      send: (_body, count, _signal, resent = 0) =>
        Promise.resolve(outcomeOf(answer, { count, resent })),
      close: () => undefined,
    },
  });
  made.add([1]);
  const flushed = made.batcher.flush(8_000);
  await made.clock.advance(60_000);
  t.equal(await flushed, false);
  t.match(made.counters, { delivered: 0 });
  t.equal(made.batcher.queued, 1);
  t.match(made.reports, [/HTTP 202 that does not confirm the events/]);
});

const SILENT: Outcome = { kind: 'retry', reason: 'no answer', timedOut: true };

t.test(
  'that nothing arrives for half a minute is told, however few requests there were',
  async (t) => {
    for (const outcome of [
      SILENT,
      { kind: 'too_large' } as const,
      { kind: 'retry', reason: 'x' } as const,
    ]) {
      const { add, clock, reports } = rig(() => outcome);
      add([1]);
      await clock.advance(20_000);
      t.strictSame(reports, []);
      await clock.advance(15_000);
      t.equal(reports.length, 1, outcome.kind);
      t.match(reports[0], /^ErrSight .*; events are held$/);
    }
  },
);

t.test('a new fatal error shows that a silent server is back', async (t) => {
  let isBack = false;
  const { add, clock, counters } = rig(() => (isBack ? ACCEPTED : SILENT));
  add([1]);
  // The next try is up to two minutes away.
  await clock.advance(200_000);
  isBack = true;
  const { requests } = counters;
  add([2], 0);
  await clock.advance(2_000);
  t.equal(counters.delivered, 2);
  t.ok(counters.requests > requests);
});

t.test('without any news a silent server is tried every two minutes', async (t) => {
  const { add, clock, counters } = rig(() => SILENT);
  add([1]);
  await clock.advance(600_000);
  t.ok(counters.requests <= 10, `${counters.requests} requests`);
  const before = counters.requests;
  await clock.advance(600_000);
  t.ok(counters.requests - before <= 6, `${counters.requests - before} requests`);
});

t.test('that an event was lost which had been kept aside is told to the next flush', async (t) => {
  const refuse = said(403, '<html>');
  const world = { isUp: true };
  const made = rig(
    (sent) =>
      sent.events.includes(7)
        ? refuse(sent)
        : world.isUp
          ? ACCEPTED
          : { kind: 'retry', reason: 'x' },
    { maxQueueSize: 10 },
  );
  made.add(range(1, 9), 4);
  await made.clock.advance(60_000);
  t.equal(made.counters.delivered, 8);
  world.isUp = false;
  made.add(range(101, 110), 2);
  t.equal(made.counters.dropped.queue_full, 1);
  world.isUp = true;
  await made.clock.advance(60_000);
  t.equal(made.counters.delivered, 18);
  t.equal(await made.batcher.flush(1_000), false, 'lost since the last flush');
  t.equal(await made.batcher.flush(1_000), true);
});
