import { types } from 'node:util';
import { isObject, keysOf, read } from '../../lib/safe-read.ts';
import { COUNTING } from './name-words.ts';
import type { Verdict } from './names.ts';

/** An object with more keys than this does not count as one of counts. */
const MAX_KEYS = 20;

/** `12`, `-1`, `0.5`, `30s`, `$0.03`. A code of six digits matches too, so the name has to say that it counts. */
const COUNT = /^[-+]?[$\u20ac\u00a3]?\d{1,12}(?:[.,]\d{1,9})?(?: ?[a-z\u00b5%]{1,7})?$/i;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ][\d:.,+Z-]{0,30})?$/;

/** The values of fetch's option `credentials`. */
export const FETCH_MODES: ReadonlySet<string> = new Set(['include', 'omit', 'same-origin']);

/** Whether a value must not leave, given the verdict on its name. */
export function isHidden(verdict: Verdict, value: unknown): boolean {
  if (verdict === 'open' || value === null || value === undefined || typeof value === 'boolean') {
    return false;
  }
  if (typeof value === 'string' && FETCH_MODES.has(value)) return false;
  if (isObject(value) && areFlags(value)) return false;
  return verdict === 'secret' || !isCount(value);
}

/** `{ enabled: true }`. */
function areFlags(value: object): boolean {
  const keys = keysOf(value);
  return (
    keys.length > 0 &&
    keys.length <= MAX_KEYS &&
    keys.every((key) => typeof read(value, key) === 'boolean')
  );
}

/** Whether a text is a number, a duration or a time. */
export function isCountText(text: string): boolean {
  return text.length <= 60 && (COUNT.test(text) || TIME.test(text));
}

function isCount(value: unknown): boolean {
  if (typeof value === 'string') return isCountText(value);
  if (!isObject(value)) return typeof value === 'number' || typeof value === 'bigint';
  if (types.isDate(value)) return true;
  // `{ input: 12, output: 30 }`.
  const keys = keysOf(value);
  return (
    keys.length > 0 &&
    keys.length <= MAX_KEYS &&
    keys.every((key) => COUNTING.has(key.toLowerCase()) && typeof read(value, key) === 'number')
  );
}
