/**
 * The thread that sends what was left when the process began to exit. The main thread waits for it
 * with Atomics.wait, and can't answer anything. So there is no console and there are no messages,
 * only shared memory.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { Batcher } from '../delivery/batcher.ts';
import { createCustomSender } from '../delivery/custom.ts';
import { type Fate, Ledger } from '../delivery/ledger.ts';
import { createSender, type Sender } from '../delivery/send.ts';
import { NO_ANSWER } from '../delivery/trouble.ts';
import { requireHook } from '../options/hooks.ts';
import { DELIVERED, readState, REJECTED, type ExitWork } from './protocol.ts';
import type { Knowledge } from '../delivery/policy.ts';
import type { Said } from '../pipeline/remaining.ts';
import type { Transport } from '../transport.ts';

function openSender(work: ExitWork): Sender {
  const transport = requireHook('transport', work.transport) as Transport | undefined;
  return transport === undefined ? createSender(work) : createCustomSender(transport, work.timeout);
}

/** The fates that the main thread is told. It decides about all others itself. */
const MARKS: Readonly<Partial<Record<Fate, number>>> = {
  delivered: DELIVERED,
  rejected: REJECTED,
};

/** What this thread has learned about each project, by its host and key. */
const learned = new Map<string, Knowledge>();

async function deliver(work: ExitWork): Promise<void> {
  const state = readState(work.state);
  const project = `${work.host} ${work.apiKey}`;
  let said: Said = {};
  const ledger = new Ledger({
    clock: systemClock,
    onSettled(items, fate, why) {
      const mark = MARKS[fate];
      if (fate === 'rejected') state.say((said = { ...said, rejected: why }));
      // The events were added in this order, and are numbered from 1.
      if (mark !== undefined)
        for (const { seq } of items) Atomics.store(state.fates, seq - 1, mark);
    },
    onTrouble: (trouble) => state.say((said = { ...said, trouble })),
  });
  const batcher = new Batcher({
    sender: openSender(work),
    clock: systemClock,
    ledger,
    batchSize: work.batchSize,
    flushInterval: 0,
    maxQueueSize: Infinity,
    maxQueueBytes: Infinity,
    known: learned.get(project) ?? work.known,
  });
  for (const { bytes, lane, wasSent, refusals } of work.events) {
    // Structured cloning has made a plain Uint8Array of the Buffer.
    const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    batcher.add(json, { lane, wasSent, refusals });
  }
  await batcher.close(work.patience);
  const { trouble } = batcher;
  // A request without an answer tells less than what the main thread may have seen before.
  if (trouble !== undefined && trouble !== NO_ANSWER) state.say({ ...said, trouble });
  learned.set(project, batcher.knowledge);
}

async function workOn(given: ExitWork): Promise<void> {
  const { done } = readState(given.state);
  await deliver(given).catch(() => undefined);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
}

async function workOnAll(works: readonly ExitWork[]): Promise<void> {
  await Promise.all(works.map(workOn));
}

let working = workOnAll(workerData as readonly ExitWork[]);
// Events that are captured even later come one by one. To start a thread for each would take longer
// than to send it.
parentPort?.on('message', (more: readonly ExitWork[]) => {
  working = working.then(() => workOnAll(more));
});
// The thread that waits for this one ends it.
