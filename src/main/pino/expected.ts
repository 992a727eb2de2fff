import { createLru } from '../../lib/lru.ts';
import { isObject } from '../../lib/safe-read.ts';
import { keyOf } from '../../notes/key.ts';
import type { Level } from '../../event/level.ts';
import type { Scope } from '../scope.ts';

/** The most stacks logged as texts that are remembered. The same error usually follows at once. */
const STACKS = 100;

/** The scope of a line or of an error. */
export type Where = Pick<Scope, 'origin'>;

function within(stack: string, { origin }: Where): string {
  return `${origin?.id ?? ''} ${keyOf(stack)}`;
}

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

  /**
   * What is known of an error, also if it was logged only by its stack. Errors of two requests can
   * have the same stack.
   */
  find(error: unknown, stack: string | undefined, where: Where): ExpectedError | undefined {
    // Without pino there are none. The key of a stack takes a fifth of what an error runs through here.
    if (this.#count === 0) return undefined;
    return (
      this.get(error) ?? (stack === undefined ? undefined : this.#stacks.get(within(stack, where)))
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

  /** Gives an error the number of a line that only named it. */
  put(
    error: unknown,
    { number, level, logger }: { number: number; level: Level; logger: object },
  ): ExpectedError {
    const expected = { number, level, logger: new WeakRef(logger) };
    if (isObject(error)) this.#errors.set(error, expected);
    return expected;
  }

  add(
    error: unknown,
    stack: string | undefined,
    { logger, level, where }: { logger: object; level: Level; where: Where },
  ): number {
    const expected = this.put(error, { number: this.next(), level, logger });
    if (stack !== undefined) this.#stacks.set(within(stack, where), expected);
    return expected.number;
  }
}
