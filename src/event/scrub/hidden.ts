import { isObject, read } from '../../lib/safe-read.ts';
import { COUNTING } from './name-words.ts';
import type { Verdict } from './names.ts';

/** Keys of an object that are looked at to see whether it only counts. */
const MAX_KEYS = 20;

/** `12`, `-1`, `0.5`, `30s`; a code of six digits is one as well, so a name has to say that it counts. */
const COUNT = /^[-+]?\d{1,12}(?:[.,]\d{1,9})?(?: ?[a-z\u00b5%]{1,7})?$/i;
const TIME = /^\d{4}-\d\d-\d\d(?:[T ][\d:.,+Z-]{0,30})?$/;

/** What fetch's `credentials` can be. */
const FETCH: ReadonlySet<string> = new Set(['include', 'omit', 'same-origin']);

/** Whether there is something under a name that must not leave. */
export function isHidden(verdict: Verdict, value: unknown): boolean {
  if (verdict === 'open' || value === null || value === undefined || typeof value === 'boolean') {
    return false;
  }
  if (typeof value === 'string' && FETCH.has(value)) return false;
  return verdict === 'secret' || !isCount(value);
}

/** Whether a text is a number, a duration or a time. */
export function isCountText(text: string): boolean {
  return text.length <= 60 && (COUNT.test(text) || TIME.test(text));
}

function isCount(value: unknown): boolean {
  if (typeof value === 'string') return isCountText(value);
  if (!isObject(value)) return typeof value === 'number' || typeof value === 'bigint';
  if (value instanceof Date) return true;
  // As `{ input: 12, output: 30 }`; throws where the object does, as all looks at it may.
  const keys = Object.keys(value);
  return (
    keys.length > 0 &&
    keys.length <= MAX_KEYS &&
    keys.every((key) => COUNTING.has(key.toLowerCase()) && typeof read(value, key) === 'number')
  );
}
