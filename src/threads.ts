import type { BroadcastChannel } from 'node:worker_threads';
import { systemClock, type Clock, type Timer } from './lib/clock.ts';
import { randomUUID } from './lib/random.ts';

/**
 * How the threads of a process speak of flushing: pipelines in pino's workers, or in a stream of
 * pino's on this thread, answer to `flush()` wherever it is called. The number changes with the words.
 */
const CHANNEL = 'errsight:1';

/** What is said. Other code can post to a channel too, so it is looked at before it is believed. */
type Word =
  /** Pipelines, say that you are there. */
  | { readonly say: 'who' }
  | { readonly say: 'here' | 'gone'; readonly who: string }
  | { readonly say: 'flush'; readonly id: string; readonly timeout: number }
  | {
      readonly say: 'flushed';
      readonly id: string;
      readonly who: string;
      readonly arrived: boolean;
    };

/**
 * ms that a pipeline waits before it flushes: lines that were logged just before have left the
 * thread that logged them by then, and been read here.
 */
const ARRIVAL = 20;

/**
 * Lets the pipeline of this thread be flushed from others. Returns what ends it. Keeps no thread
 * alive, and never throws.
 */
export function answerFlushes(
  flush: (timeout: number) => Promise<boolean>,
  clock: Clock = systemClock,
): () => void {
  const who = randomUUID();
  const channel = open((word) => {
    if (word.say === 'who') post(channel, { say: 'here', who });
    if (word.say !== 'flush') return;
    const { id, timeout } = word;
    clock.setTimer(() => {
      void flush(timeout - ARRIVAL).then((arrived) =>
        post(channel, { say: 'flushed', id, who, arrived }),
      );
    }, ARRIVAL);
  });
  post(channel, { say: 'here', who });
  return () => {
    post(channel, { say: 'gone', who });
    channel.close();
  };
}

/** The pipelines of other threads, and of pino's streams on this one. */
export interface Others {
  /** How many there are, as far as is known. */
  readonly count: number;
  /**
   * Whether what those pipelines have taken up to now arrives within `timeout` ms. Never rejects;
   * keeps the process alive until it settles.
   */
  flush(timeout: number): Promise<boolean>;
  close(): void;
}

interface Asked {
  readonly missing: Set<string>;
  readonly settle: (arrived: boolean) => void;
  arrived: boolean;
}

/** Learns of the pipelines that are there, and of each that comes. */
export function findOthers(clock: Clock = systemClock): Others {
  const there = new Set<string>();
  const asked = new Map<string, Asked>();

  function leave(who: string): void {
    there.delete(who);
    // It closed, and waited for its delivery by itself.
    for (const each of asked.values()) answer(each, who, true);
  }

  function answer(each: Asked, who: string, arrived: boolean): void {
    if (!each.missing.delete(who)) return;
    each.arrived &&= arrived;
    if (each.missing.size === 0) each.settle(each.arrived);
  }

  const channel = open((word) => {
    if (word.say === 'here') there.add(word.who);
    if (word.say === 'gone') leave(word.who);
    const each = word.say === 'flushed' ? asked.get(word.id) : undefined;
    if (each !== undefined && word.say === 'flushed') answer(each, word.who, word.arrived);
  });
  post(channel, { say: 'who' });

  return {
    get count() {
      return there.size;
    },
    async flush(timeout) {
      if (there.size === 0) return true;
      // pino hands its lines to the worker in a later turn of the event loop.
      await new Promise(setImmediate);
      if (there.size === 0) return true;
      const id = randomUUID();
      return new Promise((resolve) => {
        const settle = (arrived: boolean): void => {
          asked.delete(id);
          clock.clearTimer(timer);
          resolve(arrived);
        };
        // A thread that has died says nothing: it is not asked again.
        const timer: Timer = clock.setTimer(
          () => {
            for (const who of asked.get(id)?.missing ?? []) there.delete(who);
            settle(false);
          },
          timeout,
          { ref: true },
        );
        asked.set(id, { missing: new Set(there), settle, arrived: true });
        post(channel, { say: 'flush', id, timeout });
      });
    },
    close() {
      there.clear();
      for (const each of asked.values()) each.settle(false);
      channel.close();
    },
  };
}

function open(hear: (word: Word) => void): BroadcastChannel {
  const threads = process.getBuiltinModule('node:worker_threads');
  const channel = new threads.BroadcastChannel(CHANNEL);
  channel.addEventListener('message', (message) => {
    const { data } = message as unknown as { readonly data: unknown };
    if (isWord(data)) hear(data);
  });
  channel.unref();
  return channel;
}

function post(channel: BroadcastChannel, word: Word): void {
  try {
    channel.postMessage(word);
  } catch {
    // Closed: nobody is to be told any more.
  }
}

function isWord(data: unknown): data is Word {
  if (typeof data !== 'object' || data === null) return false;
  const { say, who, id, timeout, arrived } = data as Partial<Record<string, unknown>>;
  switch (say) {
    case 'who':
      return true;
    case 'here':
    case 'gone':
      return typeof who === 'string';
    case 'flush':
      return typeof id === 'string' && typeof timeout === 'number';
    case 'flushed':
      return typeof id === 'string' && typeof who === 'string' && typeof arrived === 'boolean';
    default:
      return false;
  }
}
