/**
 * Where events go in place of ErrSight while an application is tested: see `recordEvents`. On
 * globalThis, since an application can load this package twice.
 */
import { VERSION } from './lib/version.ts';
import { attempt, isObject, read } from './lib/safe-read.ts';

/** An event, as far as it matters here. */
export interface Recorded {
  readonly ingestion_id: string;
  readonly message: string;
}

export interface Recorder {
  /** Takes an event; one that was taken before is completed. */
  put(event: Recorded): void;
}

const KEY = Symbol.for(`errsight.recorder ${VERSION}`);

/** In Node's environment data: threads that start from now on record as well. */
const IN_THREADS = 'errsight:recording:1';

/** The key of whoever has none, which no server ever sees. */
export const RECORDING_KEY: string = `elp_${'0'.repeat(48)}`;

/** A worker's, which brings events to the thread that records. */
let bring: ((event: Recorded) => void) | undefined;

/** Whether it is known how this thread was started: what it was given then does not change. */
let hasLooked = false;

/** What records on this thread, if anything does. Asked of each event. */
export function recorder(): Recorder | undefined {
  const host = globalThis as { [KEY]?: Recorder };
  if (!hasLooked) {
    hasLooked = true;
    if (host[KEY] === undefined && isRecordedElsewhere()) recordElsewhere();
  }
  return host[KEY];
}

/** Has events of this thread, and of workers that it starts from now on, go to `events`. */
export function recordTo(events: Recorded[]): void {
  const { setEnvironmentData } = process.getBuiltinModule('node:worker_threads');
  setEnvironmentData(IN_THREADS, true);
  setRecorder({
    put(event) {
      const at = events.findIndex(({ ingestion_id: id }) => id === event.ingestion_id);
      if (at === -1) events.push(event);
      else events[at] = event;
    },
  });
}

/** Has events of this thread go where another one records. */
export function recordElsewhere(): void {
  setRecorder({ put: (event) => bring?.(event) });
}

/** Says how a worker's events get there. */
export function bringBy(way: (event: Recorded) => void): void {
  bring = way;
}

/** Whether it has what an event is known and shown by. */
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
      const threads = process.getBuiltinModule('node:worker_threads');
      return !threads.isMainThread && threads.getEnvironmentData(IN_THREADS) === true;
    }) === true
  );
}
