import { createLru } from '../../lib/lru.ts';
import { isObject } from '../../lib/safe-read.ts';
import { keyOf } from '../../notes/key.ts';
import type { Level } from '../../event/level.ts';

/** Stacks that were logged as texts, and are remembered: what follows on one comes at once. */
const STACKS = 100;

/** An error in a line of which it was not known whether a worker takes it. */
export interface ExpectedError {
  readonly number: number;
  /** The gravest of those lines. */
  level: Level;
  readonly logger: WeakRef<object>;
}

/** Errors in lines that nobody has taken for certain, by numbers. */
export class Expected {
  readonly #errors = new WeakMap<object, ExpectedError>();
  readonly #stacks = createLru<ExpectedError>({ maxEntries: STACKS });
  #count = 0;

  /** What is known of an error, or of one that was logged by its stack alone. */
  find(error: unknown, stack: string | undefined): ExpectedError | undefined {
    return (
      this.get(error) ?? (stack === undefined ? undefined : this.#stacks.get(String(keyOf(stack))))
    );
  }

  /** What is known of an error itself. */
  get(error: unknown): ExpectedError | undefined {
    return isObject(error) ? this.#errors.get(error) : undefined;
  }

  /** What is known of one error holds for another. */
  join(error: object, other: object): void {
    const known = this.#errors.get(other);
    if (known !== undefined && !this.#errors.has(error)) this.#errors.set(error, known);
  }

  /** The number of a line that tells an error only in its text, if any. */
  next(): number {
    this.#count += 1;
    return this.#count;
  }

  add(error: unknown, stack: string | undefined, logger: object, level: Level): number {
    const expected = { number: this.next(), level, logger: new WeakRef(logger) };
    if (isObject(error)) this.#errors.set(error, expected);
    if (stack !== undefined) this.#stacks.set(String(keyOf(stack)), expected);
    return expected.number;
  }
}
