import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'tap';
import type { Outcome } from '../../src/delivery/outcome.ts';
import type { Lane } from '../../src/delivery/lanes.ts';
import { rig, type Rig, type Sent } from './double.ts';

const lane = fc.constantFrom<Lane>(0, 1, 2, 3);

const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Outcome>({ kind: 'accepted' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('retry' as const),
      reason: fc.constant('ECONNRESET'),
      retryAfterMs: fc.option(fc.nat(90_000), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('rate_limited' as const),
      retryAfterMs: fc.option(fc.nat(60_000), { nil: undefined }),
      limit: fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined }),
    }),
  },
  fc.constant<Outcome>({ kind: 'paused' }),
  fc.constant<Outcome>({ kind: 'too_large' }),
  fc.constant<Outcome>({ kind: 'invalid', reason: 'no' }),
  fc.constantFrom(401, 403, 404).map((status): Outcome => ({ kind: 'refused', status })),
  fc.constant<Outcome>({ kind: 'aborted' }),
);

/** An answer, and how many milliseconds it takes; Infinity: it never comes. */
const reply = fc.record({
  outcome,
  latency: fc.oneof(fc.constant(0), fc.nat(3_000), fc.constant(Infinity)),
});

const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('add' as const), lane, count: fc.nat(70) }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat(40_000) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('flush' as const), ms: fc.nat(10_000) }) },
);

void test('whatever happens, every event is accounted for and every promise settles', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(reply, { maxLength: 60 }),
      fc.array(command, { maxLength: 30 }),
      fc.record({
        batchSize: fc.integer({ min: 1, max: 120 }),
        flushInterval: fc.nat(5_000),
        maxQueueSize: fc.integer({ min: 1, max: 150 }),
        maxQueueBytes: fc.integer({ min: 1, max: 600 }),
      }),
      fc.nat(5_000),
      fc.boolean(),
      async (replies, commands, options, closeMs, handOver) => {
        const flying = new Set<Sent>();
        const answer = (sent: Sent): Promise<Outcome> => {
          assert.equal(flying.size, 0, 'one request at a time');
          assert.ok(sent.events.length >= 1 && sent.events.length <= 100);
          flying.add(sent);
          const next = replies.shift() ?? { outcome: { kind: 'accepted' }, latency: 0 };
          return new Promise((resolve) => {
            const settle = (settled: Outcome): void => {
              flying.delete(sent);
              clock.clearTimer(timer);
              resolve(settled);
            };
            const timer =
              next.latency === Infinity
                ? -1
                : clock.setTimer(() => settle(next.outcome), next.latency);
            sent.signal.addEventListener('abort', () => settle({ kind: 'aborted' }));
          });
        };
        const { add, batcher, clock, counters, known, sender }: Rig = rig(answer, options);

        let added = 0;
        const flushes: { readonly deadline: number; settledAt: number | undefined }[] = [];
        const check = (): void => {
          assert.equal(known(), added);
          assert.ok(batcher.queued <= options.maxQueueSize, 'the bound holds');
          for (const { deadline, settledAt } of flushes) {
            assert.ok((settledAt ?? clock.now()) <= deadline, 'settled by its deadline');
          }
          assert.ok(clock.pending <= 2 + clock.pendingRefs, 'one timer, and one of the server');
        };
        const watch = (promise: Promise<boolean>, ms: number): void => {
          const flush: (typeof flushes)[number] = {
            deadline: clock.now() + ms,
            settledAt: undefined,
          };
          flushes.push(flush);
          void promise.then(() => (flush.settledAt = clock.now()));
        };
        const play = async (index: number): Promise<void> => {
          const next = commands[index];
          if (next === undefined) return;
          if (next.op === 'add') {
            add(
              Array.from({ length: next.count }, () => added++),
              next.lane,
            );
          } else if (next.op === 'flush') {
            watch(batcher.flush(next.ms), next.ms);
          } else {
            await clock.advance(next.ms);
          }
          check();
          await play(index + 1);
        };
        await play(0);

        if (handOver) {
          const handed = batcher.takeRemaining().length;
          assert.equal(known() + handed, added);
          added -= handed;
        }
        watch(batcher.close(closeMs), closeMs);
        await clock.advance(closeMs);
        check();
        await clock.advance(0);
        assert.ok(flushes.slice(-1).every(({ settledAt }) => settledAt !== undefined));
        assert.equal(batcher.queued + batcher.inFlight, 0);
        assert.equal(clock.pendingRefs, flushes.filter((f) => f.settledAt === undefined).length);
        assert.equal(clock.pending, 0, 'no timer is left');
        assert.equal(flying.size, 0, 'no request is left');
        assert.equal(sender.closed, 1);
        assert.equal(counters.requests, sender.sent.length);
      },
    ),
    { numRuns: 400 },
  );
});

void test('a server that is hard to please gets everything it takes, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ lane, poisoned: fc.nat(9).map((n) => n === 0), gap: fc.nat(400) }), {
        minLength: 1,
        maxLength: 150,
      }),
      fc.record({
        /** Events a minute. */
        limit: fc.integer({ min: 1, max: 80 }),
        /** Bytes a request. */
        maxBytes: fc.integer({ min: 8, max: 400 }),
        /** No answer before, in milliseconds. */
        upAt: fc.nat(100_000),
        /** A wrong key before. */
        keyAt: fc.nat(200_000),
        /** Paused before. */
        resumedAt: fc.nat(200_000),
      }),
      async (events, server) => {
        const poisoned = new Set(events.flatMap((event, n) => (event.poisoned ? [n] : [])));
        const arrived: number[] = [];
        let minute = 0;
        let left = server.limit;
        // The order of checks is ErrSight's.
        const { add, batcher, clock, counters } = rig(({ at, events: sent, bytes }) => {
          if (at < server.upAt) return { kind: 'retry', reason: 'ECONNREFUSED' };
          if (at < server.keyAt) return { kind: 'refused', status: 401 };
          if (at < server.resumedAt) return { kind: 'paused' };
          if (bytes > server.maxBytes) return { kind: 'too_large' };
          if (sent.some((event) => poisoned.has(event))) return { kind: 'invalid', reason: 'no' };
          if (Math.floor(at / 60_000) !== minute) {
            minute = Math.floor(at / 60_000);
            left = server.limit;
          }
          if (sent.length > left) {
            const retryAfterMs = 60_000 - (at % 60_000);
            return { kind: 'rate_limited', retryAfterMs, limit: server.limit };
          }
          left -= sent.length;
          arrived.push(...sent);
          return { kind: 'accepted' };
        });

        const play = async (index: number): Promise<void> => {
          const event = events[index];
          if (event === undefined) return;
          add([index], event.lane);
          if (event.gap < 200) await clock.advance(event.gap);
          await play(index + 1);
        };
        await play(0);
        // At worst one event a minute, after pauses of ten minutes each.
        await clock.advance((events.length + 60) * 60_000);

        const wanted = events.flatMap((_, n) => (poisoned.has(n) ? [] : [n]));
        assert.deepEqual(
          arrived.toSorted((a, b) => a - b),
          wanted,
        );
        for (const which of [0, 1, 2] as const) {
          const inLane = arrived.filter((n) => events[n]?.lane === which);
          assert.deepEqual(
            inLane,
            inLane.toSorted((a, b) => a - b),
            'in order within a lane',
          );
        }
        assert.equal(counters.delivered, wanted.length);
        assert.equal(counters.dropped.rejected, poisoned.size);
        assert.equal(await batcher.close(1_000), poisoned.size === 0);
      },
    ),
    { numRuns: 200 },
  );
});
