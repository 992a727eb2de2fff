import { isObject } from '../../lib/safe-read.ts';
import type { Level } from '../../event/level.ts';

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
  #count = 0;

  /** What is known of an error. */
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

  /** Gives an error the number of a line that only named it. */
  put(
    error: unknown,
    { number, level, logger }: { number: number; level: Level; logger: object },
  ): void {
    if (isObject(error)) this.#errors.set(error, { number, level, logger: new WeakRef(logger) });
  }
}
