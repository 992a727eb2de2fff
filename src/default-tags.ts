/** The tags that events have by themselves, in the order in which they give way where there is no room. */
export const DEFAULT_TAGS = [
  /** `no` where nobody has caught the error, or where no error handler has answered. */
  'handled',
  /** The pattern of the request's route. */
  'route',
  /** Of the answer. */
  'status',
  /** What saw it: a logger, a framework, a call, what Node calls an uncaught error. */
  'mechanism',
  /** The name that a logger has. */
  'logger',
  'trace_id',
  /** The host's name. */
  'server',
  /** As `node 24`. */
  'runtime',
] as const;

export type DefaultTag = (typeof DEFAULT_TAGS)[number];
