export type Serializer = (this: unknown, value: unknown) => unknown;

/** The user's own serializers, by ours that are put around them; null if there is none. */
export const keepers: WeakMap<object, Serializer | null> = new WeakMap();

/**
 * The function that decides what is written. Undefined if it is one of ours, which change nothing.
 */
export function writerOf(serializer: object): unknown {
  const theirs = keepers.get(serializer);
  return theirs === undefined ? serializer : (theirs ?? undefined);
}
