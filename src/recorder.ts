/**
 * Takes events in place of ErrSight while an application is tested; see `recordEvents`. The
 * recorder is on globalThis, since an application can load this package twice.
 */
import { VERSION } from './lib/version.ts';
import { attempt, isObject, read } from './lib/safe-read.ts';
import { nodeThreads } from './lib/node-threads.ts';

/** The part of an event that matters here. */
export interface Recorded {
  readonly ingestion_id: string;
  readonly message: string;
}

export interface Recorder {
  /** Adds an event, or replaces it if it was added before. */
  put(event: Recorded): void;
}

const KEY = Symbol.for(`errsight.recorder ${VERSION}`);

/** A name in Node's environment data. Threads that start later see it and record too. */
const IN_THREADS = 'errsight:recording:1';

/** The API key while recording, if there is none. No server ever sees it. */
export const RECORDING_KEY: string = `elp_${'0'.repeat(48)}`;

/** Brings an event of a worker to the thread that records. */
let bring: ((event: Recorded) => void) | undefined;

/** Whether the environment data were read. They don't change after the thread's start. */
let hasLooked = false;

/** The recorder of this thread, if there is one. It is asked for each event. */
export function recorder(): Recorder | undefined {
  const host = globalThis as { [KEY]?: Recorder };
  if (!hasLooked) {
    hasLooked = true;
    if (host[KEY] === undefined && isRecordedElsewhere()) recordElsewhere();
  }
  return host[KEY];
}

/** From now on events of this thread, and of workers that it starts later, go to `events`. */
export function recordTo(events: Recorded[]): void {
  const { setEnvironmentData } = nodeThreads();
  setEnvironmentData(IN_THREADS, true);
  setRecorder({
    put(event) {
      const at = events.findIndex(({ ingestion_id: id }) => id === event.ingestion_id);
      if (at === -1) events.push(event);
      else events[at] = event;
    },
  });
}

/** From now on events of this thread go to the thread that records. */
export function recordElsewhere(): void {
  setRecorder({ put: (event) => bring?.(event) });
}

/** Sets how a worker's events get to the thread that records. */
export function bringBy(way: (event: Recorded) => void): void {
  bring = way;
}

/** Whether a value looks like an event: with an id and a message. */
export function isRecorded(value: unknown): value is Recorded {
  const hasText = (name: string): boolean =>
    isObject(value) && typeof read(value, name) === 'string';
  return hasText('ingestion_id') && hasText('message');
}

function setRecorder(value: Recorder): void {
  Object.defineProperty(globalThis, KEY, { value, configurable: true });
}

function isRecordedElsewhere(): boolean {
  return (
    attempt(() => {
      const threads = nodeThreads();
      return !threads.isMainThread && threads.getEnvironmentData(IN_THREADS) === true;
    }) === true
  );
}
