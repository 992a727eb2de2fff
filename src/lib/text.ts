/** Stands in place of a secret. Rails and Sentry use the same word. */
export const FILTERED = '[Filtered]';

/**
 * How many UTF-16 units of a text go through the scrubber. `fit` then cuts to what ErrSight keeps.
 */
export const LENGTHS = {
  /**
   * Messages and backtraces. ErrSight keeps 10,000 of a message. This is more, so that `fit` sees
   * that there was more.
   */
  text: 20_000,
  /** The message of a cause. ErrSight shows 200. */
  causeMessage: 2_000,
  /** Names, ids and tags. ErrSight keeps or shows at most 200. */
  name: 300,
  /** A request's path with its query. */
  path: 2_000,
  /** A source line. ErrSight's fix prompt shows so much of it. */
  sourceLine: 200,
} as const;

/**
 * Makes a text safe for a request. For U+0000 ErrSight loses the event and all later ones of the
 * request. For a lone surrogate it refuses the whole request.
 */
export function wellFormed(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\u0000') ? whole.replaceAll('\u0000', '') : whole;
}

/**
 * Cuts a text to `max` UTF-16 units. ErrSight counts code points, which are never more. A cut text
 * ends in "..." and never in half a surrogate pair.
 */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = max - 3;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end -= 1;
  return `${text.slice(0, end)}...`;
}

const WEIGHS_ITS_LENGTH = /^[ !#-[\]-~]*$/;

/** How many bytes of UTF-8 a string takes in JSON, without its quotes. */
export function jsonBytes(text: string): number {
  return WEIGHS_ITS_LENGTH.test(text) ? text.length : Buffer.byteLength(JSON.stringify(text)) - 2;
}

/**
 * Copies a text. In V8 a part of a text keeps the whole text in memory, so a remembered word of a
 * line of megabytes would keep the line.
 */
export function ownCopy(text: string): string {
  // Before V8 cuts a joined text it writes it to new memory. This takes 0.1 µs for a log line, a
  // third of what a Buffer takes.
  return ` ${text}`.slice(1);
}

/**
 * A bigint in decimal, unless it is too large to mean something. The time to write one grows with
 * the square of its length.
 */
export function bigintText(value: bigint): string {
  return BigInt.asIntN(512, value) === value ? value.toString() : 'A very large integer';
}

// ESC [ … letter (colours, cursor), ESC ] … BEL or ESC \ (titles, links). An ESC alone goes too, since
// what is later put behind it could complete a sequence.
const ANSI = /\u001b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\))?/g;
const LOOKS_LIKE_ANSI = /\[(?=[0-9;]*m)/g;

/** Removes ANSI sequences. One within a word would hide a secret, and would make a group of its own. */
export function withoutColours(text: string): string {
  return text.includes('\u001b') ? text.replace(ANSI, '') : text;
}

/**
 * Removes ANSI sequences, and keeps ErrSight from removing more. Its rule also removes a bare `[`
 * with digits and an `m`: it would store "items[max]" as "itemsax]". A zero-width space after the
 * bracket stops the rule and is not visible.
 */
export function withoutAnsi(text: string): string {
  const plain = withoutColours(text);
  return plain.includes('[') ? plain.replace(LOOKS_LIKE_ANSI, '[\u200b') : plain;
}

/**
 * Whether a text is blank to ErrSight. To ErrSight U+0085 is white space, to JavaScript it is not.
 */
export function isBlank(text: string): boolean {
  return !/[^\s\u0085]/.test(text);
}
