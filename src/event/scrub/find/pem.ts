import { eachMatch } from './each.ts';
import type { Finder } from './finder.ts';
import { isIn, tableOf } from './runs.ts';

/** The marks around keys and certificates as text: RFC 7468, and RFC 9580 for PGP. */
const BEGIN = '-----BEGIN ';
const END = '-----END ';
const CLOSE = '-----';
/** Units of base64 and its line ends, and how many of them in a row may be a part of a key. */
const LINES = tableOf(/[A-Za-z\d+/=\r\n\\]/);
const LEAST = 12;

/** Keys in the forms of PuTTY and of SSH2: RFC 4716. */
const OTHERS =
  /\bPrivate-Lines: \d{1,4}(?:\r?\n|\\n)([\w+/=\s\\]{1,20000})|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----([^-]{1,20000})/g;

/** Keys and certificates, with line ends of any form. One that is cut goes to the end of the text. */
export const findPem: Finder = (text, hide) => {
  if (text.includes('Private-Lines') || text.includes('---- BEGIN SSH2')) {
    eachMatch(OTHERS, text, ([, lines, own], end) => hide(end - (lines ?? own ?? '').length, end));
  }
  if (!text.includes(CLOSE)) return;
  let start = text.indexOf(BEGIN);
  // A cut may have left only the end of one: lines of base64 and the last mark.
  const cut = text.indexOf(END);
  if (cut !== -1 && (start === -1 || cut < start)) {
    let from = cut;
    while (from > 0 && isIn(LINES, text.charCodeAt(from - 1))) from -= 1;
    if (cut - from > LEAST) hide(from, cut);
  }
  while (start !== -1) {
    const end = text.indexOf(END, start);
    const close = end === -1 ? -1 : text.indexOf(CLOSE, end + END.length);
    const stop = close === -1 ? text.length : close + CLOSE.length;
    hide(start, stop);
    start = text.indexOf(BEGIN, stop);
  }
};
