import { eachMatch } from './each.ts';
import type { Finder } from './finder.ts';
import { SIGN, hasAll } from './signs.ts';

/**
 * Values in the query of a link or a redirect that work like a password: the `code` and `state` of OAuth
 * (RFC 6749), the `ticket` of CAS, an `assertion` (RFC 7522), a `key` or `hash`. Elsewhere these words are harmless
 * names, and short values are harmless here too: `?code=404`, `?state=open`.
 */
const CARRIED =
  /[?&](?:(?:code|state|nonce|ticket|assertion|magic|invite|invitation|code_verifier)=(?=[^&#\s"'<>]{0,200}\d)[^&#\s"'<>]{10}[^&#\s"'<>]{0,2000}|(?:key|hash)=(?=[\w-]{0,200}\d)[\w-]{16,200}(?![\w./-]))/gi;

/** The same in a form: behind RFC 6749's `grant_type`, and in the fields of a login. */
const FORM =
  /(?:\bgrant_type=[^\ng]{0,300}?&code=|(?:^|[\s"'`?&])assertion=|(?:^|[\s"'`?&])(?:u|usr|user|username|login|email)=[^&\s]{0,200}&p=)([^&#\s"'<>]{4,4000})/g;
/** Files of a page, with the first part of their query, and the UTF-16 units in which one is looked for. */
const FILE =
  /\.(?:[cm]?js|css|map|json|wasm|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|html?|mp4|pdf)(?:\?[^\s"'<>]{0,60})?$/i;
const BEFORE = 80;
const FORMS = /rtion=|_type=|&p=/;

export const findCarried: Finder = (text, hide, _, signs) => {
  if (!hasAll(signs, SIGN.equals)) return;
  if (FORMS.test(text)) {
    eachMatch(FORM, text, ([, value = ''], end) => hide(end - value.length, end));
  }
  if (!hasAll(signs, SIGN.question)) return;
  CARRIED.lastIndex = 0;
  for (let match = CARRIED.exec(text); match !== null; match = CARRIED.exec(text)) {
    const start = match.index + match[0].indexOf('=') + 1;
    if (!isOfFile(text, match.index, match[0])) hide(start, CARRIED.lastIndex);
  }
};

/** Whether a hash is that of a file's content: `main.js?hash=5f3a…`. */
function isOfFile(text: string, sign: number, found: string): boolean {
  return found.startsWith('hash=', 1) && FILE.test(text.slice(Math.max(0, sign - BEFORE), sign));
}
