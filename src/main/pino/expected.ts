import { createLru } from '../../lib/lru.ts';
import { isObject } from '../../lib/safe-read.ts';
import { keyOf } from '../../notes/key.ts';

/** Stacks that were logged as texts, and are remembered: what follows on one comes at once. */
const STACKS = 100;

/** Errors in lines that nobody has taken for certain, by numbers. */
export class Expected {
  readonly #numbers = new WeakMap<object, number>();
  readonly #stacks = createLru<number>({ maxEntries: STACKS });
  #count = 0;

  /** The number of an error, or of one that was logged by its stack alone. */
  find(error: unknown, stack: string | undefined): number | undefined {
    const known = isObject(error) ? this.#numbers.get(error) : undefined;
    return known ?? (stack === undefined ? undefined : this.#stacks.get(String(keyOf(stack))));
  }

  add(error: unknown, stack: string | undefined): number {
    this.#count += 1;
    if (isObject(error)) this.#numbers.set(error, this.#count);
    if (stack !== undefined) this.#stacks.set(String(keyOf(stack)), this.#count);
    return this.#count;
  }
}
