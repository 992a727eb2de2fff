/**
 * The thread that sends what was left when the process began to exit. The main thread waits for it
 * with Atomics.wait and cannot answer anything: no console, no messages, only shared memory.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { Batcher } from '../delivery/batcher.ts';
import { createCustomSender } from '../delivery/custom.ts';
import { type Fate, Ledger } from '../delivery/ledger.ts';
import { createSender, type Sender } from '../delivery/send.ts';
import { requireHook } from '../options/hooks.ts';
import { DELIVERED, readState, REJECTED, type ExitWork } from './protocol.ts';
import type { Knowledge } from '../delivery/policy.ts';
import type { Transport } from '../transport.ts';

function openSender(work: ExitWork): Sender {
  const transport = requireHook('transport', work.transport) as Transport | undefined;
  return transport === undefined ? createSender(work) : createCustomSender(transport, work.timeout);
}

/** What is told to the main thread; of any other fate it decides itself. */
const MARKS: Readonly<Partial<Record<Fate, number>>> = {
  delivered: DELIVERED,
  rejected: REJECTED,
};

/** What this thread has learned of the server. */
let learned: Knowledge | undefined;

async function deliver(work: ExitWork): Promise<void> {
  const { fates } = readState(work.state);
  const batcher = new Batcher({
    sender: openSender(work),
    clock: systemClock,
    ledger: new Ledger({
      clock: systemClock,
      onSettled(items, fate) {
        const mark = MARKS[fate];
        // They were added in this order, from 1 on.
        if (mark !== undefined) for (const { seq } of items) Atomics.store(fates, seq - 1, mark);
      },
    }),
    batchSize: work.batchSize,
    flushInterval: 0,
    maxQueueSize: Infinity,
    maxQueueBytes: Infinity,
    known: learned ?? work.known,
  });
  for (const { bytes, lane, wasSent } of work.events) {
    // Structured cloning turned the Buffer into a plain Uint8Array.
    const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    batcher.add(json, { lane, wasSent });
  }
  await batcher.close(work.patience);
  learned = batcher.knowledge;
}

async function workOn(given: ExitWork): Promise<void> {
  const { done } = readState(given.state);
  await deliver(given).catch(() => undefined);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}

let working = workOn(workerData as ExitWork);
// What is captured still later comes one by one: a thread for each would take it longer to start than
// to send.
parentPort?.on('message', (more: ExitWork) => {
  working = working.then(() => workOn(more));
});
// The thread that waits for this one ends it.
