import { eachMatch } from './each.ts';
import type { Finder } from './finder.ts';
import { hasAll, SIGN } from './signs.ts';

/**
 * Hashes of passwords: crypt(3)'s `$2b$…`, `$6$…` and `$argon2id$…` (github.com/P-H-C/phc-string-format),
 * and LDAP's `{SSHA}…` (RFC 2307).
 */
const HASH =
  /\$(?:2[abxy]?|argon2(?:id?|d)|scrypt|s2|5|6|7|y|1|apr1|sha1|pbkdf2[\w-]{0,12}|bcrypt-sha256|P|H)\$[\w./+=$,*-]{16,400}|\{(?:S?SHA(?:256|384|512)?|CRYPT|PBKDF2[\w-]{0,12})\}[\w./+=$-]{12,400}|\bpbkdf2_sha256\$[\w./+=$-]{20,400}/g;
/** Keys that are known by their end or their middle: Mailchimp's, Entra's, Terraform Cloud's. */
const ENDS =
  /\b[\da-f]{32}-us\d{1,2}\b|(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])|\b[A-Za-z\d]{14}\.atlasv1\.[\w-]{40,100}/g;
/** The password in a QR code that sets up Wi-Fi: github.com/zxing/zxing/wiki/Barcode-Contents */
const WIFI = /\bWIFI:[^\nW]{0,100}?;P:((?:[^;\\\n]|\\.){1,200});/g;

/** What was compared with a hash: `data x1y2 and hash $2b$…`, `compare(x1y2, $2b$…`. */
const COMPARED =
  /(?:\(|\b(?:data|password|plain\w{0,9}) )([^\s"'`(),]{4,200})(?:, ?| (?:and|with|against|vs) )(?:hash )?$/;
/** The most UTF-16 units of it with the words around it. */
const BEFORE = 240;

const SCHEME = /\{[SCP]/;

export const findHashes: Finder = (text, hide, _, signs) => {
  if ((signs & SIGN.dollar) !== 0 || ((signs & SIGN.curly) !== 0 && SCHEME.test(text))) {
    eachMatch(HASH, text, ({ index }, end) => {
      hide(index, end);
      const from = Math.max(0, index - BEFORE);
      const found = COMPARED.exec(text.slice(from, index));
      const value = found?.[1] ?? '';
      const start = from + (found?.index ?? 0) + (found?.[0].indexOf(value) ?? 0);
      if (/\d/.test(value)) hide(start, start + value.length);
    });
  }
  const mayEnd =
    ((signs & SIGN.dollar) !== 0 && text.includes('Q~')) ||
    ((signs & SIGN.minus) !== 0 && text.includes('-us')) ||
    ((signs & SIGN.dot) !== 0 && text.includes('.atlas'));
  if (mayEnd) {
    eachMatch(ENDS, text, (match, end) => hide(match.index, end));
  }
  if (hasAll(signs, SIGN.colon | SIGN.semicolon) && text.includes('WIFI:')) {
    eachMatch(WIFI, text, ([, word = ''], end) => hide(end - 1 - word.length, end - 1));
  }
};
