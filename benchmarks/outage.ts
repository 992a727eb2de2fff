/**
 * An hour without ErrSight under 1,000 errors a second: `npm run bench:outage`. The process may grow by
 * the queue's bound and 30 MB; the exit code says whether it did. The hour is a fake clock's.
 */
import type { Outcome } from '../src/delivery/outcome.ts';
import { Batcher } from '../src/delivery/batcher.ts';
import { LANE_ERROR } from '../src/delivery/lanes.ts';
import { Ledger } from '../src/delivery/ledger.ts';
import { FakeClock } from '../test/helpers/clock.ts';

const MEGABYTE = 1_000_000;
const QUEUE_BYTES = 32 * 1024 * 1024;
const ALLOWED = 30 * MEGABYTE;
const SECONDS = 3_600;
const PER_SECOND = 1_000;
/** Bytes of an event with ten frames, their source lines and a trail: half of that up to one and a half. */
const EVENT_BYTES = 8_000;

const clock = new FakeClock();
const ledger = new Ledger({ clock });
let outcome: Outcome = { kind: 'accepted' };
const batcher = new Batcher({
  sender: { send: () => Promise.resolve(outcome), close: () => undefined },
  clock,
  ledger,
  batchSize: 10,
  flushInterval: 2_000,
  maxQueueSize: 10_000,
  maxQueueBytes: QUEUE_BYTES,
});

/** Seconds of load; the most that was resident at the end of one. */
async function load(seconds: number): Promise<number> {
  let most = 0;
  for (let done = 0; done < seconds; done += 1) {
    await second();
    most = Math.max(most, process.memoryUsage.rss());
    // What is freed is freed by other threads, which in a real second have the time for it.
    await new Promise(setImmediate);
  }
  return most;
}

async function second(): Promise<void> {
  for (let index = 0; index < PER_SECOND; index += 1) {
    // Sizes that do not repeat within a second: 997 is prime to it.
    const bytes = EVENT_BYTES / 2 + ((index * 997) % PER_SECOND) * (EVENT_BYTES / PER_SECOND);
    batcher.add(Buffer.alloc(bytes, '1'), { lane: LANE_ERROR });
  }
  await clock.advance(1_000);
}

// A process with so many errors has garbage of theirs in memory at any time, which the collector lets
// grow to its own measure: what counts is what the outage adds to that.
const before = await load(600);
outcome = { kind: 'retry', reason: 'ECONNREFUSED' };
const most = (await load(SECONDS)) - before;
const bound = QUEUE_BYTES + ALLOWED;
const met = most <= bound;
const mb = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`;
process.stdout.write(
  `${SECONDS * PER_SECOND} errors of ${EVENT_BYTES} bytes in an hour, ${ledger.requests} requests, ` +
    `${ledger.dropped.queue_full} gave way, ${batcher.queued} wait\n` +
    `grown by ${mb(most)} at most, allowed are ${mb(bound)}: ${met ? 'met' : 'NOT MET'}\n`,
);
process.exitCode = met ? 0 : 1;
