import { collectCauses, type Found } from './causes.ts';
import { isErrorInstance, isErrorLike } from './class.ts';
import type { Cause, Frame } from '../event.ts';
import { createTracer } from '../stack/frames.ts';
import type { FrameOptions } from '../stack/frames.ts';
import type { StackFrame } from '../stack/frame-line.ts';
import { specialOf } from '../scrub/special-objects.ts';
import { prefer } from '../../lib/prefer.ts';
import { attempt, elementsOf, isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { describeThrown } from './thrown.ts';
import type { Thrown } from './thrown.ts';

/** An error in the form that ErrSight stores. */
export interface ExceptionInfo {
  /** Never blank. Becomes `metadata.exception_class`, by which ErrSight groups. */
  readonly class: string;
  /** Never blank. The error's own message, without those of its causes, in its full length. */
  readonly message: string;
  /** Whether it was an Error, or something made of one, and not just any value. */
  readonly isError: boolean;
  /** Whether the function of the first frame of the application is the only one of that name in its file. */
  readonly isTelling: boolean;
  /** What tells that frame's line from others of its file with the same text, where the function does not. */
  readonly apart: string | undefined;
  /** Newest first, with source lines on those of the application. Often the same array: read-only. */
  readonly frames: readonly Frame[];
  /** The same frames as text, one a line, newest first: `at fn (src/a.js:12:5)`. */
  readonly backtrace: string | undefined;
  /** At most five: the chain of causes, then the members of an AggregateError. */
  readonly causes: readonly CauseInfo[];
  /**
   * The error's own further properties, as `code`, `errno`, `statusCode`: raw, so yet to be
   * normalised and scrubbed. For an AggregateError `aggregated_errors` says how many it holds.
   */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What led to an error, with its own further properties, raw as those of the error itself. */
export interface CauseInfo extends Cause {
  readonly isError: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Reads anything that was thrown or logged as an error; properties `beside` it are not its own. */
export type ExceptionReader = (thrown: unknown, beside?: ReadonlySet<string>) => ExceptionInfo;

/** ErrSight keeps 50 keys of metadata in all. */
const MAX_PROPERTIES = 50;
/** Keys of which the values are looked at. */
const LOOKED_AT = 500;

/** Members that are looked at: an array can say that it has 4,294,967,295. */
const MAX_MEMBERS = 100;

const NONE: ReadonlySet<string> = new Set();

/** What is told elsewhere, and what serializers add. */
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
 * Makes a reader that takes an Error of any realm, what pino's or bunyan's serializers made of one, or
 * anything else, and never throws: getters and Proxies that do are read as undefined. No property is
 * read twice.
 */
export function createExceptionReader(options: FrameOptions): ExceptionReader {
  const traceOf = createTracer(options);

  function toCause({ thrown: cause, value }: Found): CauseInfo {
    const { backtrace } = traceOf(cause.frames);
    return {
      class: cause.class,
      message: cause.message,
      isError: cause.isError,
      properties: readProperties(value, cause, NONE),
      ...(backtrace !== undefined && { backtrace }),
    };
  }

  return (value, beside = NONE) => {
    options.files?.renew();
    const thrown = describeThrown(value);
    const causes = collectCauses(value, thrown);
    const trace = traceOf(tellingFrames(thrown, causes));
    return {
      class: thrown.class,
      message: thrown.message,
      isError: thrown.isError,
      isTelling: trace.isTelling,
      apart: trace.apart,
      frames: trace.frames(),
      backtrace: trace.backtrace,
      causes: causes.map(toCause),
      properties: readProperties(value, thrown, beside),
    };
  };
}

/**
 * The frames by which an error is shown: its own, or if it has none, as the one of `Promise.any`, those
 * of the first error behind it that has.
 */
function tellingFrames(thrown: Thrown, causes: readonly Found[]): readonly StackFrame[] {
  if (thrown.frames.length > 0) return thrown.frames;
  return causes.find((each) => each.thrown.frames.length > 0)?.thrown.frames ?? thrown.frames;
}

function readProperties(
  value: unknown,
  thrown: Thrown,
  beside: ReadonlySet<string>,
): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  if (thrown.memberCount > 0) entries.push(['aggregated_errors', thrown.memberCount]);
  if (isArray(value)) entries.push(['items', value]);
  else if (isObject(value) && holdsInside(value)) entries.push(['value', value]);
  else if (isObject(value)) {
    for (const key of (thrown.keys ?? keysOf(value)).slice(0, LOOKED_AT)) {
      if (isTold(key, value, thrown) || beside.has(key)) continue;
      const property = read(value, key);
      // It is a cause, or they are, with all that they have.
      const isOfMembers = key === 'errors' && (isArray(property) || thrown.memberCount > 0);
      if (property === thrown.cause || (isOfMembers && isToldByMembers(property))) continue;
      if (key === 'level' && isOfWinston(value, property)) continue;
      // A method is none, and an own `toJSON`, as older axios has it, would stand for all of them.
      if (typeof property !== 'function') entries.push([key, property]);
    }
  }
  const response = isObject(value) && isErrorInstance(value) ? read(value, 'response') : undefined;
  // got hides it from whoever lists the properties.
  if (isObject(response) && !entries.some(([key]) => key === 'response')) {
    entries.push(['response', response]);
  }
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return Object.fromEntries(prefer(entries, MAX_PROPERTIES, ([, property]) => !isObject(property)));
}

/** Whether what it holds is no property of it: a Map, a Date, a Buffer, a Response. */
function holdsInside(value: object): boolean {
  if (ArrayBuffer.isView(value)) return true;
  if (isErrorInstance(value) || typeof value === 'function' || keysOf(value).length > 0)
    return false;
  return attempt(() => specialOf(value)) !== undefined;
}

/** winston writes the level of a line on an Error that is logged by itself, and once more here. */
function isOfWinston(value: object, level: unknown): boolean {
  return attempt(() => Reflect.get(value, Symbol.for('level')) === level) ?? false;
}

/** Errors are told as causes; what a validator lists are plain objects, which stay properties too. */
function isToldByMembers(errors: unknown): boolean {
  if (!isObject(errors)) return false;
  const members = isArray(errors)
    ? elementsOf(errors, MAX_MEMBERS)
    : keysOf(errors)
        .slice(0, MAX_MEMBERS)
        .map((key) => read(errors, key));
  return members.every(saysNoMore);
}

/** Than a cause tells: JSON leaves `{}` of an Error. */
function saysNoMore(member: unknown): boolean {
  return isErrorLike(member) || (isObject(member) && keysOf(member).length === 0);
}

/** On an Error itself these are any properties. */
const OF_SERIALIZERS: ReadonlySet<string> = new Set(['type', 'raw', 'errors']);

function isTold(key: string, value: object, thrown: Thrown): boolean {
  if (key === 'errors' || (OF_SERIALIZERS.has(key) && isErrorInstance(value))) return false;
  // Of a plain object it is no class; it may say of what kind the value beside it is.
  if (key === 'name' && !thrown.isError) return false;
  if (thrown.class === 'SuppressedError' && (key === 'error' || key === 'suppressed')) return true;
  return RESERVED.has(key);
}
