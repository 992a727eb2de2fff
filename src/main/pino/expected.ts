import { createLru } from '../../lib/lru.ts';
import { isObject } from '../../lib/safe-read.ts';
import { keyOf } from '../../notes/key.ts';
import type { Level } from '../../event/level.ts';

/** The most stacks logged as texts that are remembered. The same error usually follows at once. */
const STACKS = 100;

/** An error in a line that a worker may or may not take. */
export interface ExpectedError {
  readonly number: number;
  /** The gravest level of the lines with it. */
  level: Level;
  readonly logger: WeakRef<object>;
}

/** Numbers the errors in lines that a worker may or may not take. */
export class Expected {
  readonly #errors = new WeakMap<object, ExpectedError>();
  readonly #stacks = createLru<ExpectedError>({ maxEntries: STACKS });
  #count = 0;

  /** What is known of an error, also if it was logged only by its stack. */
  find(error: unknown, stack: string | undefined): ExpectedError | undefined {
    return (
      this.get(error) ?? (stack === undefined ? undefined : this.#stacks.get(String(keyOf(stack))))
    );
  }

  /** What is known of an error if it was logged as an object. */
  get(error: unknown): ExpectedError | undefined {
    return isObject(error) ? this.#errors.get(error) : undefined;
  }

  /** Makes what is known of `other` hold for `error` too. */
  join(error: object, other: object): void {
    const known = this.#errors.get(other);
    if (known !== undefined && !this.#errors.has(error)) this.#errors.set(error, known);
  }

  /** The number for a line that may name an error only in its text. */
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
