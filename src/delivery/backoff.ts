/** The longest wait before the second attempt. It doubles with each attempt. */
const BASE_MS = 200;
/** The longest wait between two attempts to reach a server that does not answer. */
const CAP_MS = 30_000;

const PAUSE_BASE_MS = 60_000;
const PAUSE_CAP_MS = 600_000;

const SILENCE_BASE_MS = 30_000;
const SILENCE_CAP_MS = 120_000;

/**
 * Milliseconds to wait after this number of failures in a row (from 1). The backoff is exponential
 * with full jitter: the processes of a fleet see an outage begin together, and must not all come
 * back together.
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
}

/**
 * Milliseconds to wait after this number of answers in a row (from 1) that only a person can
 * change. They come from a paused project or a revoked key. The wait grows from 60 s to 10 min.
 */
export function pauseMs(answers: number): number {
  return Math.min(PAUSE_CAP_MS, PAUSE_BASE_MS * 2 ** (answers - 1));
}

/**
 * Milliseconds to wait after this number of requests in a row (from 1) that hold a single event and had no answer
 * in time. The server may have stored it each time. The wait grows from 30 s to 2 min: it may be back at any time.
 */
export function silenceMs(requests: number): number {
  return Math.min(SILENCE_CAP_MS, SILENCE_BASE_MS * 2 ** (requests - 1));
}
