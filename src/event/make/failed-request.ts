import { isObject, read } from '../../lib/safe-read.ts';

/** What an event says of a failed request if no error is known. */
export interface FailedRequest {
  readonly message: string;
  readonly fingerprint: readonly string[];
}

/** `what` is the method and the route. */
export function failedRequest(what: string, status: number): FailedRequest {
  return { message: `${what} answered ${status}`, fingerprint: ['failed request', what] };
}

/** pino-http's own words for an answer of 500 and above that has no error. */
const PLACEHOLDER = /^failed with status code (\d{3})$/;

/** The status in an error that pino-http has made up. It may have gone through a serializer. */
export function placeholderStatus(error: unknown): number | undefined {
  const message = isObject(error) ? read(error, 'message') : undefined;
  const match = typeof message === 'string' ? PLACEHOLDER.exec(message) : null;
  return match === null ? undefined : Number(match[1]);
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
