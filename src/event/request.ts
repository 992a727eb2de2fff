import { attempt, isObject, read } from './guarded.ts';

/** The id of the request that a log line belongs to: Fastify's `reqId`, or pino-http's `req.id`. */
export function rawRequestIdOf(fields: Readonly<Record<string, unknown>>): unknown {
  const { reqId, req } = fields;
  return reqId ?? (isObject(req) ? read(req, 'id') : undefined);
}

/** The same as a text to tell requests apart by, yet to be scrubbed. */
export function requestIdOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const id = rawRequestIdOf(fields);
  if (id === undefined || id === null) return undefined;
  // An odd id still tells requests apart.
  return typeof id === 'string' ? id : attempt(() => JSON.stringify(id));
}
