/**
 * The thread that sends what was left when the process began to exit. The main thread waits for it
 * with Atomics.wait and cannot answer anything: no console, no messages, only shared memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { createSender } from '../delivery/send.ts';
import { DELIVERED, DONE, type ExitWork } from './protocol.ts';

/** ms between two tries: a server that restarts, a connection that was reset. */
const PAUSE = 200;

async function deliver(work: ExitWork, state: Int32Array): Promise<void> {
  const sender = createSender(work);
  const { signal } = new AbortController();
  for (const { body, count } of work.requests) {
    // Structured cloning turned the Buffer into a plain Uint8Array.
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    let outcome = await sender.send(bytes, count, signal);
    // Ends with the main thread's patience: the process then exits, and this thread with it.
    while (outcome.kind === 'retry') {
      await sleep(PAUSE);
      outcome = await sender.send(bytes, count, signal);
    }
    if (outcome.kind === 'accepted') Atomics.add(state, DELIVERED, count);
  }
  sender.close();
}

/** The sender keeps no thread alive, which is what a thread of its own is for. */
const alive = setInterval(() => undefined, 60_000);
const work = workerData as ExitWork;
const state = new Int32Array(work.state);
void deliver(work, state).finally(() => {
  Atomics.store(state, DONE, 1);
  Atomics.notify(state, DONE);
  clearInterval(alive);
});
