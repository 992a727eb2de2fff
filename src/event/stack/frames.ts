import type { Frame } from '../event.ts';
import type { ProjectFiles, Versions } from './files.ts';
import { nameOf, type FunctionName } from './names.ts';
import { isOfBundler, withoutOwn } from './own-frames.ts';
import type { StackFrame } from './frame-line.ts';
import type { PathRules } from './paths.ts';
import type { Scrubber } from '../scrub/scrubber.ts';
import type { SourceReader } from './source-lines.ts';
import type { SourceTexts } from './source-text.ts';
import { isMinifiedLine, isMinifiedName, statementAt } from './minified.ts';
import { toldApart } from './line-twins.ts';
import type { Original, SourceMapper } from './source-map.ts';
import { LENGTHS } from '../../lib/text.ts';

/** How the frames of a stack are shown: by which names, with which lines. */
export interface FrameOptions {
  readonly paths: PathRules;
  /** Where this package's own code lies, with separators at their ends; its frames are not shown. */
  readonly ownFolders?: readonly string[];
  /** Without one, frames have no source lines. */
  readonly source?: SourceReader;
  /** Where functions get their names from; without one they have those that V8 wrote. */
  readonly texts?: SourceTexts;
  /** Without one, frames of built files stay as they are. */
  readonly sourceMap?: SourceMapper;
  /** What source lines and maps are read from: told when another exception begins. */
  readonly files?: ProjectFiles;
  readonly scrub: Pick<Scrubber, 'line' | 'code' | 'text'>;
}

/** A stack as it is shown. */
export interface Trace {
  /** The frames that are kept as text, one a line: `at fn (src/a.js:12:5)`; undefined without any. */
  readonly backtrace: string | undefined;
  /** The same frames, newest first, with source lines on those of the application. */
  frames(): readonly Frame[];
  /** Whether the name of the first frame of the application tells it from all others in its file. */
  readonly isTelling: boolean;
  /** Where it does not, and the text of its line doesn't either: what tells that line from the others. */
  readonly apart: string | undefined;
}

/** A frame in the place that is shown: the source's, if a map leads there from the built file. */
interface Place extends StackFrame {
  /** As it is shown: see `PathRules.relative`. */
  readonly filename: string;
  readonly inApp: boolean;
  /** The text of the source, if the map has it. */
  readonly content: string | undefined;
  /** Whether the place is not one of the source, since the map that leads there was not found. */
  readonly isLost: boolean;
  readonly isTelling: boolean;
}

/** ErrSight's fix prompt uses 18 frames of the application, its page shows all it gets. */
const MAX_FRAMES = 50;
/** Of them, how many are the newest ones, whosever they are. */
const NEWEST = 25;

/**
 * Makes what shows stacks. For an array of frames that it has seen, which `parseStack` gives for the
 * same text, it returns what it has made then: most errors of an application come from few places.
 */
export function createTracer(options: FrameOptions): (frames: readonly StackFrame[]) => Trace {
  const { files } = options;
  const remembered = new WeakMap<readonly StackFrame[], Remembered>();
  return (frames) => {
    const known = remembered.get(frames);
    if (known !== undefined && isFresh(known, files)) return known.trace;
    const used: Versions = new Map();
    const trace = track(files, used, () => traceOf(frames, options, used));
    if (isFinal(options)) remembered.set(frames, { trace, used });
    return trace;
  };
}

interface Remembered {
  readonly trace: Trace;
  /** The files that it was made with. */
  readonly used: Versions;
}

/** Whether the files are still those that a stack was shown with: a module can be replaced. */
function isFresh({ used }: Remembered, files: ProjectFiles | undefined): boolean {
  if (files === undefined) return true;
  for (const [file, version] of used) if (files.version(file) !== version) return false;
  return true;
}

function track<T>(files: ProjectFiles | undefined, used: Versions, make: () => T): T {
  return files === undefined ? make() : files.track(used, make);
}

/** Whether all files that were asked for could be read, as far as they ever can. */
function isFinal({ files }: FrameOptions): boolean {
  return files?.isCutShort !== true;
}

function traceOf(frames: readonly StackFrame[], options: FrameOptions, used: Versions): Trace {
  const { scrub, source, files } = options;
  const places = placeFrames(withoutOwn(frames, options.ownFolders), options);
  const backtrace = toBacktrace(places);
  const first = places.find((at) => at.inApp);
  const isTelling = first?.isTelling ?? false;
  const apart = isTelling ? undefined : first && apartOf(first, options);
  let shown: readonly Frame[] | undefined;
  return {
    backtrace: backtrace && scrub.text(backtrace, LENGTHS.text),
    isTelling,
    apart: apart && scrub.code(apart, LENGTHS.sourceLine),
    frames() {
      if (shown !== undefined) return shown;
      const made = track(files, used, () =>
        places.map((at) => scrubFrame(toFrame(at, source), scrub)),
      );
      if (isFinal(options)) shown = made;
      return made;
    },
  };
}

