import { constructorName, isErrorInstance, mostSpecific } from './error-class.ts';
import type { StackFrame } from './frame-line.ts';
import { isArray, isObject, keysOf, read } from './guarded.ts';
import { MAX_CAUSES, takeApart } from './joined.ts';
import type { Link } from './joined.ts';

/** What is known of one thrown value by itself. */
export interface Thrown {
  readonly class: string;
  readonly message: string;
  readonly frames: readonly StackFrame[];
  /** The cause it refers to, yet to be looked at; undefined and null are none. */
  readonly cause: unknown;
  /** The causes that a serializer wrote into its stack, the nearest first. */
  readonly joined: readonly Thrown[];
  /** The errors it stands for, as an AggregateError does, yet to be looked at: the first few. */
  readonly members: readonly unknown[];
  /** How many errors it stands for. */
  readonly memberCount: number;
}

/** How many of an object's keys stand for it where it has no message. */
const SHOWN_KEYS = 10;
/** UTF-16 units of such a key; a longer one is data. */
const SHOWN_KEY = 50;

/** Looks at anything that can be thrown. Reads each property once, and never throws. */
export function describeThrown(value: unknown): Thrown {
  if (typeof value === 'string') return describeText(value);
  if (!isObject(value)) return plain(...describePrimitive(value));
  const message = read(value, 'message');
  const stack = read(value, 'stack');
  if (isErrorInstance(value) || typeof message === 'string' || typeof stack === 'string') {
    return describeError(value, message, stack);
  }
  return describeObject(value);
}

function describeError(value: object, message: unknown, stack: unknown): Thrown {
  const isRaw = isErrorInstance(value);
  const text = textOf(message);
  const [own, ...joined] = takeApart(typeof stack === 'string' ? stack : '', text);
  const name = read(value, 'name');
  const madeBy = constructorName(value);
  // Of an inherited name a serializer leaves no trace but the stack's header, and of the constructor
  // nothing but what pino calls `type`. On an Error itself `type` is any property.
  const names = isRaw ? [name, madeBy] : [name, own.name, madeBy, typeOf(value, madeBy)];
  const className = mostSpecific(names) ?? 'Error';
  const { members, memberCount } = readMembers(value, className);
  return {
    ...plain(className, isRaw && text !== undefined ? text : own.message, own.frames),
    cause: readCause(value),
    joined: joined.map(describeLink),
    members,
    memberCount,
  };
}

function typeOf(value: object, madeBy: string | undefined): unknown {
  return madeBy === undefined || madeBy === 'Object' ? read(value, 'type') : undefined;
}

/** VError and its kin have a method for a cause; a serializer leaves of it where VError keeps it. */
function readCause(value: object): unknown {
  const cause = read(value, 'cause');
  if (typeof cause !== 'function') return cause ?? read(value, 'jse_cause');
  try {
    return Reflect.apply(cause, value, []) as unknown;
  } catch {
    return undefined;
  }
}

function readMembers(value: object, className: string): Pick<Thrown, 'members' | 'memberCount'> {
  if (className === 'SuppressedError') {
    return { members: [read(value, 'error'), read(value, 'suppressed')], memberCount: 2 };
  }
  // pino renames `errors`, and leaves the original beside it where that is enumerable.
  const renamed = read(value, 'aggregateErrors');
  const errors = isArray(renamed) ? renamed : read(value, 'errors');
  if (!isArray(errors)) return { members: [], memberCount: 0 };
  const memberCount = lengthOf(errors);
  const members: unknown[] = [];
  for (let index = 0; index < Math.min(memberCount, MAX_CAUSES); index += 1) {
    members.push(read(errors, String(index)));
  }
  return { members, memberCount };
}

/** A string may be the stack of an error, as in `reject(error.stack)`. */
function describeText(value: string): Thrown {
  const [own, ...joined] = takeApart(value, undefined);
  if (own.frames.length === 0) return plain('String', value.trim() === '' ? 'Empty string' : value);
  return {
    ...describeLink(own),
    joined: joined.map(describeLink),
  };
}

function describeLink(link: Link): Thrown {
  return plain(mostSpecific([link.name]) ?? 'Error', link.message, link.frames);
}

/** Says of an object without a message what it is. Values are left out: they may be secrets. */
function describeObject(value: object): Thrown {
  if (isArray(value)) return plain('Array', `Array of ${lengthOf(value)}`);
  const className = constructorName(value) ?? 'Object';
  const keys = keysOf(value);
  if (keys.length === 0) return plain(className, `${className} without keys`);
  // Longer ones are left out whole: half a secret is not recognised as one later.
  const shown = keys.filter((key) => key.length <= SHOWN_KEY).slice(0, SHOWN_KEYS);
  if (shown.length === 0) return plain(className, `${className} with long keys`);
  const more = keys.length > shown.length ? ', …' : '';
  return plain(className, `${className} with the keys ${shown.join(', ')}${more}`);
}

function describePrimitive(value: unknown): [string, string] {
  if (typeof value === 'number') return ['Number', String(value)];
  if (typeof value === 'boolean') return ['Boolean', String(value)];
  if (typeof value === 'symbol') return ['Symbol', String(value)];
  if (typeof value === 'bigint') {
    // The time to write a number in decimal grows with the square of its length.
    const isShort = BigInt.asIntN(512, value) === value;
    return ['BigInt', isShort ? String(value) : 'A very large integer'];
  }
  return value === undefined ? ['Undefined', 'undefined'] : ['Null', 'null'];
}

/** ErrSight drops an event with a blank message, so the class stands in for it. */
function plain(className: string, message: string, frames: readonly StackFrame[] = []): Thrown {
  return {
    class: className,
    message: /\S/.test(message) ? message : className,
    frames,
    cause: undefined,
    joined: [],
    members: [],
    memberCount: 0,
  };
}

/** A Proxy of an array can say anything. */
function lengthOf(array: readonly unknown[]): number {
  const length = read(array, 'length');
  return typeof length === 'number' ? length : 0;
}

function textOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message;
  return typeof message === 'number' || typeof message === 'boolean' ? String(message) : undefined;
}
