import type { ErrsightEvent, Frame } from './event.ts';

/** Most events have some 10 KB; of a larger one the memory is not kept. */
const KEPT_BYTES = 256 * 1024;
/** Bytes of UTF-8 that one UTF-16 unit takes at most. */
const BYTES_PER_UNIT = 3;

/** What each event is written to: a Buffer of its own for each costs more than the writing. */
let kept: Buffer | undefined;

/**
 * The JSON of frames: errors of one place have the same ones, in the same array, and they are two
 * thirds of an event.
 */
const written = new WeakMap<readonly Frame[], Buffer>();

/**
 * The JSON of an event as UTF-8. The bytes are only good until the next event is encoded: who keeps
 * them makes a copy.
 */
export function encode({ metadata, ...rest }: ErrsightEvent): Buffer {
  const { exception_frames: frames, ...details } = metadata;
  const start = `${JSON.stringify(rest).slice(0, -1)},"metadata":`;
  const end = `${JSON.stringify(details)}}`;
  if (frames === undefined) return join(start, NOTHING, end);
  const more = end === '{}}' ? '}}' : `,${end.slice(1)}`;
  return join(`${start}{"exception_frames":`, jsonOf(frames), more);
}

const NOTHING = Buffer.alloc(0);

function jsonOf(frames: readonly Frame[]): Buffer {
  let json = written.get(frames);
  if (json === undefined) written.set(frames, (json = Buffer.from(JSON.stringify(frames))));
  return json;
}

function join(start: string, middle: Buffer, end: string): Buffer {
  const room = memoryFor((start.length + end.length) * BYTES_PER_UNIT + middle.length);
  let length = room.write(start);
  length += middle.copy(room, length);
  length += room.write(end, length);
  return room.subarray(0, length);
}

function memoryFor(bytes: number): Buffer {
  if (bytes > KEPT_BYTES) return Buffer.allocUnsafeSlow(bytes);
  kept ??= Buffer.allocUnsafeSlow(KEPT_BYTES);
  return kept;
}
