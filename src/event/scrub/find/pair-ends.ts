import {
  BACKSLASH,
  closingQuote,
  isBlankUnit,
  isLetterUnit,
  isQuoteUnit,
  isSpaceUnit,
  type Lines,
} from './finder.ts';
import { AFTER_CLOSING, isNameUnit } from './pair-units.ts';
import { NAME, type Name } from './pair-names.ts';
import { isOfWholeLine, isScheme } from './prose.ts';
import { isIn, tableOf } from './runs.ts';

const [EQUALS, SPACE, SLASH, BANG] = [61, 32, 47, 33];
const [LETTER_A, LETTER_Z] = [65, 90];
const QUOTES = '"\'`';
/** Units at which a value without quotes may end. */
const ENDS = tableOf(/[\s"'`()[\]{}<>&#,;\\]/);

/** Whether a tag or a comment of HTML goes on with this unit behind its `<`. */
function isTagUnit(unit: number): boolean {
  const isLetter = (unit & ~32) >= LETTER_A && (unit & ~32) <= LETTER_Z;
  return (isLetter && unit < 128) || unit === SLASH || unit === BANG;
}

/** Whether a `=` ends base64: nothing stands behind it, and so many units of base64 in front of it. */
function isPadding(text: string, start: number, sign: number): boolean {
  const length = sign - start;
  const next = text.charCodeAt(sign + 1);
  return length > 6 && length % 4 === 3 && (isSpaceUnit(next) || isQuoteUnit(next));
}

/** Whether a value may end at a unit. It surely goes on at most units, which are letters and digits. */
function mayEnd(unit: number): boolean {
  return unit > 127 || ENDS[unit] === 1;
}

/** Says where the values of the pairs of one text end. */
export interface Ends {
  readonly bracketsAt: (start: number) => number;
  readonly classAt: (end: number) => number;
  readonly pairBegins: (start: number) => boolean;
  readonly formEnd: (name: Name, start: number) => number;
  readonly plainEnd: (name: Name, start: number) => number;
  readonly isLineStart: (start: number) => boolean;
}

/** `hasQuotes`: the text has quotes, so `\n` in it may be the end of a line. */
export function endsIn(text: string, lines: Lines, hasQuotes: boolean): Ends {
  let isUnbalanced = false;
  // Of each kind of value the last one that was read, and of the last line the end without its blanks: a part of
  // the same value has the same end. So a long value that is shown pair by pair is read only once.
  const known = Array.from({ length: 6 }, () => ({ from: 0, end: -1 }));
  const line = { end: -1, last: 0 };
  return { bracketsAt, classAt, pairBegins, formEnd, plainEnd, isLineStart };

  /** Where the bracket at `start` closes. The first one that never does ends with the text, later ones give -1. */
  function bracketsAt(start: number): number {
    if (isUnbalanced) return -1;
    let depth = 0;
    for (let at = start; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === 34 || unit === 39) {
        const before = text.charCodeAt(at - 1);
        const isWithin = before === BACKSLASH || (unit === 39 && isLetterUnit(before));
        const close = isWithin ? -1 : closingQuote(text, at, text.length);
        if (close !== -1) at = close;
      } else if (unit === 123 || unit === 91 || unit === 40) depth += 1;
      else if (unit === 125 || unit === 93 || unit === 41) depth -= 1;
      if (depth === 0) return classAt(at + 1);
    }
    isUnbalanced = true;
    return text.length;
  }

  /** Goes on to the end of the object that follows `[Object: null prototype]` or `<ref *1>`. */
  function classAt(end: number): number {
    const isMore = text.charCodeAt(end) === SPACE && '{['.includes(text.charAt(end + 1) || ' ');
    return isMore && !isUnbalanced ? bracketsAt(end + 1) : end;
  }

  /** Whether another pair begins here. */
  function pairBegins(start: number): boolean {
    let at = start;
    while (at < start + 64 && isNameUnit(text.charCodeAt(at))) at += 1;
    if (at === start || text.charCodeAt(at) !== EQUALS) return false;
    // `key = x1y2=`: base64 may end with this sign.
    return !isPadding(text, start, at);
  }

  /** Where a value of one kind ends. `isEnd` says it of a sign; undefined: the value goes on behind the next unit. */
  function valueEnd(
    kind: number,
    start: number,
    most: number,
    isEnd: (sign: string, at: number) => boolean | undefined,
  ): number {
    const last = known[kind] as { from: number; end: number };
    if (start >= last.from && start <= last.end) return last.end;
    let at = start;
    for (; at < most; at += 1) {
      const unit = text.charCodeAt(at);
      if (!mayEnd(unit)) continue;
      if (isSpaceUnit(unit)) break;
      const sign = text.charAt(at);
      const ends = isEnd(sign, at);
      if (ends === undefined) at += 1;
      else if (ends || closes(sign, at)) break;
    }
    last.from = start;
    last.end = at;
    return at;
  }

  /** Where the value of `name=` ends. */
  function formEnd(name: Name, start: number): number {
    const isUrl = '?&'.includes(text.charAt(name.start - 1) || ' ');
    const at = valueEnd(isUrl ? 4 : 5, start, text.length, (sign, place) => {
      if (sign === '&') return isUrl || pairBegins(place + 1);
      if (sign === '#' || sign === '>') return isUrl;
      return (
        (sign === ';' || sign === ',') &&
        (isSpaceUnit(text.charCodeAt(place + 1)) || pairBegins(place + 1))
      );
    });
    const word = text.slice(start, Math.min(at, start + 20));
    return text.charCodeAt(at) === SPACE && isScheme(word) ? nextWord(at) : at;
  }

  /** Where the value of `name: ` ends. */
  function plainEnd(name: Name, start: number): number {
    const lineEnd = lines.endOf(start);
    const before = text.charAt(name.start - 1);
    if (QUOTES.includes(before || ' ') && name.quote === '') {
      // 'Authorization: Bearer x': an argument of curl
      const close = text.indexOf(before, start);
      return close === -1 || close > lineEnd ? trimmed(start, lineEnd) : close;
    }
    if (name.quote === '' && isLineStart(name.start)) return trimmed(start, lineEnd);
    const isCookie = /cookie/i.test(name.text);
    const isQuoted = name.quote !== '';
    const kind = (isCookie ? 1 : 0) + (isQuoted ? 2 : 0);
    const at = valueEnd(kind, start, lineEnd, (sign, place) => {
      if (sign !== ',' && sign !== ';') return false;
      if (sign === ';' && isCookie && pairBegins(place + 2)) return undefined;
      return isQuoted || isSpaceUnit(text.charCodeAt(place + 1));
    });
    const word = text.slice(start, Math.min(at, start + 20));
    if (isOfWholeLine(word)) return trimmed(start, lineEnd);
    if (text.charCodeAt(at) === SPACE && isScheme(word)) return nextWord(at);
    // `cookies: Cookies { a: 1 }`
    const isCapital = word.charCodeAt(0) >= LETTER_A && word.charCodeAt(0) <= LETTER_Z;
    return isCapital && /^[A-Z][\w.]*(?:\(\d+\))?$/.test(word) ? classAt(at) : at;
  }

  /** Whether a sign closes something around the value. */
  function closes(sign: string, at: number): boolean {
    switch (sign) {
      case '"':
      case "'":
      case '`':
      case ')':
      case ']':
      case '}': {
        const next = text.charCodeAt(at + 1);
        return Number.isNaN(next) || isIn(AFTER_CLOSING, next);
      }
      case '<':
        return isTagUnit(text.charCodeAt(at + 1));
      case '\\': {
        const next = text.charAt(at + 1);
        return QUOTES.includes(next || ' ') || (hasQuotes && /[nrt]/.test(next));
      }
      default:
        return false;
    }
  }

  function nextWord(space: number): number {
    let at = space;
    while (isBlankUnit(text.charCodeAt(at))) at += 1;
    for (; at < text.length; at += 1) {
      const sign = text.charAt(at);
      if (isSpaceUnit(text.charCodeAt(at)) || closes(sign, at)) break;
      if ((sign === ',' || sign === ';') && isSpaceUnit(text.charCodeAt(at + 1))) break;
    }
    return at;
  }

  /** The end of a line without its blanks and the comma of an object. */
  function trimmed(start: number, lineEnd: number): number {
    if (line.end !== lineEnd) {
      line.end = line.last = lineEnd;
      while (line.last > start && isSpaceUnit(text.charCodeAt(line.last - 1))) line.last -= 1;
    }
    const end = Math.max(start, line.last);
    return text.charAt(end - 1) === ',' ? end - 1 : end;
  }

  /** Whether only blanks or the sign of a list stand in front of it in its line. */
  function isLineStart(start: number): boolean {
    const before = start - 1;
    if (before < 0 || text.charCodeAt(before) === 10) return true;
    // The values of a decoded query may be lines of their own.
    if (text.charCodeAt(before) === EQUALS) return true;
    let at = before;
    const least = Math.max(0, start - NAME);
    while (at >= least && ' \t-*>#\r'.includes(text.charAt(at))) at -= 1;
    return at < 0 || text.charCodeAt(at) === 10;
  }
}
