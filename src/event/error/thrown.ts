import { types } from 'node:util';
import {
  constructorName,
  inheritedName,
  isName,
  isErrorInstance,
  isErrorLike,
  isErrorName,
  mostSpecific,
} from './class.ts';
import { readCause, saysSomething } from './own-cause.ts';
import type { StackFrame } from '../stack/frame-line.ts';
import { attempt, elementsOf, isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { MAX_CAUSES, takeApart } from './joined-causes.ts';
import type { Link } from './joined-causes.ts';
import { boundText, boundThrown, isEnormous } from './long-text.ts';
import { bigintText, cut } from '../../lib/text.ts';

/** What one thrown value says, without its causes. */
export interface Thrown {
  readonly class: string;
  readonly message: string;
  /**
   * Whether it is an Error, or what a serializer left of one. The class of any other value says
   * little.
   */
  readonly isError: boolean;
  /** Whether it is an Error itself. */
  readonly isRaw: boolean;
  readonly frames: readonly StackFrame[];
  /** Its cause, not read yet. Undefined and null are no cause. */
  readonly cause: unknown;
  /** The causes that a serializer wrote into its stack, the nearest first. */
  readonly joined: readonly Thrown[];
  /** The first few members, as an AggregateError has them. */
  readonly members: readonly Member[];
  /** Its `type`, if it was read already. */
  readonly type?: KnownType | undefined;
  /** The names of its own properties, if they were listed already. For 100,000 that takes 20 ms. */
  readonly keys?: readonly string[];
  /** How many members it has. */
  readonly memberCount: number;
}

/** One of the errors in an AggregateError. */
export interface Member {
  readonly value: unknown;
  /** Describes it. The second call returns the result of the first. */
  describe(): Thrown;
}

/** How many lines of a stack are read that is an array. */
const MAX_LINES = 100;

/** Keys under which an object that is no error may say what is wrong, and the longest text. */
const REASONS = ['reason', 'msg', 'error_description', 'description', 'detail', 'error', 'title'];
const MAX_REASON = 500;

/** How many keys are shown for an object without a message. */
const SHOWN_KEYS = 10;
/** The most UTF-16 units of such a key. A longer one is data. */
const SHOWN_KEY = 50;

/** How many members' messages are shown for an error without a message, and how much of each. */
const SHOWN_MEMBERS = 3;
const SHOWN_MESSAGE = 200;

const NONE: readonly Thrown[] = [];

/** Describes any value that can be thrown. Reads each property once, and never throws. */
export function describeThrown(value: unknown): Thrown {
  return describe(value, false);
}

function describe(value: unknown, isMember: boolean): Thrown {
  if (typeof value === 'string') return describeText(value);
  if (!isObject(value)) return plain(...describePrimitive(value));
  const message = read(value, 'message');
  const stack = isEnormous(message) ? undefined : stackText(read(value, 'stack'));
  const isRaw = isErrorInstance(value);
  if (isRaw || typeof message === 'string' || typeof stack === 'string') {
    return describeError(value, isRaw, message, stack, isMember);
  }
  // `new String('x')` has one key for each letter.
  const isBoxed = types.isBoxedPrimitive(value);
  const inner: unknown = isBoxed ? attempt(() => Object(value).valueOf() as unknown) : undefined;
  return inner === undefined || isObject(inner) ? describeObject(value) : describe(inner, isMember);
}

/** Some libraries have the stack as an array of lines, or of V8's call sites. */
function stackText(stack: unknown): unknown {
  if (typeof stack === 'string' || !isArray(stack)) return stack;
  const lines = elementsOf(stack, MAX_LINES).map((line) => {
    if (typeof line === 'string') return line;
    const isSite = isObject(line) && typeof read(line, 'getFileName') === 'function';
    const text = isSite ? read(line, 'toString') : undefined;
    const told = typeof text === 'function' ? attempt(() => text.call(line) as unknown) : undefined;
    return typeof told === 'string' ? `    at ${told}` : '';
  });
  return lines.some((line) => line !== '') ? lines.join('\n') : undefined;
}

function describeError(
  value: object,
  isRaw: boolean,
  message: unknown,
  stack: unknown,
  isMember: boolean,
): Thrown {
  const bounded = boundThrown(typeof stack === 'string' ? stack : '', textOf(message));
  const text = bounded.message;
  const [own, ...joined] = takeApart(bounded.stack, text);
  const name = read(value, 'name');
  const madeBy = constructorName(value);
  // After a serializer an inherited name is only in the stack's header, and the constructor's name
  // only in pino's `type`. On an Error itself `type` is an ordinary property.
  const type = isRaw ? undefined : typeOf(value, madeBy);
  const isClass = type?.isClass === true;
  const names = isRaw ? [name, madeBy] : [name, own.name, madeBy, isClass && type.value];
  // A name that differs from the constructor's was written by a person.
  const given = isRaw && typeof name === 'string' && name !== madeBy ? name : undefined;
  const className =
    mostSpecific(names, given) ?? (isRaw ? inheritedName(value) : undefined) ?? 'Error';
  const { members, memberCount } = readMembers(value, className);
  const said = isRaw && text !== undefined ? text : own.message;
  const shown = isSaid(said) ? said : summary(members, memberCount, isMember);
  return {
    class: className,
    message: isSaid(shown) ? shown : className,
    isError: true,
    isRaw,
    type,
    frames: own.frames,
    cause: readCause(value),
    joined: joined.length === 0 ? NONE : joined.map(describeLink),
    members,
    memberCount,
  };
}

/** A `type`, which a serializer may have written. */
interface KnownType {
  readonly value: unknown;
  readonly isClass: boolean;
}

/**
 * pino writes `type` right before `message`. In any other place it is the application's own
 * (`entity.parse.failed`), unless it ends like a class. winston, for example, copies all
 * properties.
 */
function typeOf(value: object, madeBy: string | undefined): KnownType | undefined {
  if (madeBy !== undefined && madeBy !== 'Object') return undefined;
  const type = read(value, 'type');
  const keys = keysOf(value);
  const isClass = keys[keys.indexOf('type') + 1] === 'message' || isErrorName(type);
  return { value: type, isClass };
}

function readMembers(value: object, className: string): Pick<Thrown, 'members' | 'memberCount'> {
  if (className === 'SuppressedError') {
    const known = [read(value, 'error'), read(value, 'suppressed')].filter(saysSomething);
    return { members: known.map(toMember), memberCount: 2 };
  }
  // pino copies `errors` to `aggregateErrors`. The original stays if it is enumerable.
  const renamed = read(value, 'aggregateErrors');
  const errors = isArray(renamed) ? renamed : read(value, 'errors');
  if (!isArray(errors)) return namedMembers(errors);
  return membersOf(errors);
}

function membersOf(errors: readonly unknown[]): Pick<Thrown, 'members' | 'memberCount'> {
  const memberCount = lengthOf(errors);
  const first = elementsOf(errors, MAX_CAUSES);
  return { members: first.filter(saysSomething).map(toMember), memberCount };
}

const NO_MEMBERS: Pick<Thrown, 'members' | 'memberCount'> = { members: [], memberCount: 0 };

/** Mongoose keeps the members by the path of the field: `{ email: ValidatorError }`. */
function namedMembers(errors: unknown): Pick<Thrown, 'members' | 'memberCount'> {
  if (typeof errors !== 'object' || errors === null) return NO_MEMBERS;
  const keys = keysOf(errors);
  const named = keys.slice(0, MAX_CAUSES).map((key) => [key, read(errors, key)] as const);
  // Other objects stay as they are, since the name of a field may be a reason to filter its value.
  const known = named.flatMap(([key, error]) =>
    isObject(error) && read(error, 'path') === key ? [error] : [],
  );
  if (known.length === 0 || !known.every(isErrorLike)) return NO_MEMBERS;
  return { members: known.map(toMember), memberCount: keys.length };
}

function toMember(value: unknown): Member {
  let described: Thrown | undefined;
  return { value, describe: () => (described ??= describe(value, true)) };
}

/**
 * A message for an error without one, made of its members' messages. Node, for example, fails so to
 * connect to a name with two addresses: `2 errors: connect ECONNREFUSED ::1:80; connect
 * ECONNREFUSED 127.0.0.1:80`. Each text appears once, since ErrSight may group by it. A member
 * without a message shows only how many members it has, so circles end.
 */
function summary(members: readonly Member[], count: number, isMember: boolean): string {
  if (!(count > 0)) return '';
  const total = count === 1 ? '1 error' : `${count} errors`;
  if (isMember || members.length === 0) return total;
  const said = new Set(members.map((member) => shorten(member.describe().message)));
  const isAll = said.size <= SHOWN_MEMBERS && members.length === count;
  const shown = [...said].slice(0, SHOWN_MEMBERS).join('; ');
  return `${total}: ${shown}${isAll ? '' : '; …'}`;
}

/** The first line of a message, cut if it is long. */
function shorten(message: string): string {
  const [line = ''] = message
    .trim()
    .slice(0, SHOWN_MESSAGE + 1)
    .split(/[\r\n]/, 1);
  return cut(line.trim(), SHOWN_MESSAGE);
}

/** Describes a string. It may be the stack of an error, as in `reject(error.stack)`. */
function describeText(thrown: string): Thrown {
  const value = boundText(thrown);
  const [own, ...joined] = takeApart(value, undefined);
  if (own.frames.length === 0) return plain('String', value.trim() === '' ? 'Empty string' : value);
  return {
    ...describeLink(own),
    joined: joined.map(describeLink),
  };
}

function describeLink(link: Link): Thrown {
  const described = plain(mostSpecific([link.name]) ?? 'Error', link.message, link.frames);
  return { ...described, isError: true };
}

/** Describes an object without a message. Values are left out, since they may be secrets. */
function describeObject(value: object): Thrown {
  if (isArray(value)) {
    const { members } = membersOf(value);
    // `cause: [first, second]`: the errors in it are what matters.
    const errors = members.filter((member) => isErrorLike(member.value));
    return { ...plain('Array', `Array of ${lengthOf(value)}`), members: errors };
  }
  return { ...describeKeys(value), cause: readCause(value) };
}

function describeKeys(value: object): Thrown {
  const className = constructorName(value) ?? 'Object';
  const keys = keysOf(value);
  if (ArrayBuffer.isView(value))
    return plain(className, `${className} of ${value.byteLength} bytes`);
  if (keys.length === 0) {
    // The content of a Map or a Response is shown with the properties.
    if (typeof value === 'function') {
      const name = read(value, 'name');
      return plain(className, isName(name) ? `${className} ${name}` : className);
    }
    const isPlain = className === 'Object';
    return plain(className, isPlain ? `${className} without keys` : className);
  }
  // Longer keys are left out whole, since the scrubber would not recognise half a secret.
  const shown = keys.filter((key) => key.length <= SHOWN_KEY).slice(0, SHOWN_KEYS);
  const said = REASONS.map((key) => read(value, key)).find(isReason);
  if (said !== undefined) return { ...plain(className, said.trim()), keys };
  if (shown.length === 0) return plain(className, `${className} with long keys`);
  const more = keys.length > shown.length ? ', …' : '';
  return { ...plain(className, `${className} with the keys ${shown.join(', ')}${more}`), keys };
}

function isReason(value: unknown): value is string {
  // A single word is more likely a code than a sentence. It is shown with the other values.
  return typeof value === 'string' && value.length <= MAX_REASON && /\S\s+\S/.test(value);
}

function describePrimitive(value: unknown): [string, string] {
  if (typeof value === 'number') return ['Number', String(value)];
  if (typeof value === 'boolean') return ['Boolean', String(value)];
  if (typeof value === 'symbol') return ['Symbol', String(value)];
  if (typeof value === 'bigint') return ['BigInt', bigintText(value)];
  return value === undefined ? ['Undefined', 'undefined'] : ['Null', 'null'];
}

/** ErrSight drops an event with a blank message, so the class is used as the message. */
function plain(className: string, message: string, frames: readonly StackFrame[] = []): Thrown {
  return {
    class: className,
    message: isSaid(message) ? message : className,
    isError: false,
    isRaw: false,
    type: undefined,
    frames,
    cause: undefined,
    joined: [],
    members: [],
    memberCount: 0,
  };
}

function isSaid(message: string): boolean {
  return /\S/.test(message);
}

/** A Proxy of an array can return anything as its length. */
function lengthOf(array: readonly unknown[]): number {
  const length = read(array, 'length');
  return typeof length === 'number' ? length : 0;
}

function textOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message;
  return typeof message === 'number' || typeof message === 'boolean' ? String(message) : undefined;
}
