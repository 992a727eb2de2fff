import { FETCH_MODES, isCountText } from '../hidden.ts';
import { COUNTING } from '../name-words.ts';
import type { Judge } from '../names.ts';
import {
  closingQuote,
  isBlankUnit,
  isLetterUnit,
  isQuoteUnit,
  isSpaceUnit,
  Lines,
  Signs,
  type Finder,
  type Hide,
} from './finder.ts';
import {
  AFTER_CLOSING,
  FIRST_WORD,
  OPENING,
  isPlaceholder,
  PREFIXES,
  SIGN_UNITS,
  tripleEnd,
} from './pair-units.ts';
import { endsIn } from './pair-ends.ts';
import { behindSign, BLANKS, deniedBefore, firstPair, type Name } from './pair-names.ts';
import { isIn, tableOf } from './runs.ts';
import {
  goesOn,
  isBehindFailure,
  isCounts,
  isFlags,
  isFunction,
  isShown,
  isStandIn,
  isTemplate,
  type Beside,
} from './shown.ts';
import { SIGN } from './signs.ts';
import { isProse, saysNothing } from './prose.ts';

/** Units that are read one by one before `indexOf` takes over. */
const NEAR = 6;

/**
 * For so many values of a text we look whether they may be shown. Those behind them are all hidden, since the look
 * takes most of the time of a hostile text. A text that an event keeps has fewer pairs.
 */
const MANY = 5_000;

/** The most blanks in front of a block; they are no part of it. */
const BLOCK_BLANKS = 64;

const [EQUALS, COLON, GREATER, SPACE, SLASH] = [61, 58, 62, 32, 47];
const [BAR, QUESTION, MINUS] = [124, 63, 45];
/** With these a value has no quotes or brackets. */
const LETTERS = tableOf(/\w/);

/** `name=value`, `name: value` and the like: forms, headers, JSON, YAML, util.inspect, Ruby. */
export const findPairs: Finder = (text, hide, judge, signs) => {
  const begin = firstPair(text, judge, signs);
  if (begin !== -1) pairsFrom(text, begin, hide, judge, signs);
};

