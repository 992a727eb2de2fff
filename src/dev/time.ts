import { parseRubyDate } from './ruby-date.ts';

/** How old a time may be before the server puts its own in its place, in milliseconds. */
export const MAX_AGE_MS: number = 7 * 24 * 60 * 60 * 1000;
/** How far ahead of the server's clock a time may be, in milliseconds. */
export const MAX_AHEAD_MS: number = 60 * 60 * 1000;

/** Calendar date, then optionally a time of day, a fraction of a second, and a zone. */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T\s]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i;
/** E-mail dates, "Fri, 21 Nov 2025 10:00:00 GMT": Ruby understands them, as does JavaScript. */
const RFC2822 =
  /^(?:[a-z]{3},\s+)?\d{1,2}\s+[a-z]{3}\s+\d{4}\s+\d{2}:\d{2}(?::\d{2})?(?:\s+(?:GMT|UTC|[+-]\d{4}))?$/i;

/**
 * The time in a text as the server reads it, in milliseconds since the epoch with microseconds
 * behind the point; undefined for anything it does not understand, such as epoch numbers. A time
 * without a zone is UTC.
 *
 * @param now what completes a time without a date, in milliseconds since the epoch
 */
export function parseTime(text: string, now: number = Date.now()): number | undefined {
  const trimmed = text.trim();
  if (RFC2822.test(trimmed)) {
    const zoned = /(?:GMT|UTC|[+-]\d{4})$/i.test(trimmed) ? trimmed : `${trimmed} GMT`;
    const time = Date.parse(zoned);
    return Number.isNaN(time) ? undefined : time;
  }
  const parts = ISO.exec(trimmed);
  if (parts === null) return parseRubyDate(trimmed, now);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isEnd = hour === 24 && minute === 0 && second === 0;
  if (!exists || (hour > 23 && !isEnd) || minute > 59 || second > 59) return undefined;
  const offset = zoneOffset(parts[8]);
  if (offset === undefined) return undefined;
  const microseconds = Number((parts[7] ?? '').slice(0, 6).padEnd(6, '0'));
  const whole = Date.UTC(year, month - 1, day, hour, minute, second) - offset;
  return whole + microseconds / 1000;
}

/** A stored time as text: ISO-8601 in UTC with milliseconds, or microseconds where it has them. */
export function formatTime(time: number): string {
  const microseconds = Math.round(time * 1000);
  const rest = ((microseconds % 1000) + 1000) % 1000;
  const iso = new Date((microseconds - rest) / 1000).toISOString();
  return rest === 0 ? iso : iso.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

/** A time to the second, as the read API writes it. */
export function formatSecond(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** Milliseconds east of UTC; undefined for an impossible zone. */
function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || /^[a-z]+$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
