/** What stands in place of a value that must not leave. The word Rails and Sentry use. */
export const FILTERED = '[Filtered]';

/** UTF-16 units of a text that go through the scrubber; `fit` then cuts to what ErrSight keeps. */
export const LENGTHS = {
  /** Messages, backtraces: more than the 10,000 of a message, so that `fit` sees there was more. */
  text: 20_000,
  /** ErrSight quotes 200 of a cause's message. */
  causeMessage: 2_000,
  /** Names, ids, tags: at most 200 are kept or shown. */
  name: 300,
  /** A request's path with its query. */
  path: 2_000,
  /** ErrSight's fix prompt shows so much of a source line. */
  sourceLine: 200,
} as const;

/**
 * Strings that cannot break a batch: U+0000 makes ErrSight lose the event and all later ones of the
 * same request, and one lone surrogate makes it refuse the whole request.
 */
export function wellFormed(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\u0000') ? whole.replaceAll('\u0000', '') : whole;
}

/**
 * At most `max` UTF-16 units, which is never more than `max` of the characters ErrSight counts
 * (code points); a cut text ends in "..." and never in half a surrogate pair.
 */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = max - 3;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end -= 1;
  return `${text.slice(0, end)}...`;
}

const WEIGHS_ITS_LENGTH = /^[ !#-[\]-~]*$/;

/** Bytes of UTF-8 that a string takes in JSON, without its quotes. */
export function jsonBytes(text: string): number {
  return WEIGHS_ITS_LENGTH.test(text) ? text.length : Buffer.byteLength(JSON.stringify(text)) - 2;
}

/**
 * A text that does not keep alive the one it was cut from, as V8's own do: what is remembered of a
 * line of megabytes would otherwise hold on to all of it.
 */
export function ownCopy(text: string): string {
  // To cut a text that was joined, V8 first writes it out. A third of what a Buffer's way there and
  // back costs, 0.1 µs for a log line.
  return ` ${text}`.slice(1);
}

/**
 * A bigint in decimal, unless it is larger than any that means something: the time to write one
 * grows with the square of its length.
 */
export function bigintText(value: bigint): string {
  return BigInt.asIntN(512, value) === value ? value.toString() : 'A very large integer';
}

// ESC [ … letter (colours, cursor), ESC ] … BEL or ESC \ (titles, links).
const ANSI = /\u001b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\))/g;
const LOOKS_LIKE_ANSI = /\[(?=[0-9;]*m)|(?<=\u001b)\[(?=[0-9;]*[a-zA-Z])/g;

/**
 * Removes real ANSI sequences, and keeps ErrSight from taking more: its rule also eats a bare `[`,
 * digits and `m` ("items[max]" would be stored as "itemsax]"). A zero-width space behind the
 * bracket stops the rule and reads the same. So it does where a sequence only came about by
 * removing one that stood inside it.
 */
export function withoutAnsi(text: string): string {
  const plain = text.includes('\u001b') ? text.replace(ANSI, '') : text;
  return plain.includes('[') ? plain.replace(LOOKS_LIKE_ANSI, '[\u200b') : plain;
}

/** Whether ErrSight sees nothing in a text; U+0085 is white space to it, and none to JavaScript. */
export function isBlank(text: string): boolean {
  return !/[^\s\u0085]/.test(text);
}
