import { types } from 'node:util';
import { attempt } from './safe-read.ts';

/** ms by which a time may be ahead. ErrSight silently replaces any other time by its own. */
const MAX_AHEAD = 3_600_000;
/** The oldest time in ms: ErrSight's seven days, less an hour for which the event may wait. */
const MAX_AGE = 7 * 86_400_000 - 3_600_000;

/** The most characters of a date. No form of a date is longer. */
const MAX_TEXT = 100;

/** Whether ErrSight keeps this time. Both are in ms since the epoch. */
export function isBelievable(time: number, now: number): boolean {
  return time >= now - MAX_AGE && time <= now + MAX_AHEAD;
}

/**
 * The time of an event. If ErrSight would not keep the given time, the event gets the current one,
 * and `trueTime` is the given one.
 */
export function timeOf(
  given: unknown,
  fallback: number,
): { occurredAt: string; trueTime: string | undefined } {
  const now = Date.now();
  // Loggers nearly always give a number.
  if (typeof given === 'number' && isBelievable(given, now)) {
    return { occurredAt: isoOf(given), trueTime: undefined };
  }
  const said = isoTime(given, fallback);
  const time = Date.parse(said);
  return isBelievable(time, now)
    ? { occurredAt: said, trueTime: undefined }
    : { occurredAt: new Date(now).toISOString(), trueTime: said };
}

let lastTime = NaN;
let lastText = '';

/** Events that come close together have the same millisecond; V8 takes 0.4 µs to write one. */
function isoOf(time: number): string {
  if (time !== lastTime) {
    lastText = new Date(time).toISOString();
    lastTime = time;
  }
  return lastText;
}

/** A time in ISO 8601 with milliseconds, from any form. `fallback` if it is no time. */
export function isoTime(time: unknown, fallback: number): string {
  return attempt(() => toDate(time)?.toISOString()) ?? new Date(fallback).toISOString();
}

function toDate(time: unknown): Date | undefined {
  // Not with instanceof, which is false for a Date of another realm and true for a Proxy of one. A
  // new Date is made, since the caller's class may have other methods.
  if (types.isDate(time)) return new Date(Date.prototype.getTime.call(time));
  if (typeof time === 'string' && time.length > MAX_TEXT) return undefined;
  return typeof time === 'number' || typeof time === 'string' ? new Date(time) : undefined;
}
