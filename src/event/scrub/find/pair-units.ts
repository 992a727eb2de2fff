import { SECRET_PAIRS } from '../name-words.ts';
import { isIn, tableOf } from './runs.ts';

const [EQUALS, COLON, GREATER, TILDE] = [61, 58, 62, 126];

const ARN_UNITS = tableOf(/[\w-]/);

/** Signs of a name; letters of other alphabets belong to one as well. */
const NAME_UNITS = tableOf(/[\w.$%[\]-]/);
/** Signs that belong to the `=` or `:` behind them: `!=`, `?:`, `+=`. */
export const SIGN_UNITS: Uint8Array = tableOf(/[!<>:~+?=]/);
/** Signs behind a quote or a bracket that closes something around the value. */
export const AFTER_CLOSING: Uint8Array = tableOf(/[\s,;:.)\]}>&|+?!"'`\\]/);
/** Brackets that open something around a pair. */
export const OPENING: Uint8Array = tableOf(/[{(,[]/);
/** Signs that belong to the quote behind them: `b'x'`, `N'x'`, `$'x'`. */
export const PREFIXES: Uint8Array = tableOf(/[bruefnx@$]/i);
export const FIRST_WORD: RegExp = /^[^\s,;]+/;
/** A place in SQL or in a template for a value that comes later. */
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

/** Whether a name is part of an ARN of AWS, which says where something is: `arn:aws:secretsmanager:…`. */
export function isOfArn(text: string, start: number): boolean {
  if (text.charCodeAt(start - 1) !== COLON || !isArnUnit(text.charCodeAt(start - 2))) return false;
  return /\barn:[\w-]{1,20}:(?:[\w-]{0,40}:){0,5}$/.test(
    text.slice(Math.max(0, start - 120), start),
  );
}

function isArnUnit(unit: number): boolean {
  return unit === COLON || isIn(ARN_UNITS, unit);
}

/** Where a text in three quotes ends, as in Python and TOML; -1 if there are not three at `open`. */
export function tripleEnd(text: string, open: number): number {
  const unit = text.charCodeAt(open);
  if (text.charCodeAt(open + 1) !== unit || text.charCodeAt(open + 2) !== unit) return -1;
  const quotes = text.slice(open, open + 3);
  const end = text.indexOf(quotes, open + 3);
  return end === -1 ? text.length : end;
}
