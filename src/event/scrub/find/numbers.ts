import type { Finder, Hide } from './finder.ts';
import { isIn, runEnd, runFrom, tableOf } from './runs.ts';

/** The number of a card, with the blanks or dashes that people write between its groups: ISO/IEC 7812. */
const CARD =
  /(?<![\w.+-])(?:\d{14,16}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g;
/** The first digits and the lengths of the large issuers' numbers. */
const ISSUERS =
  /^(?:4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:6011|65\d\d|64[4-9]\d)\d{12}|35\d{14}|62\d{14})$/;

/** The number of a bank account: ISO 13616. */
const IBAN = /\b[A-Z]{2}\d\d(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?(?![\w-])/g;
/** Lengths by country, as SWIFT's registry of IBANs has them. */
const LENGTHS = new Map(
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 VG24 XK20'
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Units of the shortest number of a card or an account. */
const SHORTEST = 14;
const UNITS = tableOf(/[\dA-Z -]/);

/** Numbers of cards and bank accounts. A check digit tells them from other numbers. */
export const findNumbers: Finder = (text, hide) => {
  for (let run = runFrom(text, UNITS, SHORTEST, SHORTEST - 1); run !== -1;) {
    const end = runEnd(text, UNITS, run, text.length);
    let start = run - SHORTEST;
    while (start > 0 && isIn(UNITS, text.charCodeAt(start))) start -= 1;
    start = Math.max(start, 0);
    // With what stands around it: that may say that this is no number.
    numbersIn(text.slice(start, end + 2), (from, to) => hide(start + from, start + to));
    run = runFrom(text, UNITS, SHORTEST, end + SHORTEST);
  }
};

function numbersIn(text: string, hide: Hide): void {
  CARD.lastIndex = 0;
  for (let match = CARD.exec(text); match !== null; match = CARD.exec(text)) {
    if (isCard(match[0].replace(/[ -]/g, ''))) hide(match.index, CARD.lastIndex);
  }
  IBAN.lastIndex = 0;
  for (let match = IBAN.exec(text); match !== null; match = IBAN.exec(text)) {
    const length = ibanLength(match[0]);
    if (length > 0) hide(match.index, match.index + length);
  }
}

/** Whether digits are a card's number: they are a large issuer's, and Luhn's sum is right. */
export function isCard(digits: string): boolean {
  if (!ISSUERS.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    sum += at % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** The length of the IBAN at the start of a text, with its blanks; 0 if there is none. */
function ibanLength(found: string): number {
  const length = LENGTHS.get(found.slice(0, 2));
  if (length === undefined) return 0;
  let end = 0;
  let compact = '';
  for (; end < found.length && compact.length < length; end += 1) {
    const sign = found.charAt(end);
    if (sign !== ' ') compact += sign;
  }
  if (compact.length < length || /[A-Z\d]/.test(found.charAt(end))) return 0;
  let rest = 0;
  for (const sign of compact.slice(4) + compact.slice(0, 4)) {
    const value = parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1 ? end : 0;
}
