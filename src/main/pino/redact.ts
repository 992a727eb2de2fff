import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';
import { CLASS } from '../../notes/revive.ts';
import { framesOf, hasFrames, HIDDEN } from '../../notes/shown.ts';
import { redactionOf } from './instance.ts';

/**
 * An error's facts, without what the logger's `redact` hides at that place. A user who hides
 * `err.config` wants it hidden everywhere. Class and frames are kept, since they hold nothing of
 * what was hidden.
 */
export function redacted(
  instance: object,
  facts: unknown,
  path: readonly string[],
  errorKey: string,
): unknown {
  // An error that is not in the line is treated as if it were under the error's key.
  const places = path.length > 0 ? path : [errorKey];
  const [name = errorKey, ...inner] = places;
  const stringify = redactionOf(instance, name);
  if (stringify === undefined || !isObject(facts)) return facts;
  const written = attempt(() => stringify(within(facts, inner)));
  const parsed =
    typeof written === 'string' ? attempt(() => JSON.parse(written) as unknown) : undefined;
  let left: unknown = parsed;
  for (const each of inner) left = isObject(left) ? read(left, each) : undefined;
  if (!isObject(left)) return hidden(facts);
  return withoutMessages(facts, left);
}

/** A field as the logger's `redact` leaves it. Undefined if it is hidden as a whole. */
export function redactedField(instance: object, name: string, value: unknown): unknown {
  const stringify = redactionOf(instance, name);
  if (stringify === undefined) return value;
  const written = attempt(() => stringify(value));
  const left =
    typeof written === 'string' ? attempt(() => JSON.parse(written) as unknown) : undefined;
  return isObject(left) ? withoutTexts(value, left) : undefined;
}

/** Calls `withoutMessages` for each Error in a value. */
function withoutTexts(facts: unknown, left: unknown): unknown {
  if (!isObject(facts) || !isObject(left)) return left;
  if (isArray(left)) return left.map((each, index) => withoutTexts(read(facts, `${index}`), each));
  if (typeof read(facts, CLASS) === 'string') return withoutMessages(facts, left);
  const entries = Object.entries(left as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, withoutTexts(read(facts, key), value)]),
  );
}

/** Puts a value under the names that lead to it. A number leads to an element of a list. */
function within(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const inner = within(value, rest);
  if (!/^\d{1,3}$/.test(name)) return { [name]: inner };
  const list: unknown[] = Array.from({ length: Number(name) }, () => null);
  return [...list, inner];
}

function hidden(facts: object): object {
  const name = read(facts, CLASS);
  return { [CLASS]: name, type: name, message: HIDDEN, ...framesOf(facts, HIDDEN) };
}

/**
 * What `redact` leaves of an error, with its class and frames. A hidden message is removed from the
 * stack as well, also in the causes.
 */
function withoutMessages(facts: object, left: object): object {
  const name = read(facts, CLASS);
  if (typeof name !== 'string') return left;
  const { name: _name, ...rest } = left as Readonly<Record<string, unknown>>;
  const isSame = (key: string): boolean => read(facts, key) === read(left, key);
  const [message, shown] = [read(facts, 'message'), read(left, 'message')];
  const text = isSame('message') || typeof shown === 'string' ? shown : HIDDEN;
  const causes = [read(facts, 'cause'), read(left, 'cause')];
  const members = [read(facts, 'aggregateErrors'), read(left, 'aggregateErrors')];
  return {
    ...rest,
    ...(isSame('name') && 'name' in left && { name: read(left, 'name') }),
    [CLASS]: name,
    ...(!isSame('type') && { type: name }),
    ...(text !== undefined && { message: text }),
    ...stackWithout(facts, left, message, text),
    ...(isObject(causes[0]) &&
      isObject(causes[1]) && { cause: withoutMessages(causes[0], causes[1]) }),
    ...(isArray(members[0]) && {
      aggregateErrors: isArray(members[1]) ? pairwise(members[0], members[1]) : [],
    }),
  };
}

/** A censor of the user may leave a stack with frames. Otherwise the frames are the error's own. */
function stackWithout(facts: object, left: object, message: unknown, shown: unknown): object {
  const stack = read(left, 'stack');
  if (stack !== read(facts, 'stack') && !hasFrames(stack)) return framesOf(facts, shown);
  const isHidden = message !== shown && typeof stack === 'string' && typeof shown === 'string';
  return isHidden ? { stack: withoutText(stack, message, shown) } : {};
}

function pairwise(facts: readonly unknown[], left: readonly unknown[]): unknown[] {
  return left.map((each, index) => {
    const fact = facts[index];
    return isObject(each) && isObject(fact) ? withoutMessages(fact, each) : each;
  });
}

function withoutText(stack: string, text: unknown, shown: string): string {
  return typeof text === 'string' && text !== '' ? stack.replaceAll(text, () => shown) : stack;
}
