import { setImmediate } from 'node:timers';
import { attempt } from '../lib/safe-read.ts';

/**
 * Makes something once: after the application's start, or with the first use if that comes earlier.
 * The first error would be too late for files, since a new version of this package or of the
 * application may have replaced them by then.
 */
export function soon<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  const get = (): T => (made ??= { value: make() }).value;
  // If it fails, the first use throws.
  setImmediate(() => attempt(get)).unref();
  return get;
}
