import { remembering } from '../../lib/remember.ts';
import type { Cause, ErrsightEvent, Frame } from '../event.ts';

/** Most events have about 10 KB. The memory of a larger one is not kept. */
const KEPT_BYTES = 256 * 1024;
/** The most bytes of UTF-8 for one UTF-16 unit. */
const BYTES_PER_UNIT = 3;

/** The Buffer for all events. To make one for each event takes longer than to write it. */
let kept: Buffer | undefined;

/**
 * The JSON of an event as UTF-8. The bytes are only valid until the next event is encoded, so keep
 * a copy.
 *
 * Errors of one place share their array of frames and their backtraces. These are four fifths of an
 * event, and are turned into JSON only once.
 */
export function encode({ metadata, backtrace, ...rest }: ErrsightEvent): Buffer {
  const { exception_frames: frames, exception_causes: causes, ...details } = metadata;
  const parts: string[] = [];
  if (causes !== undefined) parts.push(`"exception_causes":[${causes.map(causeJson).join(',')}]`);
  const inner = JSON.stringify(details).slice(1, -1);
  if (inner !== '') parts.push(inner);
  const trace = backtrace === undefined ? '' : `,"backtrace":${quoted(backtrace)}`;
  const start = `${JSON.stringify(rest).slice(0, -1)}${trace},"metadata":{`;
  const end = `${parts.join(',')}}}`;
  if (frames === undefined) return join(start, NOTHING, end);
  const comma = parts.length > 0 ? ',' : '';
  return join(`${start}"exception_frames":`, framesJson(frames), comma + end);
}

const NOTHING = Buffer.alloc(0);

const written = new WeakMap<readonly Frame[], Buffer>();

function framesJson(frames: readonly Frame[]): Buffer {
  let json = written.get(frames);
  if (json === undefined) written.set(frames, (json = Buffer.from(JSON.stringify(frames))));
  return json;
}

/** 200 texts take 4 MB at most, and mostly a tenth of that. */
const quoted = remembering((text) => JSON.stringify(text), { maxEntries: 200, maxLength: 10_000 });

function causeJson(cause: Cause): string {
  const { class: name, message, backtrace } = cause;
  if (backtrace !== undefined && Object.keys(cause).length === 3) {
    // As nearly all are; to copy the rest takes as long as to write it.
    const start = `{"class":${quoted(name)},"message":${JSON.stringify(message)}`;
    return `${start},"backtrace":${quoted(backtrace)}}`;
  }
  return causeOfAnyKeys(cause);
}

function causeOfAnyKeys({ backtrace, ...rest }: Cause): string {
  const json = JSON.stringify(rest);
  return backtrace === undefined ? json : `${json.slice(0, -1)},"backtrace":${quoted(backtrace)}}`;
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
