import { isErrorInstance } from '../../event/error/class.ts';
import { isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { errorJson, valueJson } from './error-json.ts';
import { hasOwnSerializer, redactionOf } from './instance.ts';
import { redacted, redactedField } from './redact.ts';
import { foreignStack } from './stacks.ts';
import type { NotedError } from '../../notes/line-note.ts';

/** An error of a line. The text of a stack counts as one. */
export interface Found {
  readonly error: unknown;
  readonly path: readonly string[];
}

/**
 * What the worker is told of an error, without what the logger's `redact` hides. `wasThrown`: a
 * request has failed with it.
 */
export function thrownOf(
  logger: object,
  { error, path }: Found,
  errorKey: string,
  wasThrown = false,
): NotedError {
  if (!isErrorInstance(error)) {
    return wasThrown ? valueOf(logger, { error, path }, errorKey) : { path, value: error };
  }
  const foreign = foreignStack(error);
  if (foreign !== undefined) return { path, value: foreign };
  const isBare = hasOwnSerializer(logger, path[0] ?? errorKey, errorKey);
  const facts = errorJson(error, isBare);
  return { path, value: redacted(logger, facts, path, errorKey), isBare };
}

/** A thrown value that is no Error. Where the user changes what the line has of it, that holds. */
function valueOf(logger: object, { error, path }: Found, errorKey: string): NotedError {
  const [name] = path;
  const isChanged =
    name !== undefined &&
    (hasOwnSerializer(logger, name, errorKey) || redactionOf(logger, name) !== undefined);
  if (isChanged) return { path, wasThrown: true };
  const value = valueJson(error);
  if (!isObject(value)) return { path, value, wasThrown: true };
  const left = redactedField(logger, errorKey, value);
  const own = keysOf(left ?? {}).map(
    (key) => [key, redactedField(logger, key, read(left ?? {}, key))] as const,
  );
  return { path, value: isArray(left) ? left : Object.fromEntries(own), wasThrown: true };
}