function apartOf(at: Place, { texts }: FrameOptions): string | undefined {
  const { file, line, column, content } = at;
  const lines = line === undefined ? undefined : texts?.(file, content)?.lines;
  if (lines === undefined) return undefined;
  const text = lines[(line as number) - 1] ?? '';
  if (isMinifiedLine(text)) return column === undefined ? undefined : statementAt(text, column);
  return toldApart(lines, line as number);
}

/** The frames of a stack that are kept, newest first, each in the place that is shown. */
function placeFrames(frames: readonly StackFrame[], options: FrameOptions): Place[] {
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
  const { paths, sourceMap, texts } = options;
  const frame = frames[index] as StackFrame;
  const file = paths.resolve(frame.file);
  const original = sourceMap?.(frame, frames[index + 1], frames);
  if (original === undefined) {
    const isLost = frame.file.startsWith('webpack-internal:');
    // Nobody wrote what a compiler or bundler added.
    const isAdded = isOfBundler(frame) || sourceMap?.isAdded(frame) === true;
    const inApp = paths.inApp(file) && !isAdded;
    const isGone = inApp && texts !== undefined && texts(file, undefined) === undefined;
    const content = isGone ? sourceMap?.contentOf(file) : undefined;
    const found = content === undefined ? undefined : originalOf({ ...frame, file }, content);
    const named = findName({ ...frame, file }, found, inApp && !isLost, options);
    const filename = paths.relative(file);
    const at = { ...frame, file, function: named.name, filename, inApp, content, isLost };
    return { ...at, isTelling: named.isTelling && !(inApp && isRenamed(at, options)) };
  }
  const inApp = paths.inApp(original.file, file);
  const { name, isTelling } = findName(frame, original, inApp, options);
  const filename = paths.relative(original.file);
  return { ...original, function: name, filename, inApp, isLost: false, isTelling };
}

/** Whether a minifier named the function, of which there is no map: each build has another name. */
function isRenamed(at: Omit<Place, 'isTelling'>, { texts }: FrameOptions): boolean {
  if (at.line === undefined || !isMinifiedName(at.function)) return false;
  return isMinifiedLine(texts?.(at.file, at.content)?.lines[at.line - 1] ?? '');
}

/** A frame that something else has mapped, as Node does. */
function originalOf({ file, line, column }: StackFrame, content: string): Original | undefined {
  return line === undefined || column === undefined ? undefined : { file, line, column, content };
}

/** The name of a frame's function, for which its source is looked at where it can be. */
function findName(
  frame: StackFrame,
  original: Original | undefined,
  inApp: boolean,
  { texts }: FrameOptions,
): FunctionName {
  const { file, line, column, content } = original ?? { ...frame, content: undefined };
  const isReadable = line !== undefined && (inApp || content !== undefined);
  const source = isReadable ? texts?.(file, content)?.functions() : undefined;
  // A dependency's names are V8's, unless it is part of a bundle.
  if (source === undefined && original === undefined && !inApp) {
    return { name: frame.function, isTelling: false };
  }
  return nameOf(frame, {
    isMapped: original !== undefined,
    mapName: original?.function,
    found: source && (source.at(line ?? 0, column) ?? 'none'),
    isExact: original === undefined && /\.[cm]?jsx?$/.test(file) && !process.sourceMapsEnabled,
  });
}

/** A frame in the form that ErrSight's pages read. */
function toFrame(at: Place, source: SourceReader | undefined): Frame {
  const { line, column, inApp } = at;
  return {
    filename: at.filename,
    function: at.function,
    ...(line !== undefined && { lineno: line }),
    ...(column !== undefined && { colno: column }),
    in_app: inApp,
    ...(inApp && line !== undefined && !at.isLost && source?.(at.file, line, at.content)),
  };
}

/** Stacks and source lines are text as well: an eval'd function's name or a literal can hold a secret. */
export function scrubFrame(frame: Frame, scrub: Pick<Scrubber, 'line' | 'code'>): Frame {
  const name = (text: string): string => scrub.line(text, LENGTHS.name);
  const line = (text: string): string => scrub.code(text, LENGTHS.sourceLine);
  return {
    ...frame,
    filename: name(frame.filename),
    function: name(frame.function),
    ...(frame.pre_context && { pre_context: frame.pre_context.map(line) }),
    ...(frame.context_line !== undefined && { context_line: line(frame.context_line) }),
    ...(frame.post_context && { post_context: frame.post_context.map(line) }),
  };
}

/** Frames as text, one a line; undefined where there are none. */
function toBacktrace(places: readonly Place[]): string | undefined {
  return places.length === 0 ? undefined : places.map(toLine).join('\n');
}

function toLine({ filename, line, column, function: name }: Place): string {
  const position = [filename, line, column].filter((part) => part !== undefined).join(':');
  return name === '' ? `at ${position}` : `at ${name} (${position})`;
}
