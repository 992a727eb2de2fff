import { isFieldName, isNameKey, isNamePlace, isValueKey } from '../beside.ts';
import { closingQuote, type Finder, type Hide } from './finder.ts';
import type { Judge } from '../names.ts';

/** What has none of these holds no name beside its value. */
const GATE =
  /\[\s{0,20}["']|["']?(?:name|key|header|path|param|field|fieldName|property|attribute|column|variable|instancePath|dataPath|label)["']?\s{0,5}:/;
/** Levels that are looked into. */
const DEPTH = 200;
/** Texts in texts: of other quotes, so there are few. */
const STRINGS = 2;

interface Value {
  readonly start: number;
  readonly end: number;
  /** What stands between its quotes, if it has some. */
  readonly text: string | undefined;
}

interface Open {
  readonly isList: boolean;
  /** Where the value that is read began; -1 between two. */
  start: number;
  key: string;
  text: string | undefined;
  isNamed: boolean;
  readonly held: Value[];
  /** Of a list its elements: only texts, and where they are. */
  readonly elements: Value[];
}

/** A name beside its value in a text that is JSON or looks like it: `{ name: 'password', value: 'x' }`. */
export const findRows: Finder = (text, hide, judge) => {
  if ((!text.includes('{') && !text.includes('[')) || !GATE.test(text)) return;
  rowsIn(text, 0, text.length, hide, judge, STRINGS);
};

function rowsIn(
  text: string,
  from: number,
  to: number,
  hide: Hide,
  judge: Judge,
  strings: number,
): void {
  const stack: Open[] = [];
  let skipped = 0;
  for (let at = from; at < to; at += 1) {
    const sign = text.charAt(at);
    const top = stack.at(-1);
    switch (sign) {
      case '{':
      case '[':
        if (top !== undefined && top.start === -1) top.start = at;
        if (stack.length === DEPTH) skipped += 1;
        else stack.push(opened(sign === '['));
        break;
      case '}':
      case ']':
        if (skipped > 0) skipped -= 1;
        else if (top !== undefined) {
          ended(top, at, judge);
          closed(top, hide, judge);
          stack.pop();
        }
        break;
      case ',':
        if (top !== undefined && skipped === 0) ended(top, at, judge);
        break;
      case '"':
      case "'": {
        const isWithin = sign === "'" && /[\p{L}\p{N}]/u.test(text.charAt(at - 1));
        const close = isWithin ? -1 : closingQuote(text, at, to);
        if (close === -1) break;
        if (strings > 0 && hasBracket(text, at, close)) {
          rowsIn(text, at + 1, close, hide, judge, strings - 1);
        }
        if (top !== undefined && skipped === 0 && top.start === -1) {
          top.start = at;
          top.text = text.slice(at + 1, Math.min(close, at + 201));
        }
        at = close;
        break;
      }
      case ':':
        if (top !== undefined && !top.isList && top.start !== -1 && top.key === '') {
          top.key = top.text ?? text.slice(Math.max(top.start, at - 200), at).trim();
          top.start = -1;
          top.text = undefined;
        }
        break;
      default:
        if (top !== undefined && top.start === -1 && sign > ' ') top.start = at;
    }
  }
  for (const top of stack) {
    ended(top, to, judge);
    closed(top, hide, judge);
  }
}

function hasBracket(text: string, start: number, end: number): boolean {
  for (let at = start + 1; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 91 || unit === 123) return true;
  }
  return false;
}

function opened(isList: boolean): Open {
  return { isList, start: -1, key: '', text: undefined, isNamed: false, held: [], elements: [] };
}

/** A value, or an element, is over. */
function ended(open: Open, end: number, judge: Judge): void {
  const { start, text, key } = open;
  if (start !== -1) {
    const value = { start, end, text };
    if (open.isList) open.elements.push(value);
    else if (isNameKey(key)) open.isNamed ||= text !== undefined && judge(text) !== 'open';
    else if (isValueKey(key)) open.held.push(value);
  }
  open.start = -1;
  open.key = '';
  open.text = undefined;
}

function closed(open: Open, hide: Hide, judge: Judge): void {
  if (open.isNamed) for (const value of open.held) hideValue(value, hide);
  const { elements } = open;
  for (let index = 1; index < elements.length; index += 1) {
    const name = elements[index - 1]?.text;
    const value = elements[index] as Value;
    if (name === undefined || (value.text !== undefined && isFieldName(value.text))) continue;
    if (isNamePlace(index - 1, elements.length, name) && judge(name) !== 'open') {
      hideValue(value, hide);
    }
  }
}

function hideValue({ start, end, text }: Value, hide: Hide): void {
  if (text === undefined) hide(start, end);
  else hide(start + 1, end - 1);
}
