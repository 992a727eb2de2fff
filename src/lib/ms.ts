/** A number of ms that a caller has given, or the default for anything else. */
export function msOf(given: unknown, otherwise: number): number {
  return typeof given === 'number' ? given : otherwise;
}
