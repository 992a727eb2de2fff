import type { Finder } from './finder.ts';
import { hasAll, SIGN } from './signs.ts';

const FIELD = /^[^\r\n]{0,200}?\bname="?([^"\r\n;]{1,200})"?[^\r\n]{0,1000}\r?\n/i;
const START = /form-data;/gi;
/** The most UTF-16 units of the line that names a field. */
const LINE = 1_500;

/** The fields of a multipart body: RFC 7578. */
export const findMultipart: Finder = (text, hide, judge, signs) => {
  if (!hasAll(signs, SIGN.minus | SIGN.semicolon) || !text.includes('-data;')) return;
  START.lastIndex = 0;
  for (let match = START.exec(text); match !== null; match = START.exec(text)) {
    const from = START.lastIndex;
    const lineEnd = text.slice(from, from + LINE).indexOf('\n');
    if (lineEnd === -1) continue;
    const line = FIELD.exec(text.slice(from, from + lineEnd + 1));
    START.lastIndex = from + lineEnd;
    if (line === null || judge(line[1] ?? '') === 'open') continue;
    const headers = from + lineEnd + 1;
    // Other headers of the part may come first, then an empty line.
    const blank = /^(?:[\w-]{1,50}:[^\r\n]{0,500}\r?\n){0,5}\r?\n?/.exec(
      text.slice(headers, headers + 4_000),
    );
    const start = headers + (blank?.[0].length ?? 0);
    const boundary = text.indexOf('\n--', start);
    const end = boundary === -1 ? text.length : boundary;
    hide(start, text.charAt(end - 1) === '\r' ? end - 1 : end);
    START.lastIndex = end;
  }
};
