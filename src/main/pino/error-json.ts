import { constructorName, isErrorInstance } from '../../event/error/class.ts';
import { elementsOf, isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { Walk, type Json } from '../../event/scrub/plain-copy.ts';
import { cut } from '../../lib/text.ts';

/** Errors that one error leads to, or stands for, and how deep: what is behind is left out. */
const MEMBERS = 20;
const DEPTH = 6;
/** UTF-16 units of one text: a stack of 50 frames has 5,000. */
const TEXT = 32_768;
const BUDGET = { values: 1_000, characters: 200_000 };

/** Scrubbed is where the event is made, by the options of whoever makes it. */
const AS_IT_IS = {
  judge: () => 'open' as const,
  key: (name: string) => ({ name, verdict: 'open' as const }),
  text: (text: string) => cut(text, TEXT),
};

/**
 * What an event needs of an Error, as bounded JSON: in the form of pino's `errWithCause`, with each
 * cause whole. `type` stands right before `message`, by which it is told from a property of the error's
 * own. `isBare` leaves out all properties of its own and of its causes.
 */
export function errorJson(error: object, isBare: boolean): Json {
  return new Walk(AS_IT_IS, BUDGET).run(factsOf(error, isBare, []));
}

function factsOf(
  error: object,
  isBare: boolean,
  around: readonly object[],
): Record<string, unknown> {
  const path = [...around, error];
  const inside = (value: unknown): unknown => {
    if (!isErrorInstance(value)) return isBare && isObject(value) ? undefined : value;
    return path.includes(value) || path.length > DEPTH ? undefined : factsOf(value, isBare, path);
  };
  const errors = read(error, 'errors');
  const known: [string, unknown][] = [
    ['type', constructorName(error) ?? read(error, 'name')],
    ['message', read(error, 'message')],
    ['stack', read(error, 'stack')],
  ];
  const members = elementsOf(errors, MEMBERS);
  const isToldByMembers = isArray(errors) && members.every(isErrorInstance);
  if (isArray(errors)) known.push(['aggregateErrors', members.map(inside)]);
  const cause = read(error, 'cause');
  if (cause !== undefined && cause !== null) known.push(['cause', inside(cause)]);
  const result = new Map(known);
  for (const key of isBare ? [] : keysOf(error)) {
    // Plain objects among them, as validators list them, are not told whole as members.
    if (result.has(key) || (key === 'errors' && isToldByMembers)) continue;
    const value = read(error, key);
    if (typeof value !== 'function') result.set(key, inside(value));
  }
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return Object.fromEntries(result);
}
