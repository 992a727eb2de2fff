import { isUtf8 } from 'node:buffer';
import { type Lane, laneFromDigit } from '../lanes.ts';

/** No line is longer. An event has at most 500,000 bytes, and its prefix fewer than 40. */
export const MAX_LINE_BYTES = 600_000;

/**
 * The bytes of a line besides its event: 37 before it, a newline, and a newline after a torn line.
 */
export const LINE_FRAME_BYTES = 39;

/**
 * The most bytes that it takes to forget one event: a line with a number of 16 digits, after a torn
 * line.
 */
export const FORGET_BYTES = 20;

/**
 * How many numbers a line of forgotten events may have. That is under 20 KB, which a reader can
 * keep in memory.
 */
const FORGOTTEN_PER_LINE = 1_000;

export const NEWLINE = 0x0a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const MINUS = 0x2d;

const EVENT = /^\+(\d{1,16}) (\d) (\d{1,16}) \{/;
/** A torn line lacks the full stop: `-12,1` may have been `-12,13.` */
const FORGOTTEN = /^-(\d{1,16}(?:,\d{1,16})*)\.$/;
/** The beginning of an event's prefix, if nothing follows it. */
const TORN = /^\+?[\d ]*$/;
/** The longest prefix: two numbers of 16 digits, a lane, a sign, three spaces and a brace. */
const PREFIX_BYTES = 38;

/** What a line says about an event, besides the event itself. */
export interface EventLine {
  readonly seq: number;
  readonly lane: Lane;
  /** When it was appended, in ms of the wall clock. */
  readonly at: number;
}

export type Line =
  | ({ readonly kind: 'event'; readonly jsonAt: number } & EventLine)
  | { readonly kind: 'forgotten'; readonly seqs: readonly number[] }
  /** Only the beginning of a line: a killed process or a full disk leaves it. It held no event yet. */
  | { readonly kind: 'torn'; readonly seq?: number };

/** The line of an event. Undefined if it could not be read back as one line. */
export function eventLine({ seq, lane, at }: EventLine, json: Buffer): Buffer | undefined {
  const head = `+${seq} ${lane} ${at} `;
  const length = head.length + json.length + 1;
  if (length > MAX_LINE_BYTES || !looksLikeObject(json) || json.includes(NEWLINE)) return undefined;
  const line = Buffer.allocUnsafe(length);
  line.write(head, 'latin1');
  json.copy(line, head.length);
  line[length - 1] = NEWLINE;
  return line;
}

/** The lines which say that these events are not to be sent any more. */
export function forgottenLines(seqs: readonly number[]): Buffer {
  let text = '';
  for (let from = 0; from < seqs.length; from += FORGOTTEN_PER_LINE) {
    text += `-${seqs.slice(from, from + FORGOTTEN_PER_LINE).join(',')}.\n`;
  }
  return Buffer.from(text, 'latin1');
}

/** Parses a line without its newline. Undefined if it was damaged. The JSON is not checked. */
export function parseLine(line: Buffer): Line | undefined {
  // Only the beginning is looked at first, since most long lines are events.
  const beginning = line.toString('latin1', 0, PREFIX_BYTES);
  const [head, seq, lane, at] = EVENT.exec(beginning) ?? [];
  if (head !== undefined) {
    if (line.length >= MAX_LINE_BYTES || line.at(-1) !== CLOSE) {
      return { kind: 'torn', seq: Number(seq) };
    }
    const numbers = { seq: Number(seq), lane: laneFromDigit(Number(lane)), at: Number(at) };
    return { kind: 'event', jsonAt: head.length - 1, ...numbers };
  }
  if (line.length < PREFIX_BYTES && TORN.test(beginning)) return { kind: 'torn' };
  if (line.length <= FORGOTTEN_PER_LINE * FORGET_BYTES) {
    const [, seqs] = FORGOTTEN.exec(line.toString('latin1')) ?? [];
    if (seqs !== undefined) return { kind: 'forgotten', seqs: seqs.split(',').map(Number) };
  }
  return line[0] === MINUS && !line.includes(OPEN) ? { kind: 'torn' } : undefined;
}

/**
 * Whether these bytes are a JSON object. Anything else would make ErrSight refuse the whole
 * request.
 */
export function isJsonObject(bytes: Buffer): boolean {
  if (!looksLikeObject(bytes) || !isUtf8(bytes)) return false;
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

function looksLikeObject(bytes: Buffer): boolean {
  return bytes[0] === OPEN && bytes.at(-1) === CLOSE;
}
