import { isObject, read } from '../lib/safe-read.ts';

/** What was reported as uncaught: a logger may be about to say the same. */
export class Reported {
  readonly #objects = new WeakSet<object>();
  /** The one that listeners are being told of. */
  #now: { readonly value: unknown; readonly stack: string } | undefined;

  add(thrown: unknown): void {
    if (isObject(thrown)) this.#objects.add(thrown);
    const now = { value: thrown, stack: stackOf(thrown) };
    this.#now = now;
    // By then the listeners are through.
    process.nextTick(() => {
      if (this.#now === now) this.#now = undefined;
    });
  }

  /**
   * Whether it is one of them. What a logger's serializer made of one, and what is no object, can only
   * be told while the listeners are called: later the same can be thrown once more.
   */
  has(thrown: unknown): boolean {
    if (isObject(thrown) && this.#objects.has(thrown)) return true;
    if (this.#now === undefined) return false;
    const { value, stack } = this.#now;
    if (!isObject(thrown)) return Object.is(thrown, value);
    // bunyan's writes causes behind it.
    return stack !== '' && stackOf(thrown).startsWith(stack);
  }
}

function stackOf(thrown: unknown): string {
  const stack = isObject(thrown) ? read(thrown, 'stack') : undefined;
  return typeof stack === 'string' ? stack : '';
}
