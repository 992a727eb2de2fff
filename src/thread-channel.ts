import type { BroadcastChannel } from 'node:worker_threads';
import { isRecorded, type Recorded } from './recorder.ts';
import type { Place } from './presence.ts';

/**
 * How the threads of a process speak of flushing: pipelines in pino's workers, or in a stream of
 * pino's on this thread, answer to `flush()` wherever it is called. The number changes with the words.
 */
const CHANNEL = 'errsight:1';

/** Who speaks, and how it can be told that it is there although it is silent. */
export interface Speaker {
  readonly who: string;
  readonly thread: number;
  readonly place: Place | undefined;
}

/** What is said. Other code can post to a channel too, so it is looked at before it is believed. */
export type Word =
  /** From now on events are not sent: this thread records them. */
  | { readonly say: 'record' }
  /** An event for whoever records. */
  | { readonly say: 'recorded'; readonly event: Recorded }
  /** Pipelines, say that you are there. */
  | { readonly say: 'who' }
  | ({ readonly say: 'here' } & Speaker)
  /** It has closed; whether all that it had has arrived. */
  | ({ readonly say: 'gone'; readonly arrived: boolean } & Speaker)
  | {
      readonly say: 'flush';
      readonly id: string;
      readonly timeout: number;
      /** By `who`: a pipeline that has taken no more than so many events has nothing to wait for. */
      readonly known?: Readonly<Record<string, number>>;
    }
  /** It flushes the events that it has taken so far. */
  | ({ readonly say: 'flushing'; readonly taken: number } & Speaker)
  | ({ readonly say: 'flushed'; readonly id: string; readonly arrived: boolean } & Speaker);

export type Asking = Extract<Word, { readonly say: 'flush' }>;

/** Hears what the pipelines of all threads say. The channel keeps no thread alive. */
export function openChannel(hear: (word: Word) => void): BroadcastChannel {
  const threads = process.getBuiltinModule('node:worker_threads');
  const channel = new threads.BroadcastChannel(CHANNEL);
  channel.addEventListener('message', (message) => {
    const { data } = message as unknown as { readonly data: unknown };
    if (isWord(data)) hear(data);
  });
  channel.unref();
  return channel;
}

/** Never throws. */
export function post(channel: BroadcastChannel, word: Word): void {
  try {
    channel.postMessage(word);
  } catch {
    // Closed: nobody is to be told any more.
  }
}

function isWord(data: unknown): data is Word {
  if (typeof data !== 'object' || data === null) return false;
  const { say, id, timeout, arrived, taken, known, event } = data as Partial<
    Record<string, unknown>
  >;
  switch (say) {
    case 'who':
    case 'record':
      return true;
    case 'recorded':
      return isRecorded(event);
    case 'here':
      return isSpeaker(data);
    case 'gone':
      return isSpeaker(data) && typeof arrived === 'boolean';
    case 'flush':
      return typeof id === 'string' && typeof timeout === 'number' && isObjectOrNone(known);
    case 'flushing':
      return isSpeaker(data) && typeof taken === 'number';
    case 'flushed':
      return isSpeaker(data) && typeof id === 'string' && typeof arrived === 'boolean';
    default:
      return false;
  }
}

function isObjectOrNone(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null);
}

function isSpeaker(data: object): data is Speaker {
  const { who, thread, place } = data as Partial<Record<string, unknown>>;
  if (typeof who !== 'string' || typeof thread !== 'number') return false;
  if (place === undefined) return true;
  if (typeof place !== 'object' || place === null) return false;
  const { memory, index } = place as Partial<Record<string, unknown>>;
  return typeof memory === 'number' && typeof index === 'number';
}
