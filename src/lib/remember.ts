import { ownCopy } from './text.ts';

/** How many texts are remembered, and how many UTF-16 units the longest may have. */
export interface MemoBounds {
  readonly maxEntries: number;
  readonly maxLength: number;
}

/**
 * Makes a function that remembers the results of another one. It is meant for texts that are few
 * and short, such as the keys of log fields. Only an attacker sends many. So when there are too
 * many all are forgotten at once, which costs nothing until then.
 */
export function remembering<T>(
  make: (text: string) => T,
  { maxEntries, maxLength }: MemoBounds,
): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (text.length > maxLength) return make(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    // A copy, since a part of a text keeps the whole text in memory.
    const own = ownCopy(text);
    const made = make(own);
    if (known.size >= maxEntries) known.clear();
    known.set(own, made);
    return made;
  };
}
