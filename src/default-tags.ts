/** A tag that events have by themselves. */
export type DefaultTag =
  /** `no` where nobody has caught the error, or where no error handler has answered. */
  | 'handled'
  /** The pattern of the request's route. */
  | 'route'
  /** Of the answer. */
  | 'status'
  /** What saw it: a logger, a framework, a call, what Node calls an uncaught error. */
  | 'mechanism'
  /** The name that a logger has. */
  | 'logger'
  /** That of OpenTelemetry, or of the header `traceparent`. */
  | 'trace_id'
  /** The host's name. */
  | 'server'
  /** As `node 24`. */
  | 'runtime';

/** @internal All of them; where there is no room, the last give way first. */
export const DEFAULT_TAGS: readonly DefaultTag[] = [
  'handled',
  'route',
  'status',
  'mechanism',
  'logger',
  'trace_id',
  'server',
  'runtime',
];
