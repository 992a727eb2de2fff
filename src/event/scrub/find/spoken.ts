import type { Judge } from '../names.ts';
import {
  BACKSLASH,
  isDigitUnit,
  isLetterUnit,
  isQuoteUnit,
  isSpaceUnit,
  LINE_FEED,
  outsideFrames,
  type Finder,
  type Hide,
} from './finder.ts';
import { isSpoken } from './prose.ts';
import { gapAt } from './gaps.ts';
import { isOfOtp } from './otp.ts';
import { isRandom } from './random.ts';
import { isIn, tableOf } from './runs.ts';

/** The ends of names in sentences, and of commands that no table of names has. */
const ENDS =
  /(?:[wW]ord|WORD|wd|WD|\bpw|\bPW|[eE]ssion|gnature|jwt|JWT|rase|[cC]ode|CODE|oken|OKEN|cret|CRET|[kK]ey|KEY|\bpin|PIN|cv[vc]|CV[VC]|\bssn|SSN|\bseed|senha|contraseña|asswort|ennwort|\u0430\u0440\u043e\u043b\u044c|密码|密碼|パスワード|비밀번호|otp|OTP|[iI]d|AUTH|PASS|IDENTIFY|pass|auth)(?=["'`]?(?:[,;]? [^=:]|\.\.|\t|[\uff1a\uff1d\u2014\u306f\u662f\u4e3a]))/g;
/** What may stand between a name and its value. */
const BETWEEN =
  /["'`]?(?: {0,9}(?:->|=>|\u2192|[-\u2013\u2014|\u2502\uff1a\uff1d]) ?|[\u306f\u662f\u4e3a]|[,;] (?!["'`])| [~/] | ?\.{2,40} ?|(?: (?:provided|given|received|supplied|submitted|sent|used|entered))?(?: (?:is|was|are|lautet|ist|es|est)(?: now)?| value)?:? (?! )|:? ?\t ?| {1,40})/y;

/** Names behind which a value in quotes needs no digits. */
const STRONG =
  /(?:pass(?:word|wd|phrase|code)|pwd|(?:api|access|secret)[ _-]?key|(?:api|client)[ _-]?secret|AUTH|requirepass)$/i;
/** Whole words of protocols: `AUTH x`, `IDENTIFY x`, `CONFIG SET requirepass x`. */
const COMMAND = /(?:^|[^\w-])(?:AUTH|IDENTIFY|requirepass|masterauth)$/;
/** Mechanisms of SASL; the credentials stand behind them: RFC 4954. */
const MECHANISM = /^(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5|OAUTHBEARER) /;
const MECHANISMS = 'PLXCO';
/** The commands that are no words of a sentence. */
const ONLY_COMMAND = /(?:requirepass|masterauth|IDENTIFY)$/;
const COMMAND_ENDS = 'shY';
const CODES = /(?:code|pin|otp|one-time password)$/i;
const CARD_CODE = /cv[cv]$/i;
/** The place of a token of code, as a parser's message gives it. */
const PARSED =
  /^["'`)]?,? (?:at|in|on) (?:line|position|column|offset|index|JSON|character|char|state)\b/i;
/** The most UTF-16 units between a name and a digit, and between it and a value with other words between them. */
const [GAP, FAR] = [200, 400];
/** `otp for ada is 123456` */
const FOR = /["'`]? (?:for|of|to) [^\n:]{1,60}?(?: is|:) ["'`]?(\d{4,8})(?![\w.])/y;
/** UTF-16 units of the shortest value behind other words, and the signs that no such value has: see gaps.ts. */
const LEAST_MIXED = 6;
const OUTSIDE = tableOf(/[\s"'`<>()[\],;]/);
/**
 * What follows so many ends of names is hidden: only a hostile text has so many, and a text that an event keeps
 * has no room for them.
 */
const MANY = 8_000;
/** The most UTF-16 units of a name, and of a value. */
const [NAME, VALUE] = [50, 300];
const PAREN = 40;
/** The bracket that closes each one that opens. */
const CLOSING = new Map([
  [PAREN, PAREN + 1],
  [60, 62],
]);
/** UTF-16 units of the shortest value without quotes. */
const LEAST = 4;
/** A pair: base64 may end with this sign, and nothing follows it. */
const PAIR = /^[A-Za-z_]{2,20}=[^=]/;
/** Signs that end a value without quotes. */
const AFTER = tableOf(/["'`()|<>,;]/);

/** Secrets in sentences and commands: `the password is x1y2z3`, `token "x1" not found`, `AUTH x1`. */
export const findSpoken: Finder = (text, hide, judge) => {
  outsideFrames(text, (part, start) => findIn(part, start, hide, judge));
};

function findIn(text: string, offset: number, hide: Hide, judge: Judge): void {
  if (text.length < 8) return;
  const digits = new Digits(text);
  const mixed = new Mixed(text);
  let names = 0;
  let last = '';
  let isLastOpen = false;
  ENDS.lastIndex = 0;
  while (ENDS.test(text)) {
    const from = ENDS.lastIndex;
    names += 1;
    if (names > MANY) {
      hide(offset + from, offset + text.length);
      return;
    }
    const name = nameBefore(text, from);
    // findFlags reads flags.
    if (name.startsWith('-')) continue;
    if (name !== last) {
      last = name;
      isLastOpen = judge(name) === 'open' && !COMMAND.test(name);
    }
    if (isLastOpen && !(digits.from(from) <= from + GAP && isOfOtp(text, name, from))) continue;
    const value = valueBehind(text, from, name);
    if (value !== undefined) {
      hide(offset + value.from, offset + value.at);
      continue;
    }
    FOR.lastIndex = from;
    const code = CODES.test(name) ? FOR.exec(text)?.[1] : undefined;
    if (code !== undefined) hide(offset + FOR.lastIndex - code.length, offset + FOR.lastIndex);
    // A value some words away is looked for only if a digit and a word that may be a value are near.
    else if (digits.from(from) <= from + GAP && mixed.from(from) <= from + FAR) {
      const isStrong = STRONG.test(name);
      gapAt(text, from, isStrong, (start, end) => hide(offset + start, offset + end));
    }
  }
}

/** The value right behind a name. */
function valueBehind(text: string, from: number, name: string): Value | undefined {
  BETWEEN.lastIndex = from;
  if (!BETWEEN.test(text)) return undefined;
  const start = BETWEEN.lastIndex;
  if (isTooShort(text, start, leastOf(name))) return undefined;
  const value = valueEnd(text, from, start, name);
  return value.at > start ? value : undefined;
}

/** Finds where a digit comes next. Asked from left to right, it looks through the text only once. */
class Digits {
  readonly #text: string;
  #found = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The place of the first one from `at` on; Infinity if there is none. */
  from(at: number): number {
    let place = Math.max(at, this.#found);
    while (place < this.#text.length && !isDigitUnit(this.#text.charCodeAt(place))) place += 1;
    this.#found = place;
    return place < this.#text.length ? place : Infinity;
  }
}

/** Finds the next word that is long enough for a secret and not only of digits, in the same way. */
class Mixed {
  readonly #text: string;
  #start = 0;
  #end = 0;
  #isMixed = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the first one starts that ends behind `at`; Infinity if there is none. */
  from(at: number): number {
    while (this.#end <= at || !this.#isMixed) {
      if (this.#end >= this.#text.length) return Infinity;
      this.#next();
    }
    return this.#start;
  }

  #next(): void {
    const text = this.#text;
    let at = this.#end;
    while (at < text.length && isIn(OUTSIDE, text.charCodeAt(at))) at += 1;
    this.#start = at;
    let digits = 0;
    for (; at < text.length && !isIn(OUTSIDE, text.charCodeAt(at)); at += 1) {
      if (isDigitUnit(text.charCodeAt(at))) digits += 1;
    }
    const length = at - this.#start;
    this.#isMixed = length >= LEAST_MIXED && digits > 0 && digits < length;
    this.#end = at;
  }
}

function leastOf(name: string): number {
  return CARD_CODE.test(name) ? LEAST - 1 : LEAST;
}

function isOnlyCommand(name: string): boolean {
  return COMMAND_ENDS.includes(name.charAt(name.length - 1)) && ONLY_COMMAND.test(name);
}

/** Whether the text at `start` has no quotes or brackets and ends before it could be a value. */
function isTooShort(text: string, start: number, least: number): boolean {
  const first = text.charCodeAt(start);
  if (isQuoteUnit(first) || CLOSING.has(first)) return false;
  for (let at = start; at < start + least; at += 1) {
    const unit = text.charCodeAt(at);
    if (isIn(AFTER, unit) || isSpaceUnit(unit)) return true;
  }
  return false;
}

/** The word that ends at `from`, with the one in front of it: `API key`, `verification code`. */
function nameBefore(text: string, from: number): string {
  let start = from;
  let words = 1;
  const least = Math.max(0, from - NAME);
  while (start > least) {
    const unit = text.charCodeAt(start - 1);
    if (unit === 32 && words === 1) words = 2;
    else if (!isLetterUnit(unit) && unit !== 95 && unit !== 45) break;
    start -= 1;
  }
  return text.slice(start, from).trim();
}

interface Value {
  readonly from: number;
  /** Its end. If there is no value, it is not greater than the place where one was looked for. */
  readonly at: number;
}

/** The value at `start` behind the name that ends at `behind`. */
function valueEnd(text: string, behind: number, start: number, name: string): Value {
  const first = text.charCodeAt(start);
  if (isQuoteUnit(first) || CLOSING.has(first)) return quotedEnd(text, start, name, first);
  const none = { from: start, at: -1 };
  const mechanism =
    name.endsWith('AUTH') && MECHANISMS.includes(text.charAt(start))
      ? MECHANISM.exec(text.slice(start, start + 14))
      : null;
  const from = start + (mechanism?.[0].length ?? 0);
  let at = from;
  let hasDigit = false;
  const most = Math.min(text.length, from + VALUE);
  for (; at < most; at += 1) {
    const unit = text.charCodeAt(at);
    if (isIn(AFTER, unit) || isSpaceUnit(unit)) break;
    hasDigit ||= isDigitUnit(unit);
  }
  if (at - from < leastOf(name)) return none;
  const sign =
    start === behind + 1 && text.charCodeAt(behind) === 32 ? '' : text.slice(behind, start).trim();
  const isTable = sign === '|' || sign === '\uff1a' || sign === '\uff1d';
  const isClear = isTable || mechanism !== null || isOnlyCommand(name);
  if (!hasDigit && !isClear) return none;
  const value = text.slice(from, at).replace(/[.,:!?]+$/, '');
  // signing key kid=2024-05: such a pair has a name of its own.
  if (PAIR.test(value)) return none;
  const isTold =
    (CARD_CODE.test(name) && /^\d{3,4}$/.test(value)) ||
    (CODES.test(name) && /^\d{4,8}$/.test(value)) ||
    (STRONG.test(name) && /^\d{6,}$/.test(value)) ||
    (/ssn$/i.test(name) && /^\d{3}-?\d\d-?\d{4}$/.test(value));
  const isValue =
    isTold ||
    (isClear && value.length > 3 && !isSpoken(value)) ||
    isRandom(value, STRONG.test(name));
  return isValue ? { from, at: from + value.length } : none;
}

/** A value in quotes or brackets, which has to close in its line. */
function quotedEnd(text: string, start: number, name: string, first: number): Value {
  const none = { from: start, at: -1 };
  const closing = CLOSING.get(first) ?? first;
  let close = start + 1;
  let hasDigit = false;
  let isWord = true;
  const most = Math.min(text.length, start + VALUE);
  for (; close < most; close += 1) {
    const unit = text.charCodeAt(close);
    if (unit === closing && text.charCodeAt(close - 1) !== BACKSLASH) break;
    if (unit === LINE_FEED || (CLOSING.has(first) && unit === 32)) return none;
    hasDigit ||= isDigitUnit(unit);
    isWord &&= unit > 32 && unit !== 60 && unit !== 62;
  }
  const isStrong = !CLOSING.has(first) && isWord && STRONG.test(name);
  if (close === most || close - start < 5 || !(hasDigit || isStrong)) return none;
  const value = text.slice(start + 1, close);
  if (isSpoken(value) || PARSED.test(text.slice(close, close + 30))) return none;
  return isStrong || isRandom(value, STRONG.test(name)) ? { from: start + 1, at: close } : none;
}
