import { systemClock } from '../lib/clock.ts';
import { isObject } from '../lib/safe-read.ts';
import { isCopyOf, stackOf } from './requests/likeness.ts';
import type { Reported } from './reported.ts';
import type { Kin, Origin } from './origin.ts';
import type { NumberedLines } from './pino/numbered.ts';

/** The most errors whose copies are recognised. A copy mostly comes at once. */
const MOST = 20;
/**
 * How long outside of a request, in ms. The same line of code can fail again later. By default an
 * event waits as long for what completes it.
 */
const RECENT = 2_000;

/** An error that a project was told of, or a logger's copy of one. It keeps neither in memory. */
export interface Seen {
  readonly thrown: WeakRef<object>;
  /** The request and the project. */
  readonly where: string;
  readonly at: number;
  /** Its copy, or what it is the copy of. */
  other?: WeakRef<object>;
}

/**
 * What was reported and is one failure with this: its cause or what it has caused, a logger's copy of
 * it, or the uncaught error that it wraps. `box` stands for a value that is no object.
 */
export function relativeOf(
  reported: Reported,
  thrown: unknown,
  box: object | undefined,
  project: string,
  origin: Origin | undefined,
): Kin | undefined {
  const isAnObject = isObject(thrown);
  if (box === undefined && !isAnObject) return undefined;
  return (
    origin?.kinOf?.(thrown, project) ??
    (isAnObject ? counterpartOf(reported, thrown, project, origin) : undefined) ??
    reported.joinUncaught(thrown, isCopyOf(thrown, reported.thrown))
  );
}

type Lines = Pick<NumberedLines, 'join' | 'fold'>;

/**
 * Makes an error count as one with what is related to it. The events of its other causes that were
 * told become parts of that one's event, as far as they still wait.
 */
export function joinRelative(
  { reported, lines }: { readonly reported: Reported; readonly lines: Lines | undefined },
  error: object,
  { error: other, others = [] }: Kin,
  project: string,
): void {
  reported.join(error, other);
  lines?.join(error, other);
  for (const each of others) {
    reported.fold(each, other, project);
    lines?.fold(each, other, project);
  }
}

/**
 * The logger's copy of an error that a project was told of lately, in the same request or outside of
 * any. Or the error, if this is the copy. nestjs-pino makes an Error of a text and a stack. Each
 * error has one copy here, since two errors thrown at the same line have the same stack.
 */
function counterpartOf(
  reported: Reported,
  thrown: object,
  project: string,
  origin: Origin | undefined,
): Kin | undefined {
  const where = `${origin?.id ?? ''} ${project}`;
  const at = systemClock.now();
  // V8 takes its time for a stack, so it is read once. Copies have the same one.
  const stack = stackOf(thrown);
  const found = reported.seen.findLast((each) => {
    if (each.where !== where || (origin === undefined && at - each.at >= RECENT)) return false;
    const error = each.thrown.deref();
    return (
      stack !== '' &&
      stackOf(error) === stack &&
      (each.other === undefined || each.other.deref() === thrown) &&
      (isCopyOf(thrown, error) || isCopyOf(error, thrown))
    );
  });
  const error = found?.thrown.deref();
  if (found === undefined || error === undefined) {
    if (!reported.has(thrown, project)) {
      reported.seen = [
        ...reported.seen.slice(1 - MOST),
        { thrown: new WeakRef(thrown), where, at },
      ];
    }
    return undefined;
  }
  found.other = new WeakRef(thrown);
  return { error, isCause: isCopyOf(error, thrown) };
}
