import { setImmediate } from 'node:timers';
import { attempt } from '../lib/safe-read.ts';

/**
 * Makes something once, behind what the application does as it starts, or before that with its first use. Not
 * as late as the first error: by then a new version of this package, or of the application, may lie in the place
 * of what was started.
 */
export function soon<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  const get = (): T => (made ??= { value: make() }).value;
  // Who cannot make it hears of that with the first use.
  setImmediate(() => attempt(get)).unref();
  return get;
}
