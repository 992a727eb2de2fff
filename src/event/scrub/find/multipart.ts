import type { Finder } from './finder.ts';

const FIELD = /form-data;[^\r\n]{0,200}?\bname="?([^"\r\n;]{1,200})"?[^\r\n]{0,1000}\r?\n/gi;

/** The fields of a multipart body: RFC 7578. */
export const findMultipart: Finder = (text, hide, judge) => {
  if (!text.includes('form-data')) return;
  FIELD.lastIndex = 0;
  for (let match = FIELD.exec(text); match !== null; match = FIELD.exec(text)) {
    if (judge(match[1] ?? '') === 'open') continue;
    // Other headers of the part may come first, then an empty line.
    const blank = /^(?:[\w-]{1,50}:[^\r\n]{0,500}\r?\n){0,5}\r?\n?/.exec(
      text.slice(FIELD.lastIndex, FIELD.lastIndex + 4_000),
    );
    const start = FIELD.lastIndex + (blank?.[0].length ?? 0);
    const boundary = text.indexOf('\n--', start);
    const end = boundary === -1 ? text.length : boundary;
    hide(start, text.charAt(end - 1) === '\r' ? end - 1 : end);
    FIELD.lastIndex = end;
  }
};
