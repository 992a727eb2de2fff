import { constructorName, isErrorInstance } from '../../event/error/class.ts';
import { isPlain } from '../../event/error/find.ts';
import { wrapped } from '../../event/error/own-cause.ts';
import { isRepeated, unlistedFacts } from '../../event/error/unlisted.ts';
import {
  attempt,
  copyOf,
  elementsOf,
  isArray,
  isObject,
  keysOf,
  read,
  readAt,
  setOwn,
} from '../../lib/safe-read.ts';
import { CLASS, COUNT } from '../../notes/revive.ts';
import { loadMaking } from '../../event/late-making.cts';
import type { Json } from '../../event/scrub/plain-copy.ts';
import { cut } from '../../lib/text.ts';

/**
 * The most members of an aggregate error, and the most levels of errors in errors. The rest is left
 * out.
 */
const MEMBERS = 20;
const DEPTH = 6;
/** The most elements of a list that are searched for Errors. */
const ELEMENTS = 100;
/** The most UTF-16 units of one text. A stack of 50 frames has 5,000. */
const TEXT = 32_768;
const BUDGET = { values: 1_000, characters: 200_000 };

/** Facts of so few UTF-16 units are bounded as they are. Those of nearly all errors need no walk. */
const SMALL = 8_192;
/** Names of facts that say nothing about their neighbours; see `isTellingKey`. */
const ORDINARY: ReadonlySet<string> = new Set([
  'code',
  'errno',
  'syscall',
  'address',
  'port',
  'hostname',
  'path',
  'status',
  'statusCode',
]);
/** Above it a number may be that of a card. */
const MAX_NUMBER = 1e12;

/** One reading of a value. */
interface Reading {
  /** Whether the properties of errors are left out. */
  readonly isBare: boolean;
  /** UTF-16 units of the texts; Infinity if the facts need a walk. */
  units: number;
}

/**
 * What an event needs of an Error, as bounded JSON: see `revive.ts`. `isBare` leaves out all
 * properties of the error and of its causes.
 */
export function errorJson(error: object, isBare: boolean): Json {
  const reading = { isBare, units: 0 };
  const facts = factsOf(error, reading, []);
  return reading.units <= SMALL ? (facts as Json) : walked(facts);
}

/** Any value that was logged, with each Error in it complete. pino writes most of them as `{}`. */
export function valueJson(value: unknown): Json {
  return walked(shown(value, { isBare: false, units: Infinity }, []));
}

/** Scrubs nothing: that happens where the event is made, with the options that hold there. */
function walked(facts: unknown): Json {
  const { Walk, isTellingKey } = loadMaking();
  const asItIs = {
    judge: () => 'open' as const,
    key: (name: string) => ({
      name,
      verdict: 'open' as const,
      isNaming: false,
      units: name.length,
      isTelling: isTellingKey(name),
    }),
    searched: (text: string) => cut(text, TEXT),
    cleanBytes: () => -1,
  };
  return new Walk(asItIs, BUDGET).run(facts);
}

/**
 * A value, with the facts of each Error in it. `around` lists the objects that it is in, outermost
 * first.
 */
function shown(value: unknown, reading: Reading, around: readonly object[]): unknown {
  if (!isObject(value)) return value;
  if (isErrorInstance(value)) {
    return around.includes(value) || around.length > DEPTH
      ? undefined
      : factsOf(value, reading, around);
  }
  if (reading.isBare) return undefined;
  const isList = isArray(value);
  if ((!isList && !isPlain(value)) || around.length > DEPTH || around.includes(value)) return value;
  const path = [...around, value];
  if (isList) return elementsOf(value, ELEMENTS).map((each) => shown(each, reading, path));
  // What a getter gives is in the line.
  const keys = keysOf(value).filter((key) => !hasGetter(value, key));
  return Object.fromEntries(keys.map((key) => [key, shown(read(value, key), reading, path)]));
}

function hasGetter(value: object, key: string): boolean {
  const found = attempt(() => Object.getOwnPropertyDescriptor(value, key));
  return found !== undefined && !('value' in found);
}

function factsOf(
  error: object,
  reading: Reading,
  around: readonly object[],
): Record<string, unknown> {
  const path = [...around, error];
  const facts: Record<string, unknown> = {};
  const add = (key: string, value: unknown, isOrdinary = true): void => {
    if (!isOrdinary) reading.units = Infinity;
    else if (!isErrorInstance(value)) reading.units += unitsOf(value);
    const inside = shown(value, reading, path);
    if (inside !== undefined) setOwn(facts, key, inside);
  };
  const made = constructorName(error) ?? 'Error';
  facts[CLASS] = made;
  facts['type'] = made;
  add('message', read(error, 'message'));
  add('stack', read(error, 'stack'));
  const name = read(error, 'name');
  if (typeof name === 'string' && name !== made) add('name', name);
  const errors = read(error, 'errors');
  const members = isArray(errors) ? elementsOf(errors, MEMBERS) : undefined;
  const isToldByMembers = members?.every(isErrorInstance) === true;
  if (isToldByMembers) {
    reading.units = Infinity;
    facts['aggregateErrors'] = members.map((each) => shown(each, reading, path));
    const count = readAt(errors, 'length');
    if (typeof count === 'number' && count > MEMBERS) facts[COUNT] = count;
  }
  const cause = causeOf(error);
  if (cause !== undefined && cause !== null) {
    const isSaid = isPlain(cause) && isRepeated(copyOf(cause), copyOf(error));
    if (!isSaid) add('cause', cause);
  }
  if (reading.isBare) return facts;
  const addOwn = (key: string, value: unknown): void => {
    const isOther = key === 'type';
    if ((Object.hasOwn(facts, key) && !isOther) || (key === 'errors' && isToldByMembers)) return;
    // The cause is shown once. Libraries also keep it under a name of their own.
    if (typeof value === 'function' || (isObject(value) && value === cause)) return;
    add(key, value, ORDINARY.has(key));
  };
  const keys = keysOf(error);
  for (const key of keys) addOwn(key, read(error, key));
  for (const [key, value] of unlistedFacts(error, keys)) addOwn(key, value);
  return facts;
}

/** How many UTF-16 units a fact has; Infinity if it is no plain scalar. */
function unitsOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  const isPlainScalar =
    value === undefined ||
    typeof value === 'boolean' ||
    (Number.isInteger(value) && Math.abs(value as number) < MAX_NUMBER);
  return isPlainScalar ? 0 : Infinity;
}

/** VError and similar classes have a method `cause`. Others keep the cause under another name. */
function causeOf(error: object): unknown {
  const cause = read(error, 'cause');
  if (typeof cause !== 'function') return cause ?? wrapped(error);
  return attempt(() => Reflect.apply(cause, error, []) as unknown);
}
