import { isErrorInstance } from '../../event/error/class.ts';
import { holdsInside } from '../../event/scrub/special-objects.ts';
import { findError, type FoundError } from '../../event/error/find.ts';
import { isObject, keysOf, read } from '../../lib/safe-read.ts';
import { valueJson } from './error-json.ts';
import { hasOwnSerializer } from './instance.ts';
import { redactedField } from './redact.ts';

/** Fields that are looked at. */
const FIELDS = 50;

/**
 * The fields of a line of which JSON says less than there is, whole: those with Errors in them besides the
 * one that the event is of, and a Map, Headers and the like, which are `{}` there. Not where the user
 * chooses what is written of them. Undefined if there are none.
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
    const value = read(fields, key);
    if (!isObject(value) || hasOwnSerializer(logger, key, key)) continue;
    // Under a key that is none of the usual names, to be found wherever it is.
    if (findError({ [key]: value }, key) === undefined && !isEmptyInJson(value)) continue;
    const shown = redactedField(logger, key, valueJson(value));
    if (shown !== undefined) found.push([key, shown]);
  }
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function isEmptyInJson(value: object): boolean {
  return !ArrayBuffer.isView(value) && holdsInside(value) && read(value, 'toJSON') === undefined;
}
