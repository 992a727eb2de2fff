/**
 * The thread that sends what was left when the process began to exit. The main thread waits for it
 * with Atomics.wait and cannot answer anything: no console, no messages, only shared memory.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { Batcher } from '../delivery/batcher.ts';
import { createCustomSender } from '../delivery/custom.ts';
import { createSender, type Sender } from '../delivery/send.ts';
import { requireHook } from '../options/hooks.ts';
import { Counters } from '../stats.ts';
import { DELIVERED, readState, REJECTED, type ExitWork } from './protocol.ts';
import type { Transport } from '../transport.ts';

function openSender(work: ExitWork): Sender {
  const transport = requireHook('transport', work.transport) as Transport | undefined;
  return transport === undefined ? createSender(work) : createCustomSender(transport, work.timeout);
}

async function deliver(work: ExitWork): Promise<void> {
  const { fates } = readState(work.state);
  const batcher = new Batcher({
    sender: openSender(work),
    clock: systemClock,
    counters: new Counters(),
    batchSize: work.batchSize,
    flushInterval: 0,
    maxQueueSize: Infinity,
    maxQueueBytes: Infinity,
    // Whoever could hear it sleeps.
    report: () => undefined,
    settled(items, isDelivered) {
      // They were added in this order, from 1 on.
      for (const { seq } of items) {
        Atomics.store(fates, seq - 1, isDelivered ? DELIVERED : REJECTED);
      }
    },
  });
  for (const { bytes, lane } of work.events) {
    // Structured cloning turned the Buffer into a plain Uint8Array.
    batcher.add(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { lane });
  }
  await batcher.close(work.patience);
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