function pairsFrom(text: string, begin: number, hide: Hide, judge: Judge, signs: number): void {
  const lines = new Lines(text);
  const equals = new Signs(text, '=');
  const colons = new Signs(text, ':');
  const closings = new Signs(text, '>');
  let looks = MANY;
  const hasQuotes = (signs & (SIGN.double | SIGN.single)) !== 0;
  const { bracketsAt, classAt, formEnd, isLineStart, pairBegins, plainEnd } = endsIn(
    text,
    lines,
    hasQuotes,
  );

  for (let at = begin; at < text.length; at = nextSign(at + 1)) {
    at = Math.max(at, pairAt(at, text.charCodeAt(at) === EQUALS));
  }

  /** The next `=` or `:`. A loop finds a near one faster than V8's `indexOf`, and a far one slower. */
  function nextSign(from: number): number {
    const near = Math.min(text.length, from + NEAR);
    for (let at = from; at < near; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === EQUALS || unit === COLON) return at;
    }
    return Math.min(equals.from(near), colons.from(near));
  }

  /** Hides the value of the pair at `sign`; returns the last place that needs no further look. */
  function pairAt(sign: number, isEquals: boolean): number {
    const from = behindSign(text, sign, isEquals);
    const name = from < 0 ? undefined : deniedBefore(text, sign, judge);
    if (name === undefined) return Math.abs(from) - 1;
    let start = from;
    while (start < from + BLANKS && isBlankUnit(text.charCodeAt(start))) start += 1;
    if (start >= text.length) return start;
    const end = valueAt(name, isEquals && text.charCodeAt(from - 1) !== GREATER, from, start);
    return Math.max(from, end) - 1;
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
    if (isIn(LETTERS, unit)) return bareAt(name, isEquals, from, start, isJson);
    const isMarked = first === '[' || first === '<' || first === '(';
    if (isMarked && isStandIn(text.slice(start, start + 40).split(/[\s,;"'`]/, 1)[0] ?? ''))
      return start;
    // <label>Password:</label>
    if (first === '<' && text.charCodeAt(start + 1) === SLASH) return start;
    if (first === '{' || first === '[' || first === '(') {
      if (first === '(' && isFunction(text.slice(start, start + 90))) return start;
      if (isFlags(text.slice(start, start + 400))) return start;
      const end = bracketsAt(start);
      const inside = end === -1 ? '' : text.slice(start, Math.min(end, start + 400));
      if (name.verdict === 'counts' && isCounts(inside)) return end;
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
    // This quote ends the text around the pair, which has no value: `{"url":"/a?token=","b":1}`.
    if (isEquals && isInside && isIn(AFTER_CLOSING, after)) return open;
    const lineEnd = lines.endOf(open);
    const close = closingQuote(text, open, lineEnd);
    const end = close === -1 ? lineEnd : close;
    if (end <= open + 1) return otherwiseAt(end + 1);
    const value = text.slice(open + 1, Math.min(end, open + 62));
    if (name.verdict === 'counts' && isCountText(value)) return end;
    // Unexpected token: '<'
    if (value.length === 1 && !isLetterUnit(value.charCodeAt(0))) return end + 1;
    const isMode = FETCH_MODES.has(value) && name.text.endsWith('redentials');
    if (isMode || isTemplate(value)) return end + 1;
    const isJson = name.quote === '"' && text.charAt(open) === '"';
    if (isJson) hide(from, close === -1 ? end : end + 1, true);
    else if (isEquals) hide(open, close === -1 ? end : end + 1);
    else hide(open + 1, end);
    return otherwiseAt(end + 1);
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
    if (end <= start || saysNothing(value)) return Math.max(end, start);
    // salt: true, pepper: false
    const word = FIRST_WORD.exec(value)?.[0] ?? '';
    if (text.charAt(start + word.length) === ',' && saysNothing(word)) return start + word.length;
    if (name.verdict === 'counts') {
      if (isCountText(word) || COUNTING.has(word)) return start;
    }
    if (isPlaceholder(value)) return end;
    if (goesOn(text.slice(start, start + 24), text.slice(from - 2, from))) return start;
    looks -= 1;
    if (
      looks > 0 &&
      // headers['authorization'] = token;
      (name.quote === '' || text.charAt(name.start - 1) === '[') &&
      isShown(
        text.slice(start, Math.min(lines.endOf(start), start + 100)),
        besideOf(name, from, start),
      )
    ) {
      const other = otherwiseAt(end);
      return other === end ? start : other;
    }
    const mayBeProse = looks > 0 && !isEquals && name.quote === '';
    if (mayBeProse && isProse(name.text, value)) return start;
    const isScalar = isJson && /^-?\d[\d.eE+-]*$/.test(value);
    hide(isScalar ? from : start, end, isScalar);
    return otherwiseAt(end);
  }

  function besideOf(name: Name, from: number, start: number): Beside {
    let at = Math.max(name.start, from - 3);
    while (at < start && !isIn(SIGN_UNITS, text.charCodeAt(at))) at += 1;
    const next = text.charCodeAt(at + 1);
    if ('?!'.includes(text.charAt(at)) && next !== QUESTION && isIn(SIGN_UNITS, next)) at += 1;
    const sign = text.slice(at, start);
    return { name: name.text, isOfFailure: () => isBehindFailure(text, name.start), sign };
  }

  /** Hides the text in quotes behind `a ?? `, `a || `, or the old value in `"a" -> `; returns its end. */
  function otherwiseAt(end: number): number {
    const next = text.charCodeAt(end + 1);
    const mayFollow = next === BAR || next === QUESTION || next === MINUS || next === EQUALS;
    if (text.charCodeAt(end) !== SPACE || !mayFollow) return end;
    const sign = /^ (?:\?\?|\|\||[-=]>) ["'`]/.exec(text.slice(end, end + 5))?.[0];
    if (sign === undefined) return end;
    const open = end + sign.length - 1;
    const close = closingQuote(text, open, lines.endOf(open));
    return close === -1 ? end : hidden(open + 1, close) + 1;
  }

  /** The lines behind `name:` that are indented more than it, as in YAML. */
  function blockAt(name: Name, start: number): number {
    if (!isLineStart(name.start)) return start;
    // In a decoded query the name begins its line.
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
    let inside = first;
    while (inside < first + BLOCK_BLANKS && isBlankUnit(text.charCodeAt(inside))) inside += 1;
    hide(inside, end);
    return end;
  }
}
