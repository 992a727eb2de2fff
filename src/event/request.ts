import { attempt, isObject, read } from './guarded.ts';

/** The id of the request that a log line belongs to: Fastify's `reqId`, or pino-http's `req.id`. */
export function requestIdOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const { reqId, req } = fields;
  const id = reqId ?? (isObject(req) ? read(req, 'id') : undefined);
  if (id === undefined || id === null) return undefined;
  // An odd id still tells requests apart.
  return typeof id === 'string' ? id : attempt(() => JSON.stringify(id));
}
