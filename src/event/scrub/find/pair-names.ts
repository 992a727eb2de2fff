import type { Judge, Verdict } from '../names.ts';
import { BACKSLASH, isBlankUnit, isDigitUnit, isQuoteUnit } from './finder.ts';
import { LAST_WORDS, SIGN_UNITS, isNameUnit, isOfArn, isSignEnd } from './pair-units.ts';
import { isOfOtp } from './otp.ts';
import { isIn } from './runs.ts';
import { hasAll, SIGN } from './signs.ts';

/** The most UTF-16 units of a name that are read. */
export const NAME = 200;
/** The most blanks around a sign: Terraform and Go align their signs. */
export const BLANKS = 60;

const [EQUALS, COLON, SPACE, SLASH, BRACKET, PAREN] = [61, 58, 32, 47, 93, 41];

/** The digits of a code behind its name. */
const DIGITS = /^[:=] ?["']?\d{4,8}(?!\w)/;

/** The name of a pair. */
export interface Name {
  readonly start: number;
  readonly text: string;
  /** The quotes that it stands in, or ''. */
  readonly quote: string;
  readonly verdict: Verdict;
}

/** The sign of the first pair with the name of a secret; -1 if there is none, as in most texts. */
export function firstPair(text: string, judge: Judge, signs: number): number {
  const next = hasAll(signs, SIGN.equals | SIGN.colon) ? nextOfBoth : nextOf(signs);
  for (let at = next(text, 0); at !== -1; at = next(text, at + 1)) {
    const unit = text.charCodeAt(at);
    const from = behindSign(text, at, unit === EQUALS);
    if (from > 0 && deniedBefore(text, at, judge) !== undefined) return at;
    at = Math.max(at, Math.abs(from) - 1);
  }
  return -1;
}

function nextOfBoth(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === EQUALS || unit === COLON) return at;
  }
  return -1;
}

function nextOf(signs: number): typeof nextOfBoth {
  const sign = hasAll(signs, SIGN.equals) ? '=' : ':';
  return (text, from) => text.indexOf(sign, from);
}

/** Where a sign ends: `==`, `=>`, `:=`, `=~`. It is less than 0 if this is no sign of a pair. */
export function behindSign(text: string, sign: number, isEquals: boolean): number {
  let from = sign + 1;
  if (!isEquals) {
    const next = text.charCodeAt(from);
    if (next === COLON) return -from - 1;
    if (next === SLASH && text.charCodeAt(sign + 2) === SLASH) return -from;
    if (isDigitUnit(next)) {
      const end = positionEnd(text, from);
      if (end !== from) return -end;
    }
  }
  while (from < sign + 3 && isSignEnd(text.charCodeAt(from))) from += 1;
  return from;
}

/** The name of a secret in front of a sign. */
export function deniedBefore(text: string, sign: number, judge: Judge): Name | undefined {
  const name = nameBefore(text, sign, judge);
  const isDenied = name !== undefined && name.verdict !== 'open' && !isOfArn(text, name.start);
  return isDenied ? name : undefined;
}

/** Where the `12:5` of `app.js:12:5` ends; `from` if something else stands there. */
function positionEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < from + 7 && isDigitUnit(text.charCodeAt(at))) at += 1;
  if (text.charCodeAt(at) !== COLON || !isDigitUnit(text.charCodeAt(at + 1))) return from;
  at += 2;
  while (at < from + 15 && isDigitUnit(text.charCodeAt(at))) at += 1;
  return isNameUnit(text.charCodeAt(at)) ? from : at;
}

