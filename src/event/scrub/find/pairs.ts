import { isCountText } from '../hidden.ts';
import { COUNTING } from '../name-words.ts';
import type { Verdict } from '../names.ts';
import {
  BACKSLASH,
  closingQuote,
  isBlankUnit,
  isDigitUnit,
  isLetterUnit,
  isQuoteUnit,
  isSpaceUnit,
  Lines,
  Signs,
  type Finder,
} from './finder.ts';
import {
  AFTER_CLOSING,
  FIRST_WORD,
  LAST_WORDS,
  OPENING,
  PLACEHOLDER,
  PREFIXES,
  SIGN_UNITS,
  isNameUnit,
  isOfArn,
  tripleEnd,
  isSignEnd,
} from './pair-units.ts';
import { isIn } from './runs.ts';
import { isCounts, isShown, type Beside, isStandIn, isTemplate } from './shown.ts';
import { isProse, isScheme, NO_SECRETS, WHOLE_LINE } from './prose.ts';

/** UTF-16 units of a name that are looked at. */
const NAME = 200;
/** Units that are looked at one by one. */
const NEAR = 6;
/** Blanks around a sign: Terraform and Go align theirs. */
const BLANKS = 60;

const [EQUALS, COLON, GREATER, SPACE, SLASH, BRACKET, PAREN] = [61, 58, 62, 32, 47, 93, 41];
const QUOTES = '"\'`';

interface Name {
  readonly start: number;
  readonly text: string;
  /** The quotes that it stands in, or ''. */
  readonly quote: string;
  readonly verdict: Verdict;
}

