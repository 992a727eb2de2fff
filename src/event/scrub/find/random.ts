import { isCountText } from '../hidden.ts';

/** Words with digits that are no secret: `password sha256`, `token v2.1`, `token field2`. */
const TERM =
  /^(?:(?:sha|md|hs|rs|es|ps|aes|utf|base|oauth|http|argon|pbkdf|ipv|scrypt|bcrypt|ec|ed|rsa|secp|curve|x|v)-?\d[\w.-]{0,6}|[A-Za-z]+[-_#]?\d{1,2}|\d+[A-Za-z]{1,3})$/i;

/** Whether a value has letters and digits, and is no term, path, file, count or time. */
export function isRandom(value: string, isStrong: boolean): boolean {
  if (value.length < 6 || !/[A-Za-z]/.test(value) || !/\d/.test(value)) return false;
  if (/^[./]|[/:]\S*[/:]|^[\w.-]+\.(?:[jt]sx?|json|md|html?|ya?ml|py|rb|go)\b/.test(value))
    return false;
  if (isCountText(value)) return false;
  return !TERM.test(value) || (isStrong && /^(?!base)[a-z]{4,}\d\d$|^[a-z]{6,}\d$/i.test(value));
}

/** Pairs of letters that are common in English. Words consist of them, and a random text has few. */
const COMMON = tableOfPairs(
  `th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra
   ld ur ro ri ic ne me li ch ll be ma el ec us la no co ca ta om em io il ac di ce pr wo su ss tr ho lo do
   un ag ai so pe po pa mo mp ns ni rs rd ct ge gh ot ol op os ow pl ry rt sh sp tt ty uc ul um up ut vi wa we
   wh ab ad am ap av ay bi bl bo br bu ck cl cr cu da dd du ee ef ei em ep ev ew ex fa fe fi fo fr ff ff ga gi go gr
   ht id ie if ig im ir iv ke ki kn ks lt ly mb mi nc nu ny oc od oo ow pp qu rm rn sc sm ub ue ui va yo ys`,
);
/** The least letters of a random text without digits. */
const LETTERS = 10;

function tableOfPairs(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** Whether a text is of many letters in a row that make no words: `kqzvxwjtplmn`. */
export function isGibberish(text: string): boolean {
  if (text.length < LETTERS || !/^[A-Za-z]+$/.test(text)) return false;
  const lower = text.toLowerCase();
  let common = 0;
  for (let at = 1; at < lower.length; at += 1) {
    if (COMMON.has(lower.slice(at - 1, at + 1))) common += 1;
  }
  return common * 2 < lower.length - 1;
}

/** Names of things that have a number: `db-credentials-v2`, `cache_7`. */
const THING = /^(?:[A-Za-z]+|\d{1,3})(?:[-_.](?:[A-Za-z]{2,}|[A-Za-z]?\d{1,3}))+$/;

export function isThing(value: string): boolean {
  return THING.test(value);
}
