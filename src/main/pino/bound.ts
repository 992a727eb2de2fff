/**
 * Finds the Errors that `child` binds. pino writes them when it makes the child, as `{}` if their
 * name is not `err`, and keeps only that text. The serializers here change nothing, and see the
 * Error.
 */
import { isErrorInstance } from '../../event/error/class.ts';
import type { FoundError } from '../../event/error/find.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';

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

type Serializer = (this: unknown, value: unknown) => unknown;
type OnChild = (this: unknown, child: unknown) => void;

/** The part of pino's options that finds bound errors. */
export interface Binding {
  readonly serializers: object;
  readonly onChild: OnChild;
}

/** The user's own serializers, by ours that are put around them; null if there is none. */
const keepers = new WeakMap<object, Serializer | null>();

/**
 * The function that decides what is written. Undefined if it is one of ours, which change nothing.
 */
export function writerOf(serializer: object): unknown {
  const theirs = keepers.get(serializer);
  return theirs === undefined ? serializer : (theirs ?? undefined);
}

export class BoundErrors {
  readonly #errors = new WeakMap<object, FoundError>();
  /** The Error that was given to the child or line in the making. */
  #pending: FoundError | undefined;

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
    const errors = this.#errors;
    const take = (): FoundError | undefined => {
      const pending = this.#pending;
      this.#pending = undefined;
      return pending;
    };
    return {
      serializers: { ...given, ...Object.fromEntries<unknown>([...wrapped, ...ours]) },
      onChild(child) {
        const found = take();
        if (found !== undefined && isObject(child)) errors.set(child, found);
        if (typeof onChild === 'function') onChild.call(this, child);
      },
    };
  }

  /** Ends a line. An Error in it is not bound to a child. */
  forget(): void {
    this.#pending = undefined;
  }

  /** The Error that was bound to a logger or to one of its ancestors. */
  find(logger: object): FoundError | undefined {
    for (let each: object | null = logger; each !== null; each = Reflect.getPrototypeOf(each)) {
      const found = this.#errors.get(each);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #keeper(name: string, theirs: Serializer | null): Serializer {
    const pend = (value: unknown): void => {
      if (isErrorInstance(value)) this.#pending = { error: value, path: [name] };
    };
    const adopt = (serializers: unknown): void => this.#adopt(serializers);
    const keep: Serializer = function (value) {
      if (name === FIRST) adopt(this);
      pend(value);
      return theirs === null ? value : theirs.call(this, value);
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
