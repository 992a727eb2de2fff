import { isErrorInstance } from '../../event/error/class.ts';
import { holdsInside } from '../../event/scrub/special-objects.ts';
import { holdsError, type FoundError } from '../../event/error/find.ts';
import { dataOf, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { valueJson } from './error-json.ts';
import { ownSerializer } from './instance.ts';
import { redactedField } from './redact.ts';

/** The most fields that are looked at. */
const FIELDS = 50;

/**
 * The fields of a line whose JSON has less than the value, complete: fields with Errors in them,
 * other than the event's own, and a Map, Headers and the like, which are `{}` in JSON. A field is
 * left out if the user's own serializer decides what is written of it. Undefined if there are none.
 */
export function wholeFields(
  logger: object,
  fields: unknown,
  event: FoundError | undefined,
): Record<string, unknown> | undefined {
  const { error, path = [] } = event ?? {};
  if (!isObject(fields) || fields === error || isErrorInstance(fields)) return undefined;
  const found: [string, unknown][] = [];
  for (const key of keysOf(fields).slice(0, FIELDS)) {
    if (key === path[0] && path.length === 1) continue;
    const value = dataOf(fields, key);
    if (!isObject(value) || ownSerializer(logger, key, key) !== undefined) continue;
    if (!holdsError(key, value) && !isEmptyInJson(value)) continue;
    const shown = redactedField(logger, key, valueJson(value));
    if (shown !== undefined) found.push([key, shown]);
  }
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function isEmptyInJson(value: object): boolean {
  return !ArrayBuffer.isView(value) && holdsInside(value) && read(value, 'toJSON') === undefined;
}
