import type { Frame } from '../event.ts';
import type { ProjectFiles, Versions } from './files.ts';
import { nameOf, type FunctionName } from './names.ts';
import { isOfBundler, isOurSource, withoutOwn } from './own-frames.ts';
import type { StackFrame } from './frame-line.ts';
import type { PathRules } from './paths.ts';
import type { Scrubber } from '../scrub/scrubber.ts';
import type { SourceReader } from './source-lines.ts';
import type { SourceTexts } from './source-text.ts';
import { isMinifiedLine, statementAt, withoutMinified, wordsBefore } from './minified.ts';
import { distinction } from './line-twins.ts';
import { isEvaled } from './mapping-url.ts';
import type { Original, SourceMapper } from './source-map.ts';
import { LENGTHS } from '../../lib/text.ts';

/** How the frames of a stack are shown: their names and their source lines. */
export interface FrameOptions {
  readonly paths: PathRules;
  /**
   * The folders with this package's own code, each with a separator at its end. Their frames are
   * not shown.
   */
  readonly ownFolders?: readonly string[];
  /** Reads source lines. Without it frames have none. */
  readonly source?: SourceReader;
  /** Reads the sources that name functions. Without it they have V8's names. */
  readonly texts?: SourceTexts;
  /** Maps frames of built files to sources. Without it they stay as they are. */
  readonly sourceMap?: SourceMapper;
  /** Reads the files for source lines and maps. */
  readonly files?: ProjectFiles;
  readonly scrub: Pick<Scrubber, 'line' | 'code' | 'text'>;
}

/** A stack as it is shown. */
export interface Trace {
  /**
   * The kept frames as text, one per line: `at fn (src/a.js:12:5)`. Undefined if there are none.
   */
  readonly backtrace: string | undefined;
  /** The same frames, newest first. Those of the application have source lines. */
  frames(): readonly Frame[];
  /** Whether no other function in its file has the name of the application's first frame. */
  readonly isTelling: boolean;
  /**
   * If another one has, and other lines have the same text: what distinguishes the line of that
   * frame.
   */
  readonly apart: string | undefined;
}

/**
 * A frame at the place that is shown. That is in the source, if a map leads there from the built
 * file.
 */
interface Place extends StackFrame {
  /** The name that is shown; see `PathRules.relative`. */
  readonly filename: string;
  readonly inApp: boolean;
  /** The text of the source, if the map contains it. */
  readonly content: string | undefined;
  /** Whether the place is in a built file whose map was not found. */
  readonly isLost: boolean;
  readonly isTelling: boolean;
}

/** ErrSight's fix prompt uses 18 frames of the application. Its page shows all that it gets. */
const MAX_FRAMES = 50;
/** So many of the frames are always the newest ones, also if they are a dependency's. */
const NEWEST = 25;

/**
 * Makes a function that prepares stacks for events. For the same array of frames, which
 * `parseStack` returns for the same text, it returns the same trace. Most errors of an application
 * come from few places.
 */
export function createTracer(options: FrameOptions): (frames: readonly StackFrame[]) => Trace {
  const { files } = options;
  const remembered = new WeakMap<readonly StackFrame[], Remembered>();
  return (frames) => {
    const known = remembered.get(frames);
    if (known !== undefined && isFresh(known, files)) return known.trace;
    const used: Versions = new Map();
    const trace = track(files, used, () => traceOf(frames, options, used));
    if (isFinal(options)) remembered.set(frames, { trace, used, checked: files?.renewedAt });
    return trace;
  };
}

interface Remembered {
  readonly trace: Trace;
  /** The versions of the files from which the trace was made. */
  readonly used: Versions;
  /** See `ProjectFiles.renewedAt`. */
  checked: number | undefined;
}

/** Whether the trace's files have not changed. A module can be replaced while the process runs. */
function isFresh(known: Remembered, files: ProjectFiles | undefined): boolean {
  if (files === undefined || known.checked === files.renewedAt) return true;
  for (const [file, version] of known.used) if (files.version(file) !== version) return false;
  known.checked = files.renewedAt;
  return true;
}

function track<T>(files: ProjectFiles | undefined, used: Versions, make: () => T): T {
  return files === undefined ? make() : files.track(used, make);
}

/** Whether no file is still to be read by a later event. */
function isFinal({ files }: FrameOptions): boolean {
  return files?.isCutShort !== true;
}

