/**
 * Errors that `child` binds. pino writes them when it makes the child, those under another name than `err`
 * as `{}`, and keeps only that text. The serializers here change nothing, and see the Error.
 */
import { isErrorInstance } from '../../event/error/class.ts';
import type { FoundError } from '../../event/error/find.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';

/** The names that people give an error they bind. */
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
 * pino writes it for each logger that it makes, before there can be a child. Only its serializer can see
 * pino's own one of `err`, which in the options would take the place of that.
 */
const FIRST = 'pid';

type Serializer = (this: unknown, value: unknown) => unknown;
type OnChild = (this: unknown, child: unknown) => void;

/** What pino's options have of it. */
export interface Binding {
  readonly serializers: object;
  readonly onChild: OnChild;
}

/** The user's own serializers by those that are put around them; null where there is none. */
const keepers = new WeakMap<object, Serializer | null>();

/** The function that says what is written; undefined for one of ours that changes nothing. */
export function writerOf(serializer: object): unknown {
  const theirs = keepers.get(serializer);
  return theirs === undefined ? serializer : (theirs ?? undefined);
}

export class BoundErrors {
  readonly #errors = new WeakMap<object, FoundError>();
  /** What the child or the line was given that is being made. */
  #pending: FoundError | undefined;

  /** The user's own serializers and hook, and ours beside them. */
  options(theirs: Readonly<Record<string, unknown>>, errorKey: string): Binding {
    const { serializers, onChild } = theirs;
    const given = isObject(serializers) ? serializers : {};
    // In a line pino writes what is under the error's own key by the serializer of `err`.
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

  /** Ends a line: what was in it is bound to no child. */
  forget(): void {
    this.#pending = undefined;
  }

  /** The Error that a logger, or one that it is a child of, was given. */
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

  /** Puts ours around pino's own serializer of errors, among those that a logger has. */
  #adopt(serializers: unknown): void {
    const own = isObject(serializers) ? read(serializers, 'err') : undefined;
    if (typeof own !== 'function' || keepers.has(own)) return;
    // Where they are frozen, pino's text is all that is known.
    attempt(() =>
      Object.assign(serializers as object, { err: this.#keeper('err', own as Serializer) }),
    );
  }
}
