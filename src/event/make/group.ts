import { cut, isBlank, LENGTHS, wellFormed } from '../../lib/text.ts';
import { createLru } from '../../lib/lru.ts';
import { digest } from '../../lib/random.ts';
import { bareName } from '../stack/names.ts';
import { codesOf, systemCodes } from './apart.ts';
import { foldDigits, foldMessage } from './fold.ts';
import type { ExceptionInfo } from '../error/exception.ts';
import type { ErrsightEvent, Frame } from '../event.ts';

/** What is remembered of the events that are one issue. */
export interface Group {
  /** How many of them gave way in a full queue, and were not reported yet. */
  lost: number;
}

/** Knows the groups of events. */
export interface Grouper {
  /** Finds the group of an event, and says whether this event is the first of it. */
  of(event: ErrsightEvent): {
    readonly group: Group;
    readonly key: string;
    readonly isFirst: boolean;
  };
  /** The group with this key, if it is not forgotten. */
  find(key: string): Group | undefined;
}

/**
 * The whole message. If that is too long for a part, it is its beginning and a digest of the whole.
 */
function told(message: string): string {
  if (message.length <= MAX_MESSAGE) return message;
  return `${message.slice(0, MAX_MESSAGE - DIGEST).toWellFormed()} ${digest(message)}`;
}

/**
 * The parts as the server uses them. It trims them, and leaves out blank ones. They are no longer
 * than a user's own may be, so that a relay keeps them.
 */
function parts(all: readonly string[]): string[] {
  return all
    .map((part) => cut(wellFormed(part).trim(), LENGTHS.name))
    .filter((part) => part !== '');
}

/** What makes events one issue. `docs/grouping.md` explains it to users. */
export type GroupedBy = 'fingerprint' | 'frame' | 'line' | 'message';

/** How an event is grouped, and its fingerprint if ErrSight's own rule would not do. */
export interface Grouping {
  readonly by: GroupedBy;
  readonly fingerprint?: string[];
}

/** What the grouping of an event depends on. */
export interface Groupable {
  /** The event's title, scrubbed. */
  readonly message: string;
  readonly className: string | undefined;
  /** The error, if the event is about one. */
  readonly error: ExceptionInfo | undefined;
  /** The frames that the event shows. */
  readonly frames: readonly Frame[] | undefined;
  /** Whether the function of the first frame of the application is the only one of that name in its file. */
  readonly isTelling: boolean;
  /** What tells that frame's line from others with the same text. */
  readonly apart: string | undefined;
}

/** UTF-16 units of a message in a fingerprint. The part has one more, the bar. */
const MAX_MESSAGE = LENGTHS.name - 1;
/** UTF-16 units of a digest, and the space before it. */
const DIGEST = 17;

/**
 * How ErrSight should group an event, by the first of these that is known:
 *
 * - the function of the first frame of the application, with the class, as the server does itself;
 * - the text of that line, if the function has no name or shares it with others of its file;
 * - the class, what `apart.ts` tells, and the first frame of a library, if nothing of the
 *   application is in the stack;
 * - the message, with numbers, ids and addresses left out.
 */
export function groupingOf(given: Groupable): Grouping {
  const { message, className = '', error, frames, isTelling: isOnly, apart = '' } = given;
  // A message has the place where it was logged, but nothing failed there.
  if (error === undefined || frames === undefined) return byMessage(message, frames, error);
  const frame = groupingFrame(frames);
  if (frame !== undefined) {
    const line = frame.context_line?.trim() ?? '';
    if (isOnly || (isBlank(line) && apart === '')) return { by: 'frame' };
    return { by: 'line', fingerprint: parts([className, frame.filename, line, apart]) };
  }
  const library = frames?.find(isTelling);
  if (library === undefined) return byMessage(message, frames, error);
  const place = [library.filename, bareName(library.function)];
  return { by: 'frame', fingerprint: parts([className, ...codesOf(error), ...place]) };
}

/** The frame by which ErrSight groups, with the exception's class: the first of the application. */
function groupingFrame(frames: readonly Frame[] | undefined): Frame | undefined {
  return frames?.find((frame) => frame.in_app);
}

/** Files that only carry on what others began. Nothing fails in them. */
const RUNNER =
  /^node:(?:events|domain|diagnostics_channel|async_hooks|timers|internal\/(?:process|timers|async_hooks|modules|main))/;

/** Whether a frame outside of the application says where the error failed. */
function isTelling({ filename, function: name }: Frame): boolean {
  return (
    !RUNNER.test(filename) && filename !== 'native' && filename !== '<anonymous>' && name !== ''
  );
}

function byMessage(
  message: string,
  frames: readonly Frame[] | undefined,
  error: ExceptionInfo | undefined,
): Grouping {
  const codes = error === undefined ? [] : systemCodes(error);
  if (codes.length > 0)
    return { by: 'message', fingerprint: parts([error?.class ?? '', ...codes]) };
  const folded = told(foldMessage(message).trim());
  const isAsTheServer =
    folded === foldDigits(message).trim() && (frames === undefined || frames.length === 0);
  if (isAsTheServer || isBlank(folded)) return { by: 'message' };
  // The server puts a bar between the message and the first line of a trace. So without a trace
  // this is the server's own group, if the message has nothing but digits to fold.
  return { by: 'message', fingerprint: [`${folded}|`] };
}

/** Stands for the group that an event would have without a fingerprint. */
const DEFAULT = /^\{\{\s{0,9}default\s{0,9}\}\}$/;

/**
 * A fingerprint in which `{{ default }}` is replaced by the group that the event has without it.
 * Undefined if it says nothing else.
 */
export function extended(
  fingerprint: readonly string[],
  event: ErrsightEvent,
): readonly string[] | undefined {
  if (!fingerprint.some((part) => DEFAULT.test(part))) return fingerprint;
  if (fingerprint.length === 1) return undefined;
  // Cut to the length of a part.
  const own = told(keyOf(event));
  return fingerprint.map((part) => (DEFAULT.test(part) ? own : part));
}

/** An event with a fingerprint of the user's. */
export function groupedBy(event: ErrsightEvent, chosen: readonly string[]): ErrsightEvent {
  const fingerprint = extended(chosen, event);
  if (fingerprint === undefined) return event;
  return { ...event, fingerprint, metadata: { ...event.metadata, errsight_group: 'fingerprint' } };
}

/** Groups that are remembered. The next event of a forgotten group counts as its first. */
const MAX_GROUPS = 1_000;

/**
 * Groups events almost as ErrSight will, which is enough to know a repeat: by their fingerprint,
 * else by class, file and function, else by the text without its digits.
 */
export function createGrouper(): Grouper {
  const groups = createLru<Group>({ maxEntries: MAX_GROUPS });
  return {
    of(event) {
      const key = keyOf(event);
      const known = groups.get(key);
      const group = known ?? { lost: 0 };
      if (known === undefined) groups.set(key, group);
      return { group, key, isFirst: known === undefined };
    },
    find: (key) => groups.get(key),
  };
}

function keyOf({ fingerprint, message, metadata }: ErrsightEvent): string {
  if (fingerprint !== undefined) return fingerprint.join('|');
  const frame = groupingFrame(metadata.exception_frames);
  if (frame !== undefined) {
    return `${metadata.exception_class}|${frame.filename}|${frame.function}`;
  }
  return foldDigits(cut(message, LENGTHS.name));
}
