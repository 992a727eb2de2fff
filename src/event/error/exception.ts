import { collectCauses, type Found } from './causes.ts';
import { isErrorInstance, isErrorLike } from './class.ts';
import type { Cause, Frame } from '../event.ts';
import { createTracer } from '../stack/frames.ts';
import type { FrameOptions } from '../stack/frames.ts';
import type { StackFrame } from '../stack/frame-line.ts';
import { holdsInside } from '../scrub/special-objects.ts';
import { prefer } from '../../lib/prefer.ts';
import { attempt, elementsOf, isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { describeThrown } from './thrown.ts';
import type { Thrown } from './thrown.ts';
import { isRepeated, unlistedFacts } from './unlisted.ts';

/** An error in the form that ErrSight stores. */
export interface ExceptionInfo {
  /** Never blank. It becomes `metadata.exception_class`, by which ErrSight groups. */
  readonly class: string;
  /** Never blank. The error's own message in full length, without those of its causes. */
  readonly message: string;
  /** Whether it was an Error, or something that was made of one. */
  readonly isError: boolean;
  /**
   * Whether the function of the first frame of the application has a name that no other function in
   * its file has.
   */
  readonly isTelling: boolean;
  /**
   * If it has not: what distinguishes the line of that frame from lines in the file with the same
   * text.
   */
  readonly apart: string | undefined;
  /**
   * Newest first. Those of the application have source lines. The array is shared between events,
   * so it must not be changed.
   */
  readonly frames: readonly Frame[];
  /** The same frames as text, one per line, newest first: `at fn (src/a.js:12:5)`. */
  readonly backtrace: string | undefined;
  /** At most five: the chain of causes, then the members of an AggregateError. */
  readonly causes: readonly CauseInfo[];
  /**
   * The error's other own properties, such as `code`, `errno` and `statusCode`. They are raw: the
   * caller has to normalise and scrub them. For an AggregateError `aggregated_errors` is the number
   * of its members.
   */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A cause of an error, with its other own properties, raw like those of the error. */
export interface CauseInfo extends Cause {
  readonly isError: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Reads anything that was thrown or logged as an error. Properties in `beside` are left out. */
export type ExceptionReader = (thrown: unknown, beside?: ReadonlySet<string>) => ExceptionInfo;

/** ErrSight keeps 50 keys of metadata in all. */
const MAX_PROPERTIES = 50;
/** How many keys are looked at. */
const LOOKED_AT = 500;

/** How many members are looked at. An array can claim to have 4,294,967,295. */
const MAX_MEMBERS = 100;

const NONE: ReadonlySet<string> = new Set();
const NO_FACTS: readonly [string, unknown][] = [];

/** Properties that the event shows elsewhere, and those that serializers add. */
const RESERVED: ReadonlySet<string> = new Set([
  'name',
  'message',
  'stack',
  'cause',
  'errors',
  'type',
  'aggregateErrors',
  'raw',
  // Where a VError keeps its cause.
  'jse_cause',
  // pino copies inherited constants, and a DOMException (AbortError) inherits 25 of them.
  ...Object.keys(DOMException),
]);

/**
 * Makes a reader. It takes an Error of any realm, what a serializer of pino or bunyan made of one,
 * or any other value. It never throws: a getter or Proxy that throws is read as undefined. No
 * property is read twice.
 */
export function createExceptionReader(options: FrameOptions): ExceptionReader {
  const traceOf = createTracer(options);

  function toCause({ thrown: cause, value }: Found): CauseInfo {
    const { backtrace } = traceOf(cause.frames);
    const properties = readProperties(value, cause, NONE);
    const { class: name, message, isError } = cause;
    const known = { class: name, message, isError, properties };
    return backtrace === undefined
      ? known
      : { class: name, message, isError, properties, backtrace };
  }

  return (value, beside = NONE) => {
    options.files?.renew();
    const thrown = describeThrown(value);
    const causes = collectCauses(value, thrown);
    const trace = traceOf(shownFrames(thrown, causes));
    const properties = readProperties(value, thrown, beside);
    return {
      class: thrown.class,
      message: thrown.message,
      isError: thrown.isError,
      isTelling: trace.isTelling,
      apart: trace.apart,
      frames: trace.frames(),
      backtrace: trace.backtrace,
      causes: causes
        .map(toCause)
        .filter((cause) => cause.isError || !isRepeated(cause.properties, properties)),
      properties,
    };
  };
}

/**
 * The frames that are shown for an error. If it has none, as the error of `Promise.any`, they are
 * those of its first cause that has some.
 */
function shownFrames(thrown: Thrown, causes: readonly Found[]): readonly StackFrame[] {
  if (thrown.frames.length > 0) return thrown.frames;
  return causes.find((each) => each.thrown.frames.length > 0)?.thrown.frames ?? thrown.frames;
}

function readProperties(
  value: unknown,
  thrown: Thrown,
  beside: ReadonlySet<string>,
): Record<string, unknown> {
  const isRaw = isObject(value) && thrown.isRaw;
  const keys = isRaw ? (thrown.keys ?? keysOf(value)) : undefined;
  const unlisted = isRaw ? unlistedFacts(value, keys ?? []) : NO_FACTS;
  // Most errors have none.
  if (keys?.length === 0 && thrown.memberCount === 0 && unlisted.length === 0) return {};
  const entries: [string, unknown][] = [];
  if (thrown.memberCount > 0) entries.push(['aggregated_errors', thrown.memberCount]);
  if (isArray(value)) entries.push(['items', value]);
  else if (isObject(value) && holdsInside(value)) entries.push(['value', value]);
  else if (isObject(value)) {
    for (const key of (keys ?? thrown.keys ?? keysOf(value)).slice(0, LOOKED_AT)) {
      if (isShownElsewhere(key, value, thrown) || beside.has(key)) continue;
      const property = key === 'type' && thrown.type ? thrown.type.value : read(value, key);
      // Causes are shown as such, with all their properties.
      const isOfMembers = key === 'errors' && (isArray(property) || thrown.memberCount > 0);
      if (property === thrown.cause || (isOfMembers && areShownAsCauses(property))) continue;
      if (key === 'level' && isLevelOfWinston(value, property)) continue;
      // Methods are left out. An own `toJSON`, as in older axios, would replace all properties.
      if (typeof property !== 'function') entries.push([key, property]);
    }
  }
  for (const fact of unlisted) if (!beside.has(fact[0])) entries.push(fact);
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return Object.fromEntries(prefer(entries, MAX_PROPERTIES, ([, property]) => !isObject(property)));
}

/**
 * winston writes a line's level on an Error that is logged alone, and a second time under this
 * symbol.
 */
function isLevelOfWinston(value: object, level: unknown): boolean {
  return attempt(() => Reflect.get(value, Symbol.for('level')) === level) ?? false;
}

/**
 * Whether these are shown as causes. The plain objects that a validator lists are shown as
 * properties too.
 */
function areShownAsCauses(errors: unknown): boolean {
  if (!isObject(errors)) return false;
  const members = isArray(errors)
    ? elementsOf(errors, MAX_MEMBERS)
    : keysOf(errors)
        .slice(0, MAX_MEMBERS)
        .map((key) => read(errors, key));
  return members.every(saysNoMore);
}

/** Whether a member says no more than its cause does. JSON leaves `{}` of an Error. */
function saysNoMore(member: unknown): boolean {
  return isErrorLike(member) || (isObject(member) && keysOf(member).length === 0);
}

/** Serializers add these. On an Error itself they are ordinary properties. */
const OF_SERIALIZERS: ReadonlySet<string> = new Set(['type', 'raw', 'errors']);

function isShownElsewhere(key: string, value: object, thrown: Thrown): boolean {
  // Of what is no error nothing is: `{ type: 'NOT_FOUND', id: 5 }`.
  if (!thrown.isError) return false;
  if (key === 'errors' || (OF_SERIALIZERS.has(key) && isErrorInstance(value))) return false;
  if (key === 'type') return thrown.type?.isClass === true;
  if (thrown.class === 'SuppressedError' && (key === 'error' || key === 'suppressed')) return true;
  return RESERVED.has(key);
}
