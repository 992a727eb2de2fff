import { isObject, read } from '../../lib/safe-read.ts';
import { objectsIn } from './request.ts';

/** What an event says of a failed request if no error is known. */
export interface FailedRequest {
  readonly message: string;
  readonly fingerprint: readonly string[];
}

const GROUP = 'failed request';

/** `what` is the method and the route. */
export function failedRequest(what: string, status: number): FailedRequest {
  return { message: `${what} answered ${status}`, fingerprint: [GROUP, what] };
}

/** Whether a fingerprint is that of requests whose error is not known. */
export function isOfFailedRequest(fingerprint: readonly string[] | undefined): boolean {
  return fingerprint?.[0] === GROUP;
}

/** pino-http's own words for an answer of 500 and above that has no error. */
const PLACEHOLDER = /^failed with status code (\d{3})$/;

/** Whether a text is what pino-http says of each failing request, with or without an error. */
export function isPlaceholder(text: string): boolean {
  return text === 'request errored' || PLACEHOLDER.test(text);
}

/** The status in an error that pino-http has made up. It may have gone through a serializer. */
export function placeholderStatus(error: unknown): number | undefined {
  const message = isObject(error) ? read(error, 'message') : undefined;
  const match = typeof message === 'string' ? PLACEHOLDER.exec(message) : null;
  return match === null ? undefined : Number(match[1]);
}

/** pino-http's own words for an answer without an error. */
const COMPLETED = /request completed$/;

/** The status that the answer of a line has, if it is 400 or above. */
function refusalIn(fields: unknown): number | undefined {
  if (!isObject(fields)) return undefined;
  return objectsIn(fields)
    .map((value) => read(value, 'statusCode'))
    .find((status) => typeof status === 'number' && status >= 400) as number | undefined;
}

/** The status of a line in which pino-http only says that a request was refused. */
export function refusedStatus(
  fields: unknown,
  said: (() => string | undefined) | undefined,
): number | undefined {
  const status = refusalIn(fields);
  return status !== undefined && COMPLETED.test(said?.() ?? '') ? status : undefined;
}

/**
 * The parts of a path that differ from request to request: numbers, UUIDs, long hexadecimal ids.
 */
const ID = /^(?:\d+|[\da-f]{8}-[\da-f-]{27}|[\da-f]{16,})$/i;

/** A path by which requests are grouped if their route is not known. */
export function routeLike(path: string): string {
  const [plain = ''] = path.split(/[?#]/, 1);
  const parts = plain.slice(0, 500).split('/');
  return parts.map((part) => (ID.test(part) ? ':id' : part)).join('/');
}
