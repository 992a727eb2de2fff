import type { Hide, Finder } from './finder.ts';
import type { Judge } from '../names.ts';
import { isHeld, isNameKey } from '../beside.ts';

const OPENING = /<([A-Za-z_][\w.:-]{0,200})((?:\s[^<>]{0,4000})?)(\/?)>/g;
const ATTRIBUTE = /([\w.:-]{1,100})\s{0,5}=\s{0,5}(?:"([^"<]{0,2000})"|'([^'<]{0,2000})')/g;

/** `<password>x</password>` and `<input name="password" value="x">`. Other attributes are pairs: see pairs.ts. */
export const findMarkup: Finder = (text, hide, judge) => {
  const missing = new Set<string>();
  OPENING.lastIndex = 0;
  for (let match = OPENING.exec(text); match !== null; match = OPENING.exec(text)) {
    const [, tag = '', attributes = '', empty = ''] = match;
    const local = tag.slice(tag.lastIndexOf(':') + 1);
    const isTag = judge(local) !== 'open';
    const offset = match.index + 1 + tag.length;
    const isDenied = attributes !== '' && attributesDeny(attributes, offset, isTag, hide, judge);
    const isNamed = isDenied && !isTag;
    const start = OPENING.lastIndex;
    // <key>password</key><string>x</string>
    if (empty === '' && !isNamed && isNameKey(local)) {
      const close = text.indexOf('<', start);
      const name = close === -1 ? '' : text.slice(start, Math.min(close, start + 200)).trim();
      const next = name === '' || judge(name) === 'open' ? null : nextElement(text, close);
      if (next !== null) {
        hide(next.start, next.end);
        OPENING.lastIndex = next.end;
      }
      continue;
    }
    if (empty !== '' || (!isNamed && !isTag)) continue;
    const closing = `</${tag}`;
    const found = missing.has(closing) ? -1 : text.indexOf(closing, start);
    if (found === -1) missing.add(closing);
    // Usage: deploy --token <token> --user <name>: such a name in brackets is no tag.
    if (found === -1 && attributes === '' && /^(?:[\s"'`)\]]|$)/.test(text.slice(start, start + 1)))
      continue;
    const next = found === -1 ? text.indexOf('<', start) : found;
    const end = next === -1 ? text.length : next;
    const value = text.slice(start, end);
    if (value.trim() !== '' && !(isNamed && found === -1)) hide(start, end);
    OPENING.lastIndex = Math.max(start, end);
  }
};

/** The content of the next element behind the closing tag at `close`. */
function nextElement(text: string, close: number): { start: number; end: number } | null {
  const tags = /^<\/[\w.:-]{1,100}>\s{0,200}<[\w.:-]{1,100}[^<>]{0,200}>/.exec(
    text.slice(close, close + 600),
  );
  if (tags === null) return null;
  const start = close + tags[0].length;
  const end = text.indexOf('<', start);
  return { start, end: end === -1 ? text.length : end };
}

/** Whether a tag or an attribute names a secret. If so, the attributes that hold its value are hidden. */
function attributesDeny(
  attributes: string,
  offset: number,
  isTagDenied: boolean,
  hide: Hide,
  judge: Judge,
): boolean {
  const values: [number, number][] = [];
  let isDenied = isTagDenied;
  ATTRIBUTE.lastIndex = 0;
  for (let match = ATTRIBUTE.exec(attributes); match !== null; match = ATTRIBUTE.exec(attributes)) {
    const [whole, name = '', double, single] = match;
    const value = double ?? single ?? '';
    const names = isNameKey(name) || name === 'id' || name === 'type';
    if (names) isDenied ||= value !== '' && judge(value) !== 'open';
    else if (isHeld(name, 'pair', false)) {
      const end = match.index + whole.length - 1;
      values.push([end - value.length, end]);
    }
  }
  if (isDenied) for (const [start, end] of values) hide(offset + start, offset + end);
  return isDenied;
}
