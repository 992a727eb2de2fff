import type { EventEmitter } from 'node:events';

const held = new Set<EventEmitter>();

/**
 * Keeps a stream of pino's until it closes. A test that only waits for one of its events refers to it by
 * nothing that is reachable. pino ends the worker of a stream that is collected, and then no event comes.
 */
export function hold<T extends EventEmitter>(stream: T): T {
  held.add(stream);
  return stream.once('close', () => held.delete(stream));
}
