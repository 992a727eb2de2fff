import { ownCopy } from './text.ts';

/** What is remembered: so many texts, and none that has more UTF-16 units. */
export interface MemoBounds {
  readonly maxEntries: number;
  readonly maxLength: number;
}

/**
 * Makes a function that remembers what another one made of a text: for texts that are few and short,
 * as the keys of log fields, unless an attacker sends them. So all are forgotten at once when there
 * are too many, which is as good as any other way, and costs nothing while there are not.
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
    // A copy, which does not keep alive what the text was cut from.
    const own = ownCopy(text);
    const made = make(own);
    if (known.size >= maxEntries) known.clear();
    known.set(own, made);
    return made;
  };
}