function traceOf(frames: readonly StackFrame[], options: FrameOptions, used: Versions): Trace {
  const { scrub, source, files } = options;
  const all = placeFrames(withoutOwn(frames, options.ownFolders), options);
  const places = all.filter((at) => !isOurSource(at.file));
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
  const lines = line === undefined || at.isLost ? undefined : texts?.(file, content)?.lines;
  if (lines === undefined) return undefined;
  const text = lines[(line as number) - 1] ?? '';
  const twins = distinction(lines, line as number);
  if (!isMinifiedLine(text)) return twins;
  if (column === undefined) return undefined;
  const parts = [statementAt(text, column), wordsBefore(text, column), twins];
  return parts.filter((part) => part !== undefined && part !== '').join(' \u2190 ');
}

/** The kept frames of a stack, newest first, each at the place that is shown. */
function placeFrames(frames: readonly StackFrame[], options: FrameOptions): Place[] {
  const kept = keepImportant(frames, (frame) => options.paths.inApp(frame.file));
  return kept.map((index) => place(frames, index, options));
}

/**
 * Which frames of a long stack are kept, in order. They are the newest 25, since the error was
 * thrown there, and then the newest of the application, which may come after hundreds of a
 * dependency's. If there is room left, further frames of dependencies are kept.
 */
function keepImportant(
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
    const isLost = isEvaled(frame.file);
    // A frame that a compiler or bundler added is not the application's.
    const isAdded = isOfBundler(frame) || sourceMap?.isAdded(frame, frames) === true;
    const inApp = paths.inApp(file) && !isAdded;
    const isGone = inApp && !isLost && texts !== undefined && texts(file, undefined) === undefined;
    const content = isGone ? sourceMap?.contentOf(file) : undefined;
    const found = content === undefined ? undefined : originalOf({ ...frame, file }, content);
    const named = findName({ ...frame, file }, found, inApp, options, isLost);
    const filename = paths.relative(file);
    const at = { ...frame, file, function: named.name, filename, inApp, content, isLost };
    const kept = inApp ? keptName(at, options) : named.name;
    // Another class may have a method of this name, and no name of its own either.
    return { ...at, function: kept, isTelling: named.isTelling && kept === named.name };
  }
  const inApp = paths.inApp(original.file, file);
  const { name, isTelling } = findName(frame, original, inApp, options);
  const filename = paths.relative(original.file);
  return { ...original, function: name, filename, inApp, isLost: false, isTelling };
}

/**
 * The name of a frame without what a minifier called it, where there is no map: that differs in each build.
 */
function keptName(at: Omit<Place, 'isTelling'>, { texts }: FrameOptions): string {
  const kept = withoutMinified(at.function);
  if (at.line === undefined || kept === at.function) return at.function;
  const line = texts?.(at.file, at.content)?.lines[at.line - 1] ?? '';
  return isMinifiedLine(line) ? kept : at.function;
}

/** A frame that something else has mapped already, as Node does. */
function originalOf({ file, line, column }: StackFrame, content: string): Original | undefined {
  return line === undefined || column === undefined ? undefined : { file, line, column, content };
}

/** The name of a frame's function, from its source if that can be read. */
function findName(
  frame: StackFrame,
  original: Original | undefined,
  inApp: boolean,
  { texts }: FrameOptions,
  isLost = false,
): FunctionName {
  const { file, line, column, content } = original ?? { ...frame, content: undefined };
  // The lines of code that ran with `eval` are not those of the file on the disk.
  const isReadable = line !== undefined && !isLost && (inApp || content !== undefined);
  const source = isReadable ? texts?.(file, content)?.functions() : undefined;
  // A dependency's function has V8's name, unless it is part of a bundle.
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

/**
 * Scrubs a frame. The name of an eval'd function, or a literal in a source line, can hold a secret.
 */
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

/** Frames as text, one per line. Undefined if there are none. */
function toBacktrace(places: readonly Place[]): string | undefined {
  return places.length === 0 ? undefined : places.map(toLine).join('\n');
}

function toLine({ filename, line, column, function: name }: Place): string {
  const position = [filename, line, column].filter((part) => part !== undefined).join(':');
  return name === '' ? `at ${position}` : `at ${name} (${position})`;
}