function nameBefore(text: string, sign: number, judge: Judge): Name | undefined {
  let end = sign;
  while (end > sign - 3 && isIn(SIGN_UNITS, text.charCodeAt(end - 1))) end -= 1;
  const least = end - BLANKS;
  while (end > least && isBlankUnit(text.charCodeAt(end - 1))) end -= 1;
  const isIndex = text.charCodeAt(end - 1) === BRACKET && isQuoteUnit(text.charCodeAt(end - 2));
  if (isIndex) end -= 1;
  // What Joi's `annotate` prints: "password" [1]: "x"
  else if (text.charCodeAt(end - 1) === BRACKET) {
    end -= / \[[\d, ]{1,9}\]$/.exec(text.slice(Math.max(0, end - 12), end))?.[0].length ?? 0;
  }
  // [Symbol(password)]: 'x'
  if (text.charCodeAt(end - 1) === BRACKET && text.charCodeAt(end - 2) === PAREN) end -= 2;
  if (isQuoteUnit(text.charCodeAt(end - 1))) return quotedName(text, end, judge);
  let start = end;
  const first = Math.max(0, end - NAME);
  while (start > first && isNameUnit(text.charCodeAt(start - 1))) start -= 1;
  if (end - start < 2 || !judge.mayDeny(text, start, end)) return undefined;
  const name = text.slice(start, end);
  const verdict = judge(name);
  if (verdict === 'open') return twoWords(text, start, end, name, judge);
  if (isDeclared(text, start) || isOfCode(text, start, end, name, judge)) return undefined;
  // The `n` of `\ntoken` belongs to an escape, so the name is found in the decoded text. In `C:\token` the
  // decoded text has no name any more, so it is taken from here.
  const isEscaped = text.charCodeAt(start - 1) === BACKSLASH && /^[nrtbfu]/.test(name);
  if (isEscaped && judge(name.slice(1)) !== 'open') return undefined;
  return { start, text: name, quote: '', verdict };
}

/** `type Token = { kind: string }` */
function isDeclared(text: string, start: number): boolean {
  return (
    text.charCodeAt(start - 1) === SPACE &&
    /\b(?:type|interface)$/.test(text.slice(Math.max(0, start - 11), start - 1))
  );
}

/** `method signature: (a: string) => void`, `GPIO pin: 17` */
function isOfCode(text: string, start: number, end: number, name: string, judge: Judge): boolean {
  if (text.charCodeAt(start - 1) !== SPACE || !/^(?:signature|pin)$/i.test(name)) return false;
  let first = start - 1;
  while (first > start - 20 && isNameUnit(text.charCodeAt(first - 1))) first -= 1;
  return judge(text.slice(first, end)) === 'open';
}

function quotedName(text: string, end: number, judge: Judge): Name | undefined {
  const quote = text.charAt(end - 1);
  // The quote is escaped: the pair is found in the decoded text.
  if (text.charCodeAt(end - 2) === BACKSLASH) return undefined;
  const unit = quote.charCodeAt(0);
  let start = end - 1;
  const first = Math.max(0, end - 1 - NAME);
  while (start > first && text.charCodeAt(start - 1) !== unit) start -= 1;
  if (start === first || start === end - 1) return undefined;
  if (!judge.mayDeny(text, start, end - 1)) return undefined;
  const name = text.slice(start, end - 1);
  const isCode = name === 'code' && isCodeOfLogin(text, name, end);
  return { start: start - 1, text: name, quote, verdict: isCode ? 'secret' : judge(name) };
}

/** Whether the digits behind `code` log in: `MFA challenge failed, code=123456`, `variables: {"code":"123456"}`. */
function isCodeOfLogin(text: string, name: string, end: number): boolean {
  return DIGITS.test(text.slice(end, end + 16)) && isOfOtp(text, name, end);
}

/** `API key: x` */
function twoWords(
  text: string,
  start: number,
  end: number,
  name: string,
  judge: Judge,
): Name | undefined {
  if (name === 'code' && isCodeOfLogin(text, name, end))
    return { start, text: name, quote: '', verdict: 'secret' };
  const last = name.toLowerCase().replace(/s$/, '');
  if (text.charCodeAt(start - 1) !== SPACE || !LAST_WORDS.has(last)) return undefined;
  let first = start - 1;
  const least = Math.max(0, first - 30);
  while (first > least && isNameUnit(text.charCodeAt(first - 1))) first -= 1;
  const whole = text.slice(first, end);
  const verdict = judge(whole);
  return verdict === 'open' ? undefined : { start: first, text: whole, quote: '', verdict };
}
