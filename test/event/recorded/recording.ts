import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Node was started with: nothing, or this. */
export const FLAGS = ['', '--enable-source-maps'] as const;
export type Flag = (typeof FLAGS)[number];

/** A place in a file, both numbers counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What V8's CallSite says of a frame, named as its methods are: `getFunctionName`, `isAsync`, ... */
export interface Facts {
  readonly function?: string;
  readonly type?: string;
  readonly method?: string;
  /** `getScriptNameOrSourceURL`, so that of a `//# sourceURL` too. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly toplevel?: boolean;
  readonly constructor?: boolean;
  readonly native?: boolean;
  readonly async?: boolean;
  readonly eval?: boolean;
  /** `getPromiseIndex`. */
  readonly index?: number;
}

/** What is true of a frame. None of it comes from the package's own parser. */
export interface RecordedFrame {
  readonly facts: Facts;
  /** Where a comment in the scenario says that the code of this frame is evaluated. */
  readonly evaluated?: Place;
  /** What Node writes instead under --enable-source-maps: the place is of @jridgewell/trace-mapping. */
  readonly mapped?: Place & { readonly function: string };
  /** The line of the source that holds this comment: `// at: function`; empty for an anonymous one. */
  readonly original?: { readonly file: string; readonly line: number; readonly function: string };
}

/** A stack as Node wrote it, and what is true of it. */
export interface RecordedStack {
  readonly scenario: string;
  /** The modes of Node in which all of this came out the same. */
  readonly flags: readonly Flag[];
  readonly class: string;
  readonly message: string;
  /** With /srv/app for the application's folder. */
  readonly stack: string;
  /** Indexes into `frames` of the recording: many stacks end alike. */
  readonly frames: readonly number[];
}

/** What was recorded of one Node. */
export interface Recording {
  readonly node: string;
  readonly frames: readonly RecordedFrame[];
  readonly stacks: readonly RecordedStack[];
}

/** The folder of the application in all recordings. */
export const RECORDED_ROOT = '/srv/app';

export const MAJORS = [20, 22, 24] as const;

/** The recordings are not compiled: they lie beside this file's source. */
export const RECORDED_FOLDER: string = join(
  import.meta.dirname,
  '../../../../../test/event/recorded',
);

export function readRecording(major: number): Recording {
  const text = readFileSync(join(RECORDED_FOLDER, `node${major}.json`), 'utf8');
  return JSON.parse(text) as Recording;
}
