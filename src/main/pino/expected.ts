import { isObject } from '../../lib/safe-read.ts';
import type { Level } from '../../event/level.ts';
import type { Scope } from '../scope.ts';

/** A line with an error, as pino has written it. */
export interface WrittenLine {
  readonly line: string;
  readonly level: Level;
  /** The path to the error. */
  readonly path: readonly string[] | undefined;
  /** An error may live for long. It keeps no request. */
  readonly scope: WeakRef<Scope>;
}

/** An error in a line that a worker may or may not take. */
export interface ExpectedError {
  readonly number: number;
  /** The gravest level of the lines with it. */
  level: Level;
  readonly logger: WeakRef<object>;
  /** The first lines with it. */
  readonly lines: WrittenLine[];
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

  /** Does so also if something else was known of `error`. */
  move(error: object, other: object): void {
    this.#errors.delete(error);
    this.join(error, other);
  }

  /** The number for a line that may name an error only in its text. */
  next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** Gives an error the number of a line that only named it. */
  put(
    error: object,
    { number, level, logger }: { number: number; level: Level; logger: object },
  ): ExpectedError {
    const made = { number, level, logger: new WeakRef(logger), lines: [] };
    this.#errors.set(error, made);
    return made;
  }
}
