import { read } from 'node:fs';
import { type EventLine, MAX_LINE_BYTES, parseLine } from './line.ts';

/** An event's line, and where it is. */
export interface Located extends EventLine {
  readonly offset: number;
  /** Bytes of the line, its newline among them. */
  readonly length: number;
  /** Those of the event itself. */
  readonly bytes: number;
}

export interface Scan {
  /** Those that are not forgotten, in the order of the file. */
  readonly events: readonly Located[];
  /** Whether the file ends in the middle of a line. */
  readonly torn: boolean;
}

/** Bytes read at a time: a file of 4 MiB takes 64 reads, between which others run. */
const CHUNK = 65_536;

const NEWLINE = 0x0a;

/**
 * Finds the events in the first `size` bytes of a file, and keeps nothing of them but where they are.
 * What is no line of ours is skipped: the torn end of a process that was killed, or anything else.
 * Ends early when `stopped` says so. Rejects if the file cannot be read.
 */
export async function scanLines(fd: number, size: number, stopped: () => boolean): Promise<Scan> {
  const events = new Map<number, Located>();
  const take = (line: Buffer, offset: number): void => {
    const parsed = parseLine(line);
    if (parsed?.kind === 'forgotten') for (const seq of parsed.seqs) events.delete(seq);
    if (parsed?.kind !== 'event') return;
    const { seq, lane, at, jsonAt } = parsed;
    const bytes = line.length - jsonAt;
    events.set(seq, { seq, lane, at, offset, length: line.length + 1, bytes });
  };

  const chunk = Buffer.allocUnsafeSlow(CHUNK);
  /** The beginning of a line whose end has not come yet; undefined while a line is too long. */
  let begun: Buffer | undefined = Buffer.alloc(0);
  let position = 0;
  while (position < size && !stopped()) {
    const length = await readAt(fd, chunk, Math.min(CHUNK, size - position), position);
    if (length === 0) break;
    let from = 0;
    for (let end = newline(chunk, from, length); end >= 0; end = newline(chunk, from, length)) {
      if (begun !== undefined) {
        const line = joined(begun, chunk.subarray(from, end));
        take(line, position + end - line.length);
      }
      begun = Buffer.alloc(0);
      from = end + 1;
    }
    if (begun !== undefined) {
      const longer: Buffer = joined(begun, chunk.subarray(from, length));
      // Copied, since the chunk is about to be read into again.
      begun = longer.length >= MAX_LINE_BYTES ? undefined : Buffer.from(longer);
    }
    position += length;
  }
  return { events: [...events.values()], torn: begun === undefined || begun.length > 0 };
}

function joined(begun: Buffer, rest: Buffer): Buffer {
  return begun.length === 0 ? rest : Buffer.concat([begun, rest]);
}

function newline(chunk: Buffer, from: number, length: number): number {
  const at = chunk.indexOf(NEWLINE, from);
  return at < length ? at : -1;
}

/** Not through a FileHandle, which closes its descriptor when it is collected. */
function readAt(fd: number, into: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, length, position, (error, bytes) => {
      if (error) reject(error);
      else resolve(bytes);
    });
  });
}
