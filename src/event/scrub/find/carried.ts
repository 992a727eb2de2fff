import { eachMatch } from './each.ts';
import type { Finder } from './finder.ts';
import { isRandom, isThing } from './random.ts';
import { SIGN, hasAll } from './signs.ts';

/**
 * Values in the query of a link or a redirect that work like a password: the `code` and `state` of OAuth
 * (RFC 6749), the `ticket` of CAS, an `assertion` (RFC 7522), a `key` or `hash`. Elsewhere these words are harmless
 * names, and short values are harmless here too: `?code=404`, `?state=open`.
 */
const CARRIED =
  /[?&](?:(?:code|state|nonce|ticket|assertion|magic|invite|invitation|code_verifier)=(?=[^&#\s"'<>]{0,200}\d)[^&#\s"'<>]{10}[^&#\s"'<>]{0,2000}|(?:key|hash)=(?=[\w-]{0,200}\d)[\w-]{16,200}(?![\w./-]))/gi;

/** A short one in a query, and what stands for its user in a link that a mail has: `/unsubscribe?id=x1y2`. */
const LINKED =
  /(?:[?&](?:key|(?:invite|invitation|magic)(?:[_-]?(?:code|id))?)=|\/(?:unsubscribe|opt-?out|(?:verify|confirm)(?:[-_/]?e?mail)?|activate|reset(?:[-_/]?password)?|invite|join|magic(?:-?link)?)\/?\?(?:[^\s"'<>#?]{0,200}&)?(?:id|uid|u|user|t|c|k|q|data)=)([\w~-]{6,400})(?![\w~.%-])/gi;
/** `order-1042`, `user_17` */
const NUMBERED = /^(?:[A-Z]?[a-z]+|[A-Z]+)[-_]?\d{1,12}$/;

/** The same in a form: behind RFC 6749's `grant_type`, and in the fields of a login. */
const FORM =
  /(?:\bgrant_type=[^\ng]{0,300}?&code=|(?:^|[\s"'`])code=(?=[^&\s"'<>]{8,2000}&(?:state|scope|iss|redirect_uri|client_id)=)|(?:^|[\s"'`?&])assertion=|(?:^|[\s"'`?&])(?:u|usr|user|username|login|email)=[^&\s]{0,200}&p=)([^&#\s"'<>]{4,4000})/g;
/** Files of a page, with the first part of their query, and the UTF-16 units in which one is looked for. */
const FILE =
  /\.(?:[cm]?js|css|map|json|wasm|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|html?|mp4|pdf)(?:\?[^\s"'<>]{0,60})?$/i;
const BEFORE = 80;
const FORMS = /rtion=|_type=|&p=|(?:^|[\s"'`])code=/;

export const findCarried: Finder = (text, hide, _, signs) => {
  if (FORMS.test(text)) {
    eachMatch(FORM, text, ([, value = ''], end) => hide(end - value.length, end));
  }
  if (!hasAll(signs, SIGN.question)) return;
  eachMatch(LINKED, text, ([, value = ''], end) => {
    if (isRandom(value, true) && !isThing(value) && !NUMBERED.test(value))
      hide(end - value.length, end);
  });
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
