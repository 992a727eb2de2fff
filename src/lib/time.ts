import { types } from 'node:util';
import { attempt } from './safe-read.ts';

/** ms between which ErrSight believes a time; for any other it takes its own, saying nothing. */
const MAX_AHEAD = 3_600_000;
/** ErrSight's seven days, less an hour in which the event may wait. */
const MAX_AGE = 7 * 86_400_000 - 3_600_000;

/** No form of a date is longer. */
const MAX_TEXT = 100;

/** Whether ErrSight keeps this time, in ms since the epoch. */
export function isBelievable(time: number, now: number): boolean {
  return time >= now - MAX_AGE && time <= now + MAX_AHEAD;
}

/**
 * The time for the event, and, where ErrSight would not believe it, what was said: then the event
 * counts as of now.
 */
export function timeOf(
  given: unknown,
  fallback: number,
): { occurredAt: string; trueTime: string | undefined } {
  const now = Date.now();
  // What loggers give, nearly always.
  if (typeof given === 'number' && isBelievable(given, now)) {
    return { occurredAt: new Date(given).toISOString(), trueTime: undefined };
  }
  const said = isoTime(given, fallback);
  const time = Date.parse(said);
  return isBelievable(time, now)
    ? { occurredAt: said, trueTime: undefined }
    : { occurredAt: new Date(now).toISOString(), trueTime: said };
}

/** ISO-8601 with milliseconds, from any form a caller has; `fallback` where it is none. */
export function isoTime(time: unknown, fallback: number): string {
  return attempt(() => toDate(time)?.toISOString()) ?? new Date(fallback).toISOString();
}

function toDate(time: unknown): Date | undefined {
  // Not instanceof, which a Date of another realm is not, and a Proxy of one is. And a new Date,
  // since a class of the caller's may have other methods.
  if (types.isDate(time)) return new Date(Date.prototype.getTime.call(time));
  if (typeof time === 'string' && time.length > MAX_TEXT) return undefined;
  return typeof time === 'number' || typeof time === 'string' ? new Date(time) : undefined;
}
