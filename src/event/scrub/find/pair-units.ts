import { SECRET_PAIRS } from '../name-words.ts';
import { isIn, tableOf } from './runs.ts';

const [EQUALS, COLON, GREATER, TILDE] = [61, 58, 62, 126];

const ARN_UNITS = tableOf(/[\w-]/);

/** What a name is made of; other alphabets as well. */
const NAME_UNITS = tableOf(/[\w.$%[\]-]/);
/** What may stand in front of a sign and belongs to it: `!=`, `?:`, `+=`. */
export const SIGN_UNITS: Uint8Array = tableOf(/[!<>:~+?=]/);
/** What stands behind the quote, or the bracket, that closes something around the value. */
export const AFTER_CLOSING: Uint8Array = tableOf(/[\s,;:.)\]}>&|+?!"'`\\]/);
/** What opens something around a pair. */
export const OPENING: Uint8Array = tableOf(/[{(,[]/);
/** In front of a quote they belong to it: `b'x'`, `N'x'`, `$'x'`. */
export const PREFIXES: Uint8Array = tableOf(/[bruefnx@$]/i);
export const FIRST_WORD: RegExp = /^[^\s,;]+/;
/** What stands for a value that comes later: in SQL, in templates. */
const PLACEHOLDER = /^(?:\?|\$\d{1,3}|%s|\$\{[\w.]{1,60}\}|\{\{? ?[\w.]{1,60} ?\}?\})[,;)]?$/;
export const LAST_WORDS: ReadonlySet<string> = new Set(
  [...SECRET_PAIRS].map((pair) => pair.slice(pair.indexOf(' ') + 1)),
);

export function isPlaceholder(value: string): boolean {
  return '?$%{'.includes(value.charAt(0)) && PLACEHOLDER.test(value);
}

export function isNameUnit(unit: number): boolean {
  return unit < 128 ? NAME_UNITS[unit] === 1 : unit > 160 && unit !== 0x2028 && unit !== 0x2029;
}

export function isSignEnd(unit: number): boolean {
  return unit === EQUALS || unit === GREATER || unit === TILDE;
}

/** Names of AWS say where something lies: `arn:aws:secretsmanager:eu-central-1:…`. */
export function isOfArn(text: string, start: number): boolean {
  if (text.charCodeAt(start - 1) !== COLON || !isArnUnit(text.charCodeAt(start - 2))) return false;
  return /\barn:[\w-]{1,20}:(?:[\w-]{0,40}:){0,5}$/.test(
    text.slice(Math.max(0, start - 120), start),
  );
}

function isArnUnit(unit: number): boolean {
  return unit === COLON || isIn(ARN_UNITS, unit);
}

/** Where a text ends that three quotes begin, as Python and TOML write them; -1 where there are none. */
export function tripleEnd(text: string, open: number): number {
  const unit = text.charCodeAt(open);
  if (text.charCodeAt(open + 1) !== unit || text.charCodeAt(open + 2) !== unit) return -1;
  const quotes = text.slice(open, open + 3);
  const end = text.indexOf(quotes, open + 3);
  return end === -1 ? text.length : end;
}
