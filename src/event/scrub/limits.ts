/**
 * How much one walk may visit. The limits are far above an honest log line and far below the 500,000 bytes
 * of a request, so a hostile record costs only milliseconds and a few hundred kilobytes.
 */
export const WALK_LIMITS = {
  /** Levels of nesting; ErrSight refuses more than 100 in all. */
  depth: 10,
  /** Keys of one object. */
  keys: 100,
  /** Elements of one array. */
  items: 100,
  /** UTF-16 units of one string. */
  string: 8_192,
  /** UTF-16 units of one key. */
  key: 200,
  /** Values in all. */
  values: 5_000,
  /** Bytes of all strings together in JSON: a Japanese letter takes three. */
  characters: 200_000,
} as const;

/** UTF-16 units behind a cut that are searched as well, so that a secret across the cut is seen whole. */
export const CUT_MARGIN = 2_048;
