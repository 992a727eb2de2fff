import { read } from 'node:fs';
import { LANE_FIRST_ERROR } from '../lanes.ts';
import { type EventLine, isJsonObject, MAX_LINE_BYTES, NEWLINE, parseLine } from './line.ts';

/** Lines which say that events are forgotten, and where they begin. */
export interface Forgotten {
  readonly offset: number;
  readonly seqs: readonly number[];
}

/** The line of an event, and where it is in the file. */
export interface Located extends EventLine {
  readonly offset: number;
  /** The bytes of the line, with its newline. */
  readonly length: number;
  /** The bytes of the event itself. */
  readonly bytes: number;
}

export interface Scan {
  /**
   * The events that are not forgotten, in the order of the file. A damaged line stands for one
   * event, which can't be read back.
   */
  readonly events: readonly Located[];
  readonly forgotten: readonly Forgotten[];
  /** Whether the file ends in the middle of a line. */
  readonly torn: boolean;
}

/**
 * How many bytes are read at a time. A file of 4 MiB takes 64 reads, and other code runs between
 * them.
 */
const CHUNK = 65_536;

/**
 * Finds the events in the first `size` bytes of a file, and remembers only where they are. Skips a
 * line that was torn when its process was killed. Ends early if `stopped` returns true. Rejects if
 * the file can't be read.
 */
export async function scanLines(fd: number, size: number, stopped: () => boolean): Promise<Scan> {
  const events = new Map<number, Located>();
  const forgotten: Forgotten[] = [];
  let lastSeq = 0;
  /** The last line, if it is the beginning of an event. */
  let half: { readonly seq: number; readonly offset: number } | undefined;
  /**
   * A damaged line most likely held the event after the last one. If a line with that number
   * follows, or one that forgets it, nothing is lost.
   */
  const damaged = (offset: number, seq = lastSeq + 1): void => {
    lastSeq = Math.max(lastSeq, seq);
    // Without bytes it can't be read back, so it is counted like an event whose JSON was damaged.
    events.set(seq, { seq, lane: LANE_FIRST_ERROR, at: 0, offset, length: 0, bytes: 0 });
  };
  const take = (line: Buffer, offset: number, isEnded: boolean): void => {
    const parsed = parseLine(line);
    if (parsed === undefined) damaged(offset);
    else if (parsed.kind === 'torn') {
      const { seq } = parsed;
      half = seq === undefined ? undefined : { seq, offset };
    } else if (parsed.kind === 'forgotten') {
      if (!isEnded) return;
      half = undefined;
      for (const seq of parsed.seqs) events.delete(seq);
      forgotten.push({ offset, seqs: parsed.seqs });
    } else {
      const { seq, lane, at, jsonAt } = parsed;
      // The last line may lack only its newline.
      if (!isEnded && !isJsonObject(line.subarray(jsonAt))) return;
      // The number of an event that could not be written is given to the next one.
      if (half !== undefined && half.seq === seq - 1) damaged(half.offset, half.seq);
      half = undefined;
      lastSeq = Math.max(lastSeq, seq);
      const bytes = line.length - jsonAt;
      events.set(seq, { seq, lane, at, offset, length: line.length + 1, bytes });
    }
  };

  const chunk = Buffer.allocUnsafeSlow(CHUNK);
  /** The beginning of a line whose end was not read yet. Undefined while the line is too long. */
  let begun: Buffer | undefined = Buffer.alloc(0);
  let position = 0;
  while (position < size && !stopped()) {
    const length = await readAt(fd, chunk, Math.min(CHUNK, size - position), position);
    if (length === 0) break;
    let from = 0;
    for (let end = newline(chunk, from, length); end >= 0; end = newline(chunk, from, length)) {
      if (begun !== undefined) {
        const line = joined(begun, chunk.subarray(from, end));
        take(line, position + end - line.length, true);
      } else {
        damaged(position);
      }
      begun = Buffer.alloc(0);
      from = end + 1;
    }
    if (begun !== undefined) {
      const longer: Buffer = joined(begun, chunk.subarray(from, length));
      // It is copied, since the next read overwrites the chunk.
      begun = longer.length >= MAX_LINE_BYTES ? undefined : Buffer.from(longer);
    }
    position += length;
  }
  const torn = begun === undefined || begun.length > 0;
  if (begun === undefined) damaged(position);
  else if (torn) take(begun, position - begun.length, false);
  return { events: [...events.values()], forgotten, torn };
}

function joined(begun: Buffer, rest: Buffer): Buffer {
  return begun.length === 0 ? rest : Buffer.concat([begun, rest]);
}

function newline(chunk: Buffer, from: number, length: number): number {
  const at = chunk.indexOf(NEWLINE, from);
  return at < length ? at : -1;
}

/** Not with a FileHandle, which closes its descriptor when it is garbage-collected. */
function readAt(fd: number, into: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, length, position, (error, bytes) => {
      if (error) reject(error);
      else resolve(bytes);
    });
  });
}