/** `name=value`, `name: value` and what looks like them: forms, headers, JSON, YAML, util.inspect, Ruby. */
export const findPairs: Finder = (text, hide, judge) => {
  if (!text.includes('=') && !text.includes(':')) return;
  const lines = new Lines(text);
  const equals = new Signs(text, '=');
  const colons = new Signs(text, ':');
  const closings = new Signs(text, '>');
  const hasQuotes = text.includes('"') || text.includes("'");
  let isUnbalanced = false;

  for (let at = nextSign(0); at < text.length; at = nextSign(at + 1)) {
    at = Math.max(at, pairAt(at, text.charCodeAt(at) === EQUALS));
  }

  /** The next `=` or `:`: V8 finds one that is far faster than a loop, and one that is near slower. */
  function nextSign(from: number): number {
    const near = Math.min(text.length, from + NEAR);
    for (let at = from; at < near; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === EQUALS || unit === COLON) return at;
    }
    return Math.min(equals.from(near), colons.from(near));
  }

  /** The last place that needs no further look. */
  function pairAt(sign: number, isEquals: boolean): number {
    let from = sign + 1;
    if (!isEquals) {
      const next = text.charCodeAt(from);
      if (next === COLON) return from;
      if (next === SLASH && text.charCodeAt(sign + 2) === SLASH) return sign;
      if (isDigitUnit(next)) {
        const end = positionEnd(from);
        if (end !== from) return end - 1;
      }
    }
    // `==`, `=>`, `:=`, `=~`
    while (from < sign + 3 && isSignEnd(text.charCodeAt(from))) from += 1;
    const name = nameBefore(sign);
    if (name === undefined || name.verdict === 'open' || isOfArn(text, name.start)) return from - 1;
    let start = from;
    while (start < from + BLANKS && isBlankUnit(text.charCodeAt(start))) start += 1;
    if (start >= text.length) return start;
    const end = valueAt(name, isEquals && text.charCodeAt(from - 1) !== GREATER, from, start);
    return Math.max(from, end) - 1;
  }

  /** Where `12:5` ends, as in `app.js:12:5`; `from` where something else stands there. */
  function positionEnd(from: number): number {
    let at = from + 1;
    while (at < from + 7 && isDigitUnit(text.charCodeAt(at))) at += 1;
    if (text.charCodeAt(at) !== COLON || !isDigitUnit(text.charCodeAt(at + 1))) return from;
    at += 2;
    while (at < from + 15 && isDigitUnit(text.charCodeAt(at))) at += 1;
    return isNameUnit(text.charCodeAt(at)) ? from : at;
  }

  function nameBefore(sign: number): Name | undefined {
    let end = sign;
    while (end > sign - 3 && isIn(SIGN_UNITS, text.charCodeAt(end - 1))) end -= 1;
    const least = end - BLANKS;
    while (end > least && isBlankUnit(text.charCodeAt(end - 1))) end -= 1;
    const isIndex = text.charCodeAt(end - 1) === BRACKET && isQuoteUnit(text.charCodeAt(end - 2));
    if (isIndex) end -= 1;
    // [Symbol(password)]: 'x'
    if (text.charCodeAt(end - 1) === BRACKET && text.charCodeAt(end - 2) === PAREN) end -= 2;
    if (isQuoteUnit(text.charCodeAt(end - 1))) return quotedName(end);
    let start = end;
    const first = Math.max(0, end - NAME);
    while (start > first && isNameUnit(text.charCodeAt(start - 1))) start -= 1;
    if (end - start < 2 || !judge.mayDeny(text, start, end)) return undefined;
    const name = text.slice(start, end);
    const verdict = judge(name);
    // type Token = { kind: string }
    if (verdict !== 'open' && isDeclared(start)) return undefined;
    if (verdict === 'open') return twoWords(start, end, name);
    // Of `\ntoken` the decoded text tells, unless that has no name any more: `C:\token`.
    const isEscaped = text.charCodeAt(start - 1) === BACKSLASH && /^[nrtbfu]/.test(name);
    if (isEscaped && judge(name.slice(1)) !== 'open') return undefined;
    return { start, text: name, quote: '', verdict };
  }

  function isDeclared(start: number): boolean {
    return (
      text.charCodeAt(start - 1) === SPACE &&
      /\b(?:type|interface)$/.test(text.slice(Math.max(0, start - 11), start - 1))
    );
  }

  function quotedName(end: number): Name | undefined {
    const quote = text.charAt(end - 1);
    // Of an encoded text the decoded one tells.
    if (text.charCodeAt(end - 2) === BACKSLASH) return undefined;
    const unit = quote.charCodeAt(0);
    let start = end - 1;
    const first = Math.max(0, end - 1 - NAME);
    while (start > first && text.charCodeAt(start - 1) !== unit) start -= 1;
    if (start === first || start === end - 1) return undefined;
    if (!judge.mayDeny(text, start, end - 1)) return undefined;
    const name = text.slice(start, end - 1);
    return { start: start - 1, text: name, quote, verdict: judge(name) };
  }

  /** `API key: x` */
  function twoWords(start: number, end: number, name: string): Name | undefined {
    if (
      !LAST_WORDS.has(name.toLowerCase().replace(/s$/, '')) ||
      text.charCodeAt(start - 1) !== SPACE
    )
      return undefined;
    let first = start - 1;
    const least = Math.max(0, first - 30);
    while (first > least && isNameUnit(text.charCodeAt(first - 1))) first -= 1;
    const whole = text.slice(first, end);
    const verdict = judge(whole);
    return verdict === 'open' ? undefined : { start: first, text: whole, quote: '', verdict };
  }

  /** Hides the value that begins at `start`, behind the sign that ends at `from`; returns its end. */
  function valueAt(name: Name, isEquals: boolean, from: number, start: number): number {
    // password: !vault |
    const tag =
      text.charAt(start) === '!' ? /^!\w{1,20} (?=[|>])/.exec(text.slice(start, start + 30)) : null;
    if (tag !== null) return valueAt(name, isEquals, from, start + tag[0].length);
    const unit = text.charCodeAt(start);
    if (unit === 10 || unit === 13) return isEquals ? start : blockAt(name, start);
    const isBlock =
      !isEquals &&
      (unit === 124 || unit === GREATER) &&
      /^[|>][+-]?\d?\r?\n/.test(text.slice(start, start + 5));
    if (isBlock) return blockAt(name, lines.endOf(start));
    const isPrefixed =
      isIn(PREFIXES, unit) &&
      isQuoteUnit(text.charCodeAt(start + 1)) &&
      !isIn(AFTER_CLOSING, text.charCodeAt(start + 2)) &&
      start + 2 < text.length;
    const open = isPrefixed ? start + 1 : start;
    if (isQuoteUnit(text.charCodeAt(open))) return quotedAt(name, isEquals, from, open);
    const first = text.charAt(start);
    const isJson = name.quote === '"';
    const isMarked = first === '[' || first === '<' || first === '(';
    if (isMarked && isStandIn(text.slice(start, start + 40).split(/[\s,;"'`]/, 1)[0] ?? ''))
      return start;
    // <label>Password:</label>
    if (first === '<' && text.charCodeAt(start + 1) === SLASH) return start;
    if (first === '{' || first === '[' || first === '(') {
      const end = bracketsAt(start);
      if (
        end !== -1 &&
        name.verdict === 'counts' &&
        isCounts(text.slice(start, Math.min(end, start + 400)))
      )
        return end;
      if (end !== -1) {
        if (end - start > 2) hide(isJson ? from : start, end, isJson);
        return end;
      }
    }
    if (first === '<') {
      const close = closings.from(start);
      if (close < lines.endOf(start)) return hidden(start, classAt(close + 1));
    }
    return bareAt(name, isEquals, from, start, isJson);
  }

  function hidden(start: number, end: number): number {
    hide(start, end);
    return end;
  }

  function quotedAt(name: Name, isEquals: boolean, from: number, open: number): number {
    const last = tripleEnd(text, open);
    if (last !== -1) return hidden(open + 3, last) + 3;
    const after = text.charCodeAt(open + 1);
    const before = text.charCodeAt(name.start - 1);
    const isInside = !isSpaceUnit(before) && !isIn(OPENING, before);
    // The quote that ends what the pair stands in: `{"url":"/a?token=","b":1}`.
    if (isEquals && isInside && isIn(AFTER_CLOSING, after)) return open;
    const lineEnd = lines.endOf(open);
    const close = closingQuote(text, open, lineEnd);
    const end = close === -1 ? lineEnd : close;
    if (end <= open + 1) return end + 1;
    const value = text.slice(open + 1, Math.min(end, open + 62));
    if (name.verdict === 'counts' && isCountText(value)) return end;
    // Unexpected token: '<'
    if (value.length === 1 && !isLetterUnit(value.charCodeAt(0))) return end + 1;
    if (isTemplate(value)) return end + 1;
    const isJson = name.quote === '"' && text.charAt(open) === '"';
    if (isJson) hide(from, close === -1 ? end : end + 1, true);
    else if (isEquals) hide(open, close === -1 ? end : end + 1);
    else hide(open + 1, end);
    return end + 1;
  }

  /** The end of what begins with a bracket; -1 where it does not end and may be something else. */
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

  /** Behind `[Object: null prototype]` and `<ref *1>` comes the object. */
  function classAt(end: number): number {
    const isMore = text.charCodeAt(end) === SPACE && '{['.includes(text.charAt(end + 1) || ' ');
    return isMore && !isUnbalanced ? bracketsAt(end + 1) : end;
  }

  function bareAt(
    name: Name,
    isEquals: boolean,
    from: number,
    start: number,
    isJson: boolean,
  ): number {
    // `a= b=c`
    if (isEquals && start > from && pairBegins(start)) return start;
    const end = isEquals ? formEnd(name, start) : plainEnd(name, start);
    const value = text.slice(start, Math.min(end, start + 62));
    if (end <= start || NO_SECRETS.has(value.toLowerCase())) return Math.max(end, start);
    const first = FIRST_WORD.exec(value)?.[0] ?? '';
    if (name.verdict === 'counts' && (isCountText(first) || COUNTING.has(first))) return start;
    if (PLACEHOLDER.test(value)) return end;
    if (
      name.quote === '' &&
      isShown(
        text.slice(start, Math.min(lines.endOf(start), start + 100)),
        besideOf(name, from, start),
      )
    ) {
      const other = otherwiseAt(end);
      return other === end ? start : other;
    }
    if (!isEquals && name.quote === '' && isProse(name.text, value)) return start;
    const isScalar = isJson && /^-?\d[\d.eE+-]*$/.test(value);
    hide(isScalar ? from : start, end, isScalar);
    return otherwiseAt(end);
  }

  function besideOf(name: Name, from: number, start: number): Beside {
    const sign = text
      .slice(Math.max(name.start, from - 3), start)
      .replace(/^[^!<>:~+?=]*\??(?=[!<>:~+=])/, '');
    const before = (): string => {
      const near = text.slice(Math.max(name.start - 60, 0), name.start);
      return near.slice(near.lastIndexOf('\n') + 1);
    };
    return { name: name.text, before, sign };
  }

  /** Hides what stands behind `a ?? ` and `a || ` in quotes; returns its end. */
  function otherwiseAt(end: number): number {
    const sign = /^ (?:\?\?|\|\|) ["'`]/.exec(text.slice(end, end + 5))?.[0];
    if (sign === undefined) return end;
    const open = end + sign.length - 1;
    const close = closingQuote(text, open, lines.endOf(open));
    return close === -1 ? end : hidden(open + 1, close) + 1;
  }

  /** Whether another pair begins here. */
  function pairBegins(start: number): boolean {
    let at = start;
    while (at < start + 64 && isNameUnit(text.charCodeAt(at))) at += 1;
    return at > start && text.charCodeAt(at) === EQUALS;
  }

  /** Where the value of `name=` ends. */
  function formEnd(name: Name, start: number): number {
    const isUrl = '?&'.includes(text.charAt(name.start - 1) || ' ');
    let at = start;
    for (; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (isSpaceUnit(unit)) break;
      const next = text.charCodeAt(at + 1);
      const sign = text.charAt(at);
      if (sign === '&' && (isUrl || pairBegins(at + 1))) break;
      if (sign === '#' && isUrl) break;
      if ((sign === ';' || sign === ',') && (isSpaceUnit(next) || pairBegins(at + 1))) break;
      if (closes(sign, at)) break;
      if (sign === '>' && isUrl) break;
    }
    const word = text.slice(start, Math.min(at, start + 20));
    return isScheme(word) && text.charCodeAt(at) === SPACE ? nextWord(at) : at;
  }

  /** Where the value of `name: ` ends. */
  function plainEnd(name: Name, start: number): number {
    const lineEnd = lines.endOf(start);
    const before = text.charAt(name.start - 1);
    if (QUOTES.includes(before || ' ') && name.quote === '') {
      // 'Authorization: Bearer x', as curl is given it
      const close = text.indexOf(before, start);
      return close === -1 || close > lineEnd ? trimmed(start, lineEnd) : close;
    }
    if (name.quote === '' && isLineStart(name.start)) return trimmed(start, lineEnd);
    let at = start;
    const isCookie = /cookie/i.test(name.text);
    for (; at < lineEnd; at += 1) {
      const unit = text.charCodeAt(at);
      if (isSpaceUnit(unit)) break;
      const sign = text.charAt(at);
      const isEnd = isSpaceUnit(text.charCodeAt(at + 1)) || at + 1 === lineEnd;
      if (sign === ';' && isCookie && pairBegins(at + 2)) at += 1;
      else if ((sign === ',' || sign === ';') && (isEnd || name.quote !== '')) break;
      else if (closes(sign, at)) break;
    }
    const word = text.slice(start, Math.min(at, start + 20));
    if (WHOLE_LINE.test(word)) return trimmed(start, lineEnd);
    if (isScheme(word) && text.charCodeAt(at) === SPACE) return nextWord(at);
    // `cookies: Cookies { a: 1 }`
    return /^[A-Z][\w.]*(?:\(\d+\))?$/.test(word) ? classAt(at) : at;
  }

  /** Whether a sign closes something that the value stands in. */
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
        return /[a-z/!]/i.test(text.charAt(at + 1));
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

  /** Without what ends a line of an object. */
  function trimmed(start: number, lineEnd: number): number {
    let end = lineEnd;
    while (end > start && isSpaceUnit(text.charCodeAt(end - 1))) end -= 1;
    return text.charAt(end - 1) === ',' ? end - 1 : end;
  }

  /** Whether nothing but an indentation, or the sign of a list, is in front of it. */
  function isLineStart(start: number): boolean {
    const before = start - 1;
    if (before < 0 || text.charCodeAt(before) === 10) return true;
    // In a query that is decoded its values are lines.
    if (text.charCodeAt(before) === EQUALS) return true;
    let at = before;
    const least = Math.max(0, start - NAME);
    while (at >= least && ' \t-*>#\r'.includes(text.charAt(at))) at -= 1;
    return at < 0 || text.charCodeAt(at) === 10;
  }

  /** The lines behind `name:` that are indented more than it, as in YAML. */
  function blockAt(name: Name, start: number): number {
    if (!isLineStart(name.start)) return start;
    // In a query that is decoded the name is the first of its line.
    const isQuery = text.charCodeAt(name.start - 1) === EQUALS;
    const own = isQuery ? 0 : name.start - 1 - text.lastIndexOf('\n', name.start - 1);
    const first = lines.endOf(start) + 1;
    let end = first;
    for (let line = first; line < text.length;) {
      let at = line;
      while (isBlankUnit(text.charCodeAt(at))) at += 1;
      const isInside = at - line > own || (at - line === own && text.startsWith('- ', at));
      const lineEnd = lines.endOf(at);
      if (at < lineEnd && (!isInside || text.startsWith('at ', at))) break;
      if (at < lineEnd) end = lineEnd;
      line = lineEnd + 1;
    }
    if (end <= first) return start;
    hide(first + (/^[ \t]*/.exec(text.slice(first, first + 64))?.[0].length ?? 0), end);
    return end;
  }
};
