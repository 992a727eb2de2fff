/**
 * Keeps at most `most` items, in their order. If there are more, the `preferred` ones are kept
 * first.
 */
export function prefer<T>(
  items: readonly T[],
  most: number,
  preferred: (item: T) => boolean,
): readonly T[] {
  if (items.length <= most) return items;
  const [first, rest]: [T[], T[]] = [[], []];
  for (const item of items) (preferred(item) ? first : rest).push(item);
  const kept = new Set([...first, ...rest].slice(0, most));
  return items.filter((item) => kept.has(item));
}
