import { createHash } from 'node:crypto';
import { isObject } from './json.ts';
import { isBlank, isTruthy, strip, toS } from './ruby.ts';

/** How the server came by an event's fingerprint. */
export type Grouping = 'client' | 'frames' | 'message';

/** What the server's own grouping looks at. */
export interface Groupable {
  readonly message: string;
  readonly backtrace: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Fingerprints are the first 32 hexadecimal digits of a SHA-256. */
function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);
}

/** The parts of a fingerprint that a client sent, as the server uses them. */
export function fingerprintParts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value])
    .map((part) => strip(toS(part)))
    .filter((part) => !isBlank(part));
}

/** The fingerprint a client asked for; undefined when it sent none, or only blanks. */
export function clientFingerprint(value: unknown): string | undefined {
  const parts = fingerprintParts(value);
  return parts.length === 0 ? undefined : digest(parts.join('|'));
}

/**
 * The fingerprint the server computes: by the exception's class and the file and function of the
 * first application frame, or, without such a frame, by the message with its digits folded and
 * the backtrace's first line, digits and all.
 */
export function serverFingerprint(event: Groupable): { fingerprint: string; grouping: Grouping } {
  const frames = event.metadata['exception_frames'];
  const top = Array.isArray(frames)
    ? frames.find((frame) => isObject(frame) && isTruthy(frame['in_app']))
    : undefined;
  if (isObject(top)) {
    // Ruby's ||: null and false make way, an empty string does not.
    const given = event.metadata['exception_class'];
    const name = isTruthy(given) ? toS(given) : 'Unknown';
    const text = `v2|${name}|${toS(top['filename'])}|${toS(top['function'])}`;
    return { fingerprint: digest(text), grouping: 'frames' };
  }
  const message = event.message.replaceAll(/\d+/g, 'N');
  const fingerprint = digest(`${message}|${firstLine(event.backtrace)}`);
  return { fingerprint, grouping: 'message' };
}

/** The first line of a backtrace, trimmed: the part of it that message grouping uses. */
export function firstLine(backtrace: string): string {
  return strip(backtrace.split('\n', 1)[0] ?? '');
}
