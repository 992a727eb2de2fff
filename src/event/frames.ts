import type { Frame } from './event.ts';
import type { StackFrame } from './frame-line.ts';
import type { PathRules } from './paths.ts';
import type { SourceReader } from './source.ts';
import type { SourceMapper } from './source-map.ts';

/** How the frames of a stack are shown: by which names, with which lines. */
export interface FrameOptions {
  readonly paths: PathRules;
  /** Without one, frames have no source lines. */
  readonly source?: SourceReader;
  /** Without one, frames of built files stay as they are. */
  readonly sourceMap?: SourceMapper;
}

/** A frame in the place that is shown: the source's, if a map leads there from the built file. */
export interface Place extends StackFrame {
  /** As it is shown: see `PathRules.relative`. */
  readonly filename: string;
  readonly inApp: boolean;
  /** The text of the source, if the map has it. */
  readonly content: string | undefined;
}

/** ErrSight's fix prompt uses 18 frames of the application, its page shows all it gets. */
const MAX_FRAMES = 50;
/** Of them, how many are the newest ones, whosever they are. */
const NEWEST = 25;

/** The frames of a stack that are kept, newest first, each in the place that is shown. */
export function placeFrames(frames: readonly StackFrame[], options: FrameOptions): Place[] {
  const kept = keepTelling(frames, (frame) => options.paths.inApp(frame.file));
  return kept.map((index) => place(frames, index, options));
}

/**
 * Which frames of a deep recursion are kept, in order: the newest, where it was thrown, and then the
 * first of the application's, which may lie behind hundreds of a dependency's; and of what is left
 * the newest again.
 */
function keepTelling(
  frames: readonly StackFrame[],
  isInApp: (frame: StackFrame) => boolean,
): number[] {
  const all = [...frames.keys()];
  if (all.length <= MAX_FRAMES) return all;
  const ours: number[] = [];
  const others: number[] = [];
  for (const index of all.slice(NEWEST)) {
    (isInApp(frames[index] as StackFrame) ? ours : others).push(index);
  }
  const chosen = [...ours, ...others].slice(0, MAX_FRAMES - NEWEST);
  return [...all.slice(0, NEWEST), ...chosen.toSorted((a, b) => a - b)];
}

function place(frames: readonly StackFrame[], index: number, options: FrameOptions): Place {
  const { paths, sourceMap } = options;
  const frame = frames[index] as StackFrame;
  const original = sourceMap?.(frame, frames[index + 1]);
  if (original === undefined) {
    const filename = paths.relative(frame.file);
    return { ...frame, filename, inApp: paths.inApp(frame.file), content: undefined };
  }
  return {
    function: frame.function,
    ...original,
    filename: paths.relative(original.file),
    inApp: paths.inApp(original.file, frame.file),
  };
}

/** A frame in the form that ErrSight's pages read. */
export function toFrame(at: Place, source: SourceReader | undefined): Frame {
  const { line, column, inApp } = at;
  return {
    filename: at.filename,
    function: at.function,
    ...(line !== undefined && { lineno: line }),
    ...(column !== undefined && { colno: column }),
    in_app: inApp,
    ...(inApp && line !== undefined && source?.(at.file, line, at.content)),
  };
}

/** Frames as text, one a line; undefined where there are none. */
export function toBacktrace(places: readonly Place[]): string | undefined {
  return places.length === 0 ? undefined : places.map(toLine).join('\n');
}

function toLine({ filename, line, column, function: name }: Place): string {
  const position = [filename, line, column].filter((part) => part !== undefined).join(':');
  return name === '' ? `at ${position}` : `at ${name} (${position})`;
}
