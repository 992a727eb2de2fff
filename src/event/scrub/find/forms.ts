import { isSpoken } from './prose.ts';
import { eachMatch } from './each.ts';
import type { Finder } from './finder.ts';
import { hasAll, SIGN } from './signs.ts';

/** Paths that hold a secret: those of incoming webhooks and of Telegram's bots. */
const PATHS =
  /\b(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/|outlook\.office\.com\/webhook\/|webhook\.office\.com\/webhookb2\/|api\.telegram\.org\/(?:file\/)?bot|events\.pagerduty\.com\/integration\/|webhook\.site\/|open\.(?:feishu|larksuite)\.(?:cn|com)\/open-apis\/bot\/v\d\/hook\/|hooks\.zapier\.com\/hooks\/catch\/|maker\.ifttt\.com\/trigger\/)([^\s"'<>?#\\)]{1,400})/gi;

/** A scheme and its credentials: RFC 7235, RFC 6750, RFC 7617. */
const CREDENTIALS =
  /\b(bearer|basic)(?:[ \t]{1,9}|: ?)(?:token[ \t]{1,9})?(["'`]?)([\w.~+/=-]{1,8000})/gi;
/** A page can give a WebSocket no other header for its token: `Sec-WebSocket-Protocol: bearer, x1y2`. */
const SUBPROTOCOL = /\b(?:bearer|access_token|token|auth), ?([\w.~+/=-]{6,8000})/gi;
/** The tickets of SPNEGO and NTLM: RFC 4559. */
const TICKETS = /\b(?:negotiate|ntlm)[ \t]{1,9}([A-Za-z\d+/=]{12,8000})/gi;
/** Credentials behind their scheme, and secrets in paths. */
export const findForms: Finder = (text, hide, _, signs) => {
  if ((signs & SIGN.link) !== 0) {
    eachMatch(PATHS, text, ([, path = ''], end) => hide(end - path.length, end));
  }
  if (hasAll(signs, SIGN.comma | SIGN.minus) && /websocket-protocol/i.test(text)) {
    eachMatch(SUBPROTOCOL, text, ([, word = ''], end) => {
      if (/\d/.test(word)) hide(end - word.length, end);
    });
  }
  if ((signs & SIGN.scheme) !== 0) {
    eachMatch(TICKETS, text, ([, ticket = ''], end) => hide(end - ticket.length, end));
    eachMatch(CREDENTIALS, text, ([, scheme = '', , word = ''], end) => {
      if (isCredential(scheme, word)) hide(end - word.length, end);
    });
  }
};

function isCredential(scheme: string, word: string): boolean {
  if (!/[A-Za-z\d]/.test(word) || isSpoken(word)) return false;
  if (scheme.toLowerCase() === 'bearer') return true;
  // `Basic` is a word of many sentences; its credentials are `user:password` in base64.
  if (/^[a-z]+[.-]?$/.test(word) || /^[A-Z]?[a-z]+[.-]?$/.test(word))
    return word.length % 4 === 0 && isPair(word);
  return word.length >= 16 || isPair(word);
}

function isPair(word: string): boolean {
  const text = Buffer.from(word.slice(0, 400), 'base64').toString('latin1');
  return /^[\x20-\xff]{0,300}:/.test(text);
}
