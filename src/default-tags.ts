/** A tag that events have by themselves. */
export type DefaultTag =
  /** `no` if nobody has caught the error, or if no error handler has answered. */
  | 'handled'
  /** The pattern of the request's route. */
  | 'route'
  /** The HTTP status of the answer. */
  | 'status'
  /** What saw it: a logger, a framework, a call, or Node's name for an uncaught error. */
  | 'mechanism'
  /** The name of the logger. */
  | 'logger'
  /** The trace of OpenTelemetry, or of the header `traceparent`. */
  | 'trace_id'
  /** The name of the host. */
  | 'server'
  /** The runtime, such as `node 24`. */
  | 'runtime';

/** @internal All of them. If there is no room, the last ones give way first. */
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
