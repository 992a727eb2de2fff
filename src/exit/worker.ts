/**
 * The thread that sends what was left when the process began to exit. The main thread waits for it
 * with Atomics.wait and cannot answer anything: no console, no messages, only shared memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { createSender, type Sender } from '../delivery/send.ts';
import { DELIVERED, DONE, type ExitWork } from './protocol.ts';

/** Answers after which a smaller request may pass. */
const SMALLER: ReadonlySet<string> = new Set(['too_large', 'invalid', 'rate_limited']);

/** ms between two tries: a server that restarts, a connection that was reset. */
const PAUSE = 200;

async function deliverAll(work: ExitWork, state: Int32Array): Promise<void> {
  const sender = createSender(work);
  for (const { body, count } of work.requests) {
    // Structured cloning turned the Buffer into a plain Uint8Array.
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    await deliver(sender, bytes, count, state);
  }
  sender.close();
}

/** What is refused as a whole is tried by halves: the first holds what matters most. */
async function deliver(
  sender: Sender,
  body: Buffer,
  count: number,
  state: Int32Array,
): Promise<void> {
  const { signal } = new AbortController();
  let outcome = await sender.send(body, count, signal);
  // Ends with the main thread's patience: the process then exits, and this thread with it.
  while (outcome.kind === 'retry') {
    await sleep(PAUSE);
    outcome = await sender.send(body, count, signal);
  }
  if (outcome.kind === 'accepted') {
    Atomics.add(state, DELIVERED, count);
  } else if (count > 1 && SMALLER.has(outcome.kind)) {
    const events = JSON.parse(body.toString()) as unknown[];
    const middle = Math.ceil(count / 2);
    for (const half of [events.slice(0, middle), events.slice(middle)]) {
      await deliver(sender, Buffer.from(JSON.stringify(half)), half.length, state);
    }
  }
}

/** The sender keeps no thread alive, which is what a thread of its own is for. */
const alive = setInterval(() => undefined, 60_000);
const work = workerData as ExitWork;
const state = new Int32Array(work.state);
void deliverAll(work, state).finally(() => {
  Atomics.store(state, DONE, 1);
  Atomics.notify(state, DONE);
  clearInterval(alive);
});
