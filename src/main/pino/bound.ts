/**
 * Finds the Errors that `child` binds. pino writes them when it makes the child, as `{}` if their
 * name is not `err`, and keeps only that text. The serializers here change nothing, and see the
 * Error.
 */
import { isErrorInstance } from '../../event/error/class.ts';
import type { FoundError } from '../../event/error/find.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { bindingsOf, redactionOf, serializersOf } from './instance.ts';
import { keepers, type Serializer } from './keepers.ts';

/** The names that people give to an error that they bind. */
const NAMES = [
  'error',
  'reason',
  'cause',
  'exception',
  'ex',
  'e',
  'failure',
  'fault',
  'rejection',
  'lastError',
];

/**
 * pino writes this field for each logger that it makes, before there can be a child. Only its
 * serializer can reach pino's own serializer of `err`. A serializer of ours for `err` in the
 * options would replace pino's.
 */
const FIRST = 'pid';

type OnChild = (this: unknown, child: unknown) => void;

/** The part of pino's options that finds bound errors. */
export interface Binding {
  readonly serializers: object;
  readonly onChild: OnChild;
}

/** The most errors of `setBindings` that wait for a line of their logger. */
const MAX_WAITING = 4;

/** An Error that a serializer was given. */
interface Pending {
  readonly error: object;
  readonly name: string;
  /** What the serializer has made of it. */
  readonly written: unknown;
}

/** An Error that `setBindings` has bound. No hook says to which logger. */
interface Waiting {
  readonly error: WeakRef<object>;
  readonly name: string;
  /** How it stands in the text of its logger's bindings. */
  readonly field: string;
}

export class BoundErrors {
  readonly #errors = new WeakMap<object, readonly FoundError[]>();
  /** The Errors that were given to the child or line in the making, or to `setBindings`. */
  #pending: readonly Pending[] | undefined;
  #waiting: readonly Waiting[] = [];

