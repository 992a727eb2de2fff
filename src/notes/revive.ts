/**
 * How an Error crosses to the worker: as JSON in the form of pino's serializer, so that pino's
 * `redact` holds for it. One more key makes it an Error again in the worker. So an event reads the
 * same of it as of the Error itself, for example a `type` of its own, or Errors among its
 * properties.
 */
import { hide, isArray, isObject, setOwn } from '../lib/safe-read.ts';

/** The key that holds the Error's class. */
export const CLASS = 'errsight:class';
/** The key that holds the class of a thrown value that is no Error. */
export const KIND = 'errsight:kind';
/** How many errors it stood for, if not all of them are sent. */
export const COUNT = 'errsight:count';

type Facts = Readonly<Record<string, unknown>>;

/** Levels of a value that are searched for Errors. Deeper levels are no part of an event. */
const DEPTH = 20;

/** Facts that are not among the Error's enumerable properties. */
const HIDDEN: ReadonlySet<string> = new Set(['message', 'stack', 'cause']);

/** Turns JSON back into Errors, everywhere in a value. It may change the value. */
export function revive(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > DEPTH) return value;
  if (isArray(value)) return value.map((each) => revive(each, depth + 1));
  const facts = value as Facts;
  const revived = Object.entries(facts).map(
    ([key, inner]) => [key, revive(inner, depth + 1)] as const,
  );
  if (typeof facts[CLASS] === 'string') return errorOf(facts[CLASS], facts[COUNT], revived);
  const { [KIND]: kind, ...rest } = Object.fromEntries(revived);
  return typeof kind === 'string'
    ? Object.setPrototypeOf(rest, prototypeOf(kind, Object.prototype))
    : rest;
}

function errorOf(
  name: string,
  count: unknown,
  facts: readonly (readonly [key: string, value: unknown])[],
): object {
  const error = Object.create(prototypeOf(name)) as Record<string, unknown>;
  for (const [key, value] of facts) {
    if (key === CLASS || key === COUNT) continue;
    if (HIDDEN.has(key)) hide(error, key, value);
    else if (key === 'aggregateErrors') hide(error, 'errors', withLength(value, count));
    else if (key === 'type' && value === name) continue;
    else setOwn(error, key, value);
  }
  return error;
}

/** The class is read from the constructor's name. */
function prototypeOf(name: string, base: object = Error.prototype): object {
  const made = Object.defineProperty(() => undefined, 'name', { value: name });
  const hidden = { configurable: true, writable: true };
  return Object.create(base, { constructor: { ...hidden, value: made } }) as object;
}

function withLength(members: unknown, count: unknown): unknown {
  if (!isArray(members) || typeof count !== 'number') return members;
  const list = [...members];
  list.length = Math.min(Math.max(Math.trunc(count), list.length), MOST) || list.length;
  return list;
}

const MOST = 4_294_967_295;
