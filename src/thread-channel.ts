import type { BroadcastChannel, MessagePort } from 'node:worker_threads';
import { isRecorded, type Recorded } from './recorder.ts';
import type { Place } from './presence.ts';
import { nodeThreads } from './lib/node-threads.ts';
import { attempt } from './lib/safe-read.ts';

/**
 * The channel on which the threads of a process agree on flushing. A `flush()` on any thread is
 * answered by all pipelines in pino's workers, and in pino's streams on this thread. The number is
 * the version of the messages.
 */
const CHANNEL = 'errsight:1';

/** The pipeline that speaks. Its place shows that it exists even while it is silent. */
export interface Speaker {
  readonly who: string;
  readonly thread: number;
  readonly place: Place | undefined;
}

/** The messages. Other code can post to the channel too, so each message is checked. */
export type Word =
  /** From now on this thread records events, and nobody sends them. */
  | { readonly say: 'record' }
  /** An event for the thread that records. */
  | { readonly say: 'recorded'; readonly event: Recorded }
  /** Asks all pipelines to answer with `here`. */
  | { readonly say: 'who' }
  | ({ readonly say: 'here' } & Speaker)
  /** The pipeline has closed. `arrived`: whether all its events have arrived. */
  | ({ readonly say: 'gone'; readonly arrived: boolean } & Speaker)
  | {
      readonly say: 'flush';
      readonly id: string;
      readonly timeout: number;
      /**
       * How many events each pipeline (`who`) had accepted at its last flush. One that has no more
       * since then need not flush.
       */
      readonly known?: Readonly<Record<string, number>>;
    }
  /** The pipeline begins to flush the events that it has accepted so far. */
  | ({ readonly say: 'flushing'; readonly taken: number } & Speaker)
  | ({
      readonly say: 'flushed';
      readonly id: string;
      readonly arrived: boolean;
      /** Why events have not arrived. */
      readonly why?: string | undefined;
    } & Speaker)
  /** A thread holds up the end of the process; see `EndTime`. */
  | { readonly say: 'end'; readonly who: string; readonly began: number; readonly until: number };

export type Asking = Extract<Word, { readonly say: 'flush' }>;

/** Opens the channel. `hear` gets the messages of all threads. It keeps no thread alive. */
export function openChannel(hear: (word: Word) => void): BroadcastChannel {
  const threads = nodeThreads();
  const channel = new threads.BroadcastChannel(CHANNEL);
  channel.addEventListener('message', (message) => {
    const word = wordOf((message as unknown as { readonly data: unknown }).data);
    if (word !== undefined) hear(word);
  });
  channel.unref();
  return channel;
}

/** Hears what was posted by now, in a thread that does not come to the next turn of its event loop. */
export function hearNow(channel: BroadcastChannel, hear: (word: Word) => void): void {
  const { receiveMessageOnPort } = nodeThreads();
  // The function takes a BroadcastChannel since Node 15.4, which its types don't know. In Deno it
  // throws, so there nothing is heard before the next turn.
  const next = (): ReturnType<typeof receiveMessageOnPort> =>
    attempt(() => receiveMessageOnPort(channel as unknown as MessagePort));
  for (let got = next(); got !== undefined; got = next()) {
    const word = wordOf(got.message);
    if (word !== undefined) hear(word);
  }
}

/** Posts a message. Never throws. */
export function post(channel: BroadcastChannel, word: Word): void {
  try {
    channel.postMessage(word);
  } catch {
    // The channel is closed, so nobody has to be told.
  }
}

/** What was posted, if it is a message of ours. */
export function wordOf(data: unknown): Word | undefined {
  return isWord(data) ? data : undefined;
}

function isWord(data: unknown): data is Word {
  if (typeof data !== 'object' || data === null) return false;
  const { say, id, timeout, arrived, taken, known, event, who, began, until, why } =
    data as Partial<Record<string, unknown>>;
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
      return (
        isSpeaker(data) &&
        typeof id === 'string' &&
        typeof arrived === 'boolean' &&
        (why === undefined || typeof why === 'string')
      );
    case 'end':
      return typeof who === 'string' && typeof began === 'number' && typeof until === 'number';
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
