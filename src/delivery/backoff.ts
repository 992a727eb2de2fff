/** Before the second attempt; doubles with each that follows. */
const BASE_MS = 200;
/** The longest wait between two attempts to reach a server that does not answer. */
const CAP_MS = 30_000;

const PAUSE_BASE_MS = 60_000;
const PAUSE_CAP_MS = 600_000;

/**
 * Milliseconds to wait after the given number of failures in a row (from 1): exponential with full
 * jitter, so that the processes of a fleet, which all saw the same outage begin, do not come back
 * in step.
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
}

/**
 * Milliseconds to wait after the given number of answers in a row (from 1) that only a person can
 * change, such as a paused project or a revoked key: 60 s, growing to 10 min.
 */
export function pauseMs(answers: number): number {
  return Math.min(PAUSE_CAP_MS, PAUSE_BASE_MS * 2 ** (answers - 1));
}