  /** The user's own serializers and hook, with ours added. */
  options(theirs: Readonly<Record<string, unknown>>, errorKey: string): Binding {
    const { serializers, onChild } = theirs;
    const given = isObject(serializers) ? serializers : {};
    // In a line, pino writes the value under the error's own key with the serializer of `err`.
    const names = [FIRST, ...NAMES].filter((name) => name !== errorKey && !(name in given));
    const wrapped = Object.entries(given).map(
      ([name, own]: [string, unknown]): [string, unknown] => [
        name,
        typeof own === 'function' ? this.#keeper(name, own as Serializer) : own,
      ],
    );
    const ours = names.map((name) => [name, this.#keeper(name, null)] as const);
    // Without that field of `base`, a child is the first that reaches them.
    const isFirst = 'base' in theirs;
    const made = (child: object): void => {
      if (isFirst) this.#adopt(serializersOf(child));
      this.#made(child);
    };
    return {
      serializers: { ...given, ...Object.fromEntries<unknown>([...wrapped, ...ours]) },
      onChild(child) {
        if (isObject(child)) made(child);
        if (typeof onChild === 'function') onChild.call(this, child);
      },
    };
  }

  /** Begins a line. `setBindings` calls no hook, nor does `child` in pino 7. */
  begin(logger: object): void {
    if (this.#pending === undefined) return;
    for (const pending of this.#pending) this.#bind(logger, pending);
    this.#pending = undefined;
  }

  /** Ends a line. An Error in it is not bound. */
  forget(): void {
    this.#pending = undefined;
  }

  /**
   * The Error that was bound to a logger or to one of its ancestors: the one under the logger's key,
   * as within a line, else the nearest.
   */
  find(logger: object, errorKey: string): FoundError | undefined {
    if (this.#waiting.length > 0) this.#match(logger);
    const [nearest, ...others] = this.#all(logger);
    if (nearest === undefined) return undefined;
    const own = [nearest, ...others].find(({ path: [name] }) => name === errorKey);
    return own ?? (hasText(logger, errorKey) ? undefined : nearest);
  }

  /** All Errors that are known of a logger, the nearest first. */
  #all(logger: object): readonly FoundError[] {
    const all: FoundError[] = [];
    for (let each: object | null = logger; each !== null; each = Reflect.getPrototypeOf(each)) {
      all.push(...(this.#errors.get(each) ?? []));
    }
    return all;
  }

  #add(logger: object, error: object, name: string): void {
    const others = this.#errors.get(logger)?.filter(({ path: [other] }) => other !== name) ?? [];
    this.#errors.set(logger, [{ error, path: [name] }, ...others]);
  }

  #made(child: object): void {
    const all = this.#pending?.toReversed() ?? [];
    this.#pending = undefined;
    const names = new Set<string>();
    for (const pending of all) {
      // An earlier one of the same name is that of another logger.
      if (names.has(pending.name) || !hasBound(child, pending)) this.#bind(child, pending);
      else this.#add(child, pending.error, pending.name);
      names.add(pending.name);
    }
  }

  /** Finds out to which logger the Error was bound, if it was this one or an ancestor. */
  #bind(logger: object, { error, name, written }: Pending): void {
    const stringify = redactionOf(logger, name) ?? JSON.stringify;
    const text: unknown = attempt(() => stringify(written));
    if (typeof text !== 'string') return;
    const waiting = { error: new WeakRef(error), name, field: fieldOf(name) + text };
    this.#waiting = [...this.#waiting.slice(1 - MAX_WAITING), waiting];
    this.#match(logger);
  }

  #match(logger: object): void {
    const bindings = bindingsOf(logger);
    for (const match of this.#waiting) {
      const { name, field } = match;
      if (!bindings.includes(field)) continue;
      // Two with the same text can't be told apart.
      if (this.#waiting.some((each) => each !== match && each.field === field)) continue;
      // The text may be that of an Error which is known.
      const known = this.#all(logger).filter(({ path: [other] }) => other === name).length;
      if (bindings.split(fieldOf(name)).length - 1 <= known) continue;
      this.#waiting = this.#waiting.filter((each) => each !== match);
      const error = match.error.deref();
      let owner: unknown = logger;
      for (
        let each: unknown = owner;
        isObject(each) && bindingsOf(each).includes(field);
        each = Reflect.getPrototypeOf(each)
      ) {
        owner = each;
      }
      if (error !== undefined && isObject(owner)) this.#add(owner, error, name);
    }
  }

  #keeper(name: string, theirs: Serializer | null): Serializer {
    const pend = (error: unknown, written: unknown): void => {
      if (!isErrorInstance(error)) return;
      const before = this.#pending?.slice(1 - MAX_WAITING) ?? [];
      this.#pending = [...before, { error, name, written }];
    };
    const adopt = (serializers: unknown): void => this.#adopt(serializers);
    const keep: Serializer = function (value) {
      if (name === FIRST) adopt(this);
      const written = theirs === null ? value : theirs.call(this, value);
      pend(value, written);
      return written;
    };
    keepers.set(keep, theirs);
    return keep;
  }

  /** Wraps pino's own serializer of errors, among the serializers of a logger. */
  #adopt(serializers: unknown): void {
    const own = isObject(serializers) ? read(serializers, 'err') : undefined;
    if (typeof own !== 'function' || keepers.has(own)) return;
    // If they are frozen, only pino's text is known.
    attempt(() =>
      Object.assign(serializers as object, { err: this.#keeper('err', own as Serializer) }),
    );
  }
}

/** How a field of this name begins in the text of bindings. */
function fieldOf(name: string): string {
  return `,${JSON.stringify(name)}:`;
}

/** Whether what a logger has bound has a value under this name. Only the text of it may be known. */
function hasText(logger: object, name: string): boolean {
  const bound = attempt(() => JSON.parse(`{${bindingsOf(logger).slice(1)}}`) as unknown);
  return isObject(bound) && (read(bound, name) ?? null) !== null;
}

/** Whether it was this child's own bindings that the serializer was called for. */
function hasBound(child: object, { name, written }: Pending): boolean {
  const parent = Reflect.getPrototypeOf(child);
  const inherited = parent === null ? '' : bindingsOf(parent);
  if (bindingsOf(child).slice(inherited.length).includes(fieldOf(name))) return true;
  // `redact` may have removed it.
  const stringify = redactionOf(child, name);
  return stringify !== undefined && attempt(() => stringify(written)) === undefined;
}
