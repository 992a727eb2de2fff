/**
 * How an Error crosses to the worker: as JSON in the form that pino's serializer has, so that what its
 * `redact` says of a line holds for it, and one key more, by which it is an Error again over there. So an
 * event reads of it what it would read of the Error itself: also a `type` of its own, or Errors among its
 * properties.
 */
import { isArray, isObject, setOwn } from '../lib/safe-read.ts';

/** The key that says of which class it was. */
export const CLASS = 'errsight:class';
/** How many errors it stood for, where not all are told. */
export const COUNT = 'errsight:count';

type Facts = Readonly<Record<string, unknown>>;

/** Levels of a value that are looked at for Errors: what is deeper is no part of an event. */
const DEPTH = 20;

/** What the facts say that no listing of the Error's properties shows. */
const HIDDEN: ReadonlySet<string> = new Set(['message', 'stack', 'cause']);

/** Of all Errors in a value that came as JSON; it may be changed. */
export function revive(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > DEPTH) return value;
  if (isArray(value)) return value.map((each) => revive(each, depth + 1));
  const facts = value as Facts;
  const revived = Object.entries(facts).map(
    ([key, inner]) => [key, revive(inner, depth + 1)] as const,
  );
  return typeof facts[CLASS] === 'string'
    ? errorOf(facts[CLASS], facts[COUNT], revived)
    : Object.fromEntries(revived);
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

/** Sets an own property that is not listed. */
function hide(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
}

/** The class is known by the constructor's name. */
function prototypeOf(name: string): object {
  const made = Object.defineProperty(() => undefined, 'name', { value: name });
  const hidden = { configurable: true, writable: true };
  return Object.create(Error.prototype, { constructor: { ...hidden, value: made } }) as object;
}

function withLength(members: unknown, count: unknown): unknown {
  if (!isArray(members) || typeof count !== 'number') return members;
  const list = [...members];
  list.length = Math.min(Math.max(Math.trunc(count), list.length), MOST) || list.length;
  return list;
}

const MOST = 4_294_967_295;
