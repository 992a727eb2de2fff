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

/** Scrubs nothing: that happens where the event is made, with the options that hold there. */
const AS_IT_IS = {
  judge: () => 'open' as const,
  key: (name: string) => ({
    name,
    verdict: 'open' as const,
    isNaming: false,
    units: name.length,
    isTelling: loadMaking().isTellingKey(name),
  }),
  searched: (text: string) => cut(text, TEXT),
  cleanBytes: () => -1,
};

/**
 * What an event needs of an Error, as bounded JSON: see `revive.ts`. `isBare` leaves out all
 * properties of the error and of its causes.
 */
export function errorJson(error: object, isBare: boolean): Json {
  return written(factsOf(error, isBare, []));
}

/** Any value that was logged, with each Error in it complete. pino writes most of them as `{}`. */
export function valueJson(value: unknown): Json {
  return written(shown(value, false, []));
}

function written(facts: unknown): Json {
  const { Walk } = loadMaking();
  return new Walk(AS_IT_IS, BUDGET).run(facts);
}

/**
 * A value, with the facts of each Error in it. `around` lists the objects that it is in, outermost
 * first.
 */
function shown(value: unknown, isBare: boolean, around: readonly object[]): unknown {
  if (!isObject(value)) return value;
  if (isErrorInstance(value)) {
    return around.includes(value) || around.length > DEPTH
      ? undefined
      : factsOf(value, isBare, around);
  }
  if (isBare) return undefined;
  const isList = isArray(value);
  if ((!isList && !isPlain(value)) || around.length > DEPTH || around.includes(value)) return value;
  const path = [...around, value];
  if (isList) return elementsOf(value, ELEMENTS).map((each) => shown(each, isBare, path));
  // What a getter gives is in the line.
  const keys = keysOf(value).filter((key) => !hasGetter(value, key));
  return Object.fromEntries(keys.map((key) => [key, shown(read(value, key), isBare, path)]));
}

function hasGetter(value: object, key: string): boolean {
  const found = attempt(() => Object.getOwnPropertyDescriptor(value, key));
  return found !== undefined && !('value' in found);
}

function factsOf(
  error: object,
  isBare: boolean,
  around: readonly object[],
): Record<string, unknown> {
  const path = [...around, error];
  const inside = (value: unknown): unknown => shown(value, isBare, path);
  const made = constructorName(error) ?? 'Error';
  const known: [string, unknown][] = [
    [CLASS, made],
    ['type', made],
    ['message', read(error, 'message')],
    ['stack', read(error, 'stack')],
  ];
  const name = read(error, 'name');
  if (typeof name === 'string' && name !== made) known.push(['name', name]);
  const errors = read(error, 'errors');
  const members = elementsOf(errors, MEMBERS);
  const isToldByMembers = isArray(errors) && members.every(isErrorInstance);
  if (isToldByMembers) {
    known.push(['aggregateErrors', members.map(inside)]);
    const count = read(errors, 'length');
    if (typeof count === 'number' && count > MEMBERS) known.push([COUNT, count]);
  }
  const cause = causeOf(error);
  const isSaid = isPlain(cause) && isRepeated(copyOf(cause), copyOf(error));
  if (cause !== undefined && cause !== null && !isSaid) known.push(['cause', inside(cause)]);
  const result = new Map(known);
  const keys = isBare ? [] : keysOf(error);
  const unlisted = isBare ? [] : unlistedFacts(error, keys);
  for (const [key, value] of [
    ...keys.map((each) => [each, read(error, each)] as const),
    ...unlisted,
  ]) {
    const isOther = key === 'type';
    if ((result.has(key) && !isOther) || (key === 'errors' && isToldByMembers)) continue;
    // The cause is shown once. Libraries also keep it under a name of their own.
    if (typeof value === 'function' || (isObject(value) && value === cause)) continue;
    result.set(key, inside(value));
  }
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return Object.fromEntries(result);
}

/** VError and similar classes have a method `cause`. Others keep the cause under another name. */
function causeOf(error: object): unknown {
  const cause = read(error, 'cause');
  if (typeof cause !== 'function') return cause ?? wrapped(error);
  return attempt(() => Reflect.apply(cause, error, []) as unknown);
}
