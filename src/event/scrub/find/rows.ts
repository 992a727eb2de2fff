import {
  isFieldName,
  isHeld,
  isNameKey,
  isNamePlace,
  isOtherPath,
  isParameterKey,
  isSecretCommand,
  namingOf,
  STATEMENT_KEYS,
} from '../beside.ts';
import { DOCUMENT, secretAmong } from '../wholes.ts';
import { isStatement } from '../sql.ts';
import { BACKSLASH, closingQuote, isLetterUnit, type Finder, type Hide } from './finder.ts';
import type { Judge } from '../names.ts';

/** A text without any of these has no name beside its value. */
const GATE =
  /\[\s{0,20}["']|["']?(?:name|key|kty|kind|type|\bk|\bid|header|path|param|field|property|attribute|column|variable|pointer|loc|label|argument|prop|env|sql|query|variables|confirm(?:ation|ed)?|repeat(?:ed)?|retyped?|verify)["']?\s{0,5}:/i;
/** Levels of nesting that are read. */
const DEPTH = 200;
/** Keys of one object that are read. */
const KEYS = 100;
/** A message may repeat a value: the most units of the message, the least of the value, and the most values. */
const [MOST_SAID, LEAST_SAID, SAID] = [1_000, 4, 3];
/** Levels of texts in texts. Each needs other quotes, so there are few. */
const STRINGS = 2;

interface Value {
  readonly start: number;
  readonly end: number;
  /** Whether it stands between quotes. */
  readonly isQuoted: boolean;
}

interface Held extends Value {
  readonly key: string;
  /** Whether it is an object. */
  readonly isWhole: boolean;
}

/** An element of a list behind the name of a secret; whether it is the value, the whole list decides. */
interface Element extends Value {
  readonly index: number;
  readonly name: string;
}

interface Open {
  readonly isList: boolean;
  /** Where the current key, value or element begins; -1 between two. */
  start: number;
  /** Where its quotes close; -1 if it has none. */
  close: number;
  key: string;
  /** The name in the object or list that was closed last, such as the end of a path. */
  inner: string;
  /** Its keys, up to `KEYS`. `named` has the ones whose value names a secret, `held` every value. */
  keys: string[] | undefined;
  named: (readonly [key: string, name: string])[] | undefined;
  isStatement: boolean;
  held: Held[] | undefined;
  /** In a list: how many elements there were, and the last one if it is the name of a secret. */
  count: number;
  name: string;
  /** In a list: the name of a secret at its end, as in a path. */
  last: string;
  elements: Element[] | undefined;
}

/** A name beside its value in a text that is JSON or looks like it: `{ name: 'password', value: 'x' }`. */
export const findRows: Finder = (text, hide, judge) => {
  if (GATE.test(text)) rowsIn(text, 0, text.length, hide, judge, STRINGS);
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
  let top: Open | undefined;
  let skipped = 0;
  for (let at = from; at < to; at += 1) {
    const unit = text.charCodeAt(at);
    switch (unit) {
      case 123:
      case 91:
        if (top !== undefined && top.start === -1) top.start = at;
        if (stack.length === DEPTH) skipped += 1;
        else stack.push((top = opened(unit === 91)));
        break;
      case 125:
      case 93:
        if (skipped > 0) skipped -= 1;
        else if (top !== undefined) {
          ended(top, text, at, judge);
          closed(top, text, hide, judge);
          stack.pop();
          const inner = top.isList ? top.last : (top.named?.at(-1)?.[1] ?? '');
          top = stack.at(-1);
          if (top !== undefined) top.inner = inner;
        }
        break;
      case 44:
        if (top !== undefined && skipped === 0) ended(top, text, at, judge);
        break;
      case 34:
      case 39: {
        const before = text.charCodeAt(at - 1);
        const isWithin = before === BACKSLASH || (unit === 39 && isLetterUnit(before));
        const close = isWithin ? -1 : closingQuote(text, at, to);
        if (close === -1) break;
        if (strings > 0 && hasBracket(text, at, close)) {
          rowsIn(text, at + 1, close, hide, judge, strings - 1);
        }
        if (top !== undefined && skipped === 0 && top.start === -1) {
          top.start = at;
          top.close = close;
        }
        at = close;
        break;
      }
      case 58:
        if (top !== undefined && !top.isList && top.start !== -1 && top.key === '') {
          top.key = textOf(top, text) ?? text.slice(Math.max(top.start, at - 200), at).trim();
          top.start = -1;
          top.close = -1;
        }
        break;
      default:
        if (unit > 32 && top !== undefined && top.start === -1) top.start = at;
    }
  }
  for (const open of stack) {
    ended(open, text, to, judge);
    closed(open, text, hide, judge);
  }
}

/** The text of a value in quotes; undefined if it has none. */
function textOf({ start, close }: Open, text: string): string | undefined {
  return close === -1 ? undefined : text.slice(start + 1, Math.min(close, start + 201));
}

function hasBracket(text: string, start: number, end: number): boolean {
  for (let at = start + 1; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 91 || unit === 123) return true;
  }
  return false;
}

