/** Characters from which on not each one counts: a line of a step has some 150, one with a stack 2,000. */
const WHOLE = 1_024;

/**
 * A number by which a line that pino has made is known again where it is read: of its whole text, since
 * two requests log the same but for a digit. `length` is without the line's end.
 */
export function keyOf(line: string, length: number = line.length): number {
  const step = length <= WHOLE ? 1 : Math.ceil(length / WHOLE);
  let key = length;
  for (let index = 0; index < length; index += step) {
    key = Math.imul(key, 31) + line.charCodeAt(index);
  }
  return key | 0;
}

/** The property by which a stream on the logging thread says its place, see `placed`. */
export const PLACE: unique symbol = Symbol.for('errsight.place');

/**
 * The key of a line that is known to go to one place: a thread by its number, or a stream on this one by a
 * number below 0. Loggers without a time write the same line again and again, each in scopes of its own.
 */
export function placed(key: number, place: number | undefined): number {
  return place === undefined ? key : (key ^ Math.imul(place, 0x9e37_79b1)) | 0;
}
