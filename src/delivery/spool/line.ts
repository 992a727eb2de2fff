import { isUtf8 } from 'node:buffer';
import { type Lane, laneFromDigit } from '../lanes.ts';

/** No line is longer: an event has 500,000 bytes at most, its prefix not even 40. */
export const MAX_LINE_BYTES = 600_000;

/** What a line has besides its event: 37 bytes before it, a newline, one behind a torn line. */
export const LINE_FRAME_BYTES = 39;

/**
 * What forgetting one event costs at most: a line of its own, with a number of 16 digits, behind a
 * torn one.
 */
export const FORGET_BYTES = 20;

/** So many numbers in a line of forgotten events: under 20 KB, which a reader keeps whole. */
const FORGOTTEN_PER_LINE = 1_000;

const NEWLINE = 0x0a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const EVENT = /^\+(\d{1,16}) (\d) (\d{1,16}) \{/;
/** The full stop is what a torn line lacks: `-12,1` was meant to be `-12,13.` */
const FORGOTTEN = /^-(\d{1,16}(?:,\d{1,16})*)\.$/;
/** The longest prefix: two numbers of 16 digits, a lane, a sign, three spaces and a brace. */
const PREFIX_BYTES = 38;

/** What a line says of an event, the event itself apart. */
export interface EventLine {
  readonly seq: number;
  readonly lane: Lane;
  /** When it was appended: ms of the wall clock. */
  readonly at: number;
}

export type Line =
  | ({ readonly kind: 'event'; readonly jsonAt: number } & EventLine)
  | { readonly kind: 'forgotten'; readonly seqs: readonly number[] };

/** The line of an event; undefined if it would not be one line that can be read back. */
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

/** The lines that say that these events are no more to be sent. */
export function forgottenLines(seqs: readonly number[]): Buffer {
  let text = '';
  for (let from = 0; from < seqs.length; from += FORGOTTEN_PER_LINE) {
    text += `-${seqs.slice(from, from + FORGOTTEN_PER_LINE).join(',')}.\n`;
  }
  return Buffer.from(text, 'latin1');
}

/** Reads a line without its newline; undefined if it is none of ours. The JSON is not looked into. */
export function parseLine(line: Buffer): Line | undefined {
  // A short look first: most of what is long is an event.
  const [head, seq, lane, at] = EVENT.exec(line.toString('latin1', 0, PREFIX_BYTES)) ?? [];
  if (head !== undefined) {
    if (line.length >= MAX_LINE_BYTES || line.at(-1) !== CLOSE) return undefined;
    const numbers = { seq: Number(seq), lane: laneFromDigit(Number(lane)), at: Number(at) };
    return { kind: 'event', jsonAt: head.length - 1, ...numbers };
  }
  if (line.length > FORGOTTEN_PER_LINE * FORGET_BYTES) return undefined;
  const [, seqs] = FORGOTTEN.exec(line.toString('latin1')) ?? [];
  return seqs === undefined ? undefined : { kind: 'forgotten', seqs: seqs.split(',').map(Number) };
}

/** Whether these bytes are a JSON object, of which a server will not refuse a whole request. */
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