function opened(isList: boolean): Open {
  return {
    isList,
    start: -1,
    close: -1,
    key: '',
    inner: '',
    keys: undefined,
    named: undefined,
    isStatement: false,
    held: undefined,
    count: 0,
    name: '',
    last: '',
    elements: undefined,
  };
}

/** Takes in the value or the element that ends at `end`. */
function ended(open: Open, whole: string, end: number, judge: Judge): void {
  const { start, key } = open;
  if (start !== -1) {
    if (open.isList) element(open, whole, end, judge);
    else if (key !== '') {
      const isQuoted = open.close !== -1;
      const keys = (open.keys ??= []);
      if (keys.length < KEYS) {
        keys.push(key);
        const isWhole = whole.charCodeAt(start) === 123;
        const text = isQuoted ? textOf(open, whole) : undefined;
        if (isNameKey(key))
          nameEnded(open, key, text ?? bareOf(whole, start, end) ?? open.inner, judge);
        if (text !== undefined && STATEMENT_KEYS.includes(key))
          open.isStatement ||= isStatement(text);
        (open.held ??= []).push({ start, end, isQuoted, key, isWhole });
      }
    }
  }
  open.start = -1;
  open.close = -1;
  open.key = '';
  open.inner = '';
}

/** A name without quotes, as in YAML. */
function bareOf(whole: string, start: number, end: number): string | undefined {
  const text = end - start > 80 ? '' : whole.slice(start, end).trim();
  return /^[A-Za-z][\w.-]*$/.test(text) ? text : undefined;
}

function nameEnded(open: Open, key: string, name: string, judge: Judge): void {
  if (name === '' || (judge(name) === 'open' && !isSecretCommand(name))) return;
  (open.named ??= []).push([key, name]);
}

function element(open: Open, whole: string, end: number, judge: Judge): void {
  const { start, close, name } = open;
  const text = textOf(open, whole);
  if (name !== '' && !(text !== undefined && isFieldName(text))) {
    const found = { start, end, isQuoted: close !== -1, index: open.count - 1, name };
    (open.elements ??= []).push(found);
  }
  open.count += 1;
  open.name = text !== undefined && judge(text) !== 'open' ? text : '';
  open.last = text === undefined ? open.inner : open.name;
}

function closed(open: Open, whole: string, hide: Hide, judge: Judge): void {
  const { keys = [], held = [] } = open;
  const named = (open.named ?? []).filter(([key, name]) => !isOtherPath(key, name, keys));
  const naming = namingOf(
    named.map(([key]) => key),
    keys,
  );
  const isCommand = named.some(([, name]) => isSecretCommand(name));
  if (naming !== 'none' || open.isStatement) {
    const said: string[] = [];
    for (const value of held) {
      const { key, start, end } = value;
      if ((open.isStatement && isParameterKey(key)) || (isCommand && key === 'args')) {
        hideValue(value, hide);
      }
      if (!isHeld(key, naming, value.isWhole)) continue;
      hideValue(value, hide);
      if (value.isQuoted && end - start < MOST_SAID)
        said.push(whole.slice(start + 1, value.end - 1).trim());
    }
    if (naming === 'field') hideSaid(whole, held, said, hide);
  }
  const isAmong = secretAmong(keys, (key) => valueOf(held, key, whole), judge);
  for (const value of held) if (isAmong(value.key)) hideValue(value, hide);
  for (const found of open.elements ?? []) {
    if (isNamePlace(found.index, open.count, found.name)) hideValue(found, hide);
  }
}

function valueOf(held: readonly Held[], key: string, whole: string): string | undefined {
  const value = held.find((each) => each.key === key && each.isQuoted);
  return value === undefined
    ? undefined
    : whole.slice(value.start + 1, Math.min(value.end - 1, value.start + DOCUMENT));
}

/** Hides the values of a field where a message repeats them. */
function hideSaid(whole: string, held: readonly Held[], said: readonly string[], hide: Hide): void {
  for (const { start, end } of held) {
    const text = end - start > MOST_SAID ? '' : whole.slice(start, end);
    for (const each of said.slice(0, SAID)) {
      const at = each.length < LEAST_SAID ? -1 : text.indexOf(each);
      if (at !== -1) hide(start + at, start + at + each.length);
    }
  }
}

function hideValue({ start, end, isQuoted }: Value, hide: Hide): void {
  if (isQuoted) hide(start + 1, end - 1);
  else hide(start, end);
}
