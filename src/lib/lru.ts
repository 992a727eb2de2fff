import { ownCopy } from './text.ts';

/** A map that forgets the entries that were used longest ago. */
export interface Lru<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** Bounds of an `Lru`: the number of entries, and the sum of their weights. */
export interface LruOptions<V> {
  readonly maxEntries: number;
  readonly maxWeight?: number;
  readonly weigh?: (value: V) => number;
}

interface Entry<V> {
  /** A copy, since the caller's string may be a part of a large text. */
  readonly key: string;
  readonly value: V;
  readonly weight: number;
}

/** Makes an empty `Lru`. The newest entry is kept even if it alone is heavier than `maxWeight`. */
export function createLru<V>(options: LruOptions<V>): Lru<V> {
  const { maxEntries, maxWeight = Infinity, weigh = () => 0 } = options;
  // A Map iterates in the order of insertion, so the first key is the one used longest ago.
  const entries = new Map<string, Entry<V>>();
  let weight = 0;
  /**
   * The newest entry, which need not be moved. It is often read many times in a row, since the
   * frames of a stack have few files.
   */
  let newest: Entry<V> | undefined;

  function remove(key: string): void {
    weight -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry !== newest) {
        entries.delete(key);
        entries.set(entry.key, entry);
        newest = entry;
      }
      return entry.value;
    },
    set(name, value) {
      const key = ownCopy(name);
      remove(key);
      const entry = { key, value, weight: weigh(value) };
      entries.set(key, entry);
      newest = entry;
      weight += entry.weight;
      for (const oldest of entries.keys()) {
        if (oldest === key || (entries.size <= maxEntries && weight <= maxWeight)) break;
        remove(oldest);
      }
    },
  };
}
