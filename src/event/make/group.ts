import { cut, LENGTHS } from '../../lib/text.ts';
import { createLru } from '../../lib/lru.ts';
import type { ErrsightEvent, Frame } from '../event.ts';

/** What is remembered of the events that are one issue. */
export interface Group {
  /** How many of them gave way in a full queue, and were not told of yet. */
  lost: number;
}

/** Finds the group of an event, and says whether this is the first one of it. */
export type Grouper = (event: ErrsightEvent) => {
  readonly group: Group;
  readonly isFirst: boolean;
};

/** The frame by which ErrSight groups, with the exception's class: the first of the application. */
export function groupingFrame(frames: readonly Frame[] | undefined): Frame | undefined {
  return frames?.find((frame) => frame.in_app);
}

/** A message as ErrSight groups by it. */
export function foldDigits(message: string): string {
  return message.replaceAll(/\d+/g, 'N');
}

/** Groups that are remembered; the first event of one that was forgotten counts as a first again. */
const MAX_GROUPS = 1_000;

/**
 * Groups events as ErrSight will, near enough to know a repeat: by the fingerprint they bring, else by
 * class, file and function, else by the text, digits aside.
 */
export function createGrouper(): Grouper {
  const groups = createLru<Group>({ maxEntries: MAX_GROUPS });
  return (event) => {
    const key = keyOf(event);
    const known = groups.get(key);
    const group = known ?? { lost: 0 };
    if (known === undefined) groups.set(key, group);
    return { group, isFirst: known === undefined };
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
