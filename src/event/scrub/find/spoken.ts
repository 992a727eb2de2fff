import { isCountText } from '../hidden.ts';
import type { Judge } from '../names.ts';
import { closingQuote, isLetterUnit, isQuoteUnit, type Finder, type Hide } from './finder.ts';
import { isSpoken } from './prose.ts';

/** The ends of names that people say, and of commands that no table of names has. */
const ENDS =
  /(?:[wW]ord|WORD|wd|WD|rase|code|CODE|oken|OKEN|cret|CRET|[kK]ey|KEY|\bpin|PIN|otp|OTP|[iI]d|AUTH|PASS|IDENTIFY|pass|auth)(?=["'`]?(?:[ \t]{1,3}[^\s=:]|[:\uff1a\uff1d\u2014]))/g;
/** What may stand between a name and its value. */
const BETWEEN =
  /["'`]?(?: ?(?:->|=>|\u2192|[-\u2013\u2014|\uff1a\uff1d]) ?|(?: (?:provided|given|received|supplied|submitted|sent|used|entered))?(?: (?:is|was|are)(?: now)?| value)?:? |:? ?\t ?| {1,3})/y;
/** A frame of a stack, in which nobody says anything; V8 makes a table to look for more units. */
const FRAME = '\n    a';

/** Behind them a value needs no digits, if it stands in quotes. */
const STRONG = /(?:pass(?:word|wd|phrase|code)|pwd|(?:api|access|secret)[ _-]?key|AUTH|requirepass)$/i;
/** Whole words of protocols: `AUTH x`, `IDENTIFY x`, `CONFIG SET requirepass x`. */
const COMMAND = /(?:^|[^\w-])(?:AUTH|IDENTIFY|requirepass|masterauth)$/;
/** Mechanisms of SASL, behind which the credentials stand: RFC 4954. */
const MECHANISM = /^(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5|OAUTHBEARER) /;
/** Of them those that no sentence has. */
const ONLY_COMMAND = /(?:requirepass|masterauth|IDENTIFY)$/;
const CODES = /(?:code|pin|otp)$/i;
/** Words with digits that are none of a secret: `password sha256`, `token v2.1`, `token field2`. */
const TERM =
  /^(?:(?:sha|md|hs|rs|es|ps|aes|utf|base|oauth|http|argon|pbkdf|ipv|scrypt|bcrypt|ec|x|v)-?\d[\w.-]{0,6}|[A-Za-z]+[-_#]?\d{1,2}|\d+[A-Za-z]{1,3})$/i;
/** What a parser says of a token. */
const PARSED = /^["'`)]?,? (?:at|in|on) (?:line|position|column|offset|index|JSON|character|char|state)\b/i;
/** UTF-16 units of a name, and of a value. */
const [NAME, VALUE] = [50, 300];

/** What people and protocols write without a sign: `the password is x1y2z3`, `token "x1" not found`, `AUTH x1`. */
export const findSpoken: Finder = (text, hide, judge) => {
  for (let start = 0; start < text.length;) {
    const frame = text.indexOf(FRAME, start);
    const end = frame === -1 ? text.length : frame;
    findIn(start === 0 && frame === -1 ? text : text.slice(start, end), start, hide, judge);
    if (frame === -1) return;
    const next = text.indexOf('\n', frame + 1);
    start = next === -1 ? text.length : next;
  }
};

function findIn(text: string, offset: number, hide: Hide, judge: Judge): void {
  if (text.length < 8) return;
  ENDS.lastIndex = 0;
  for (let match = ENDS.exec(text); match !== null; match = ENDS.exec(text)) {
    const from = ENDS.lastIndex;
    const name = nameBefore(text, from);
    const isCommand = COMMAND.test(name);
    if (!isCommand && judge(name) === 'open') continue;
    BETWEEN.lastIndex = from;
    const sign = BETWEEN.exec(text)?.[0];
    if (sign === undefined) continue;
    const start = BETWEEN.lastIndex;
    const end = valueEnd(text, start, name, sign.trim());
    if (end.at > start) hide(offset + end.from, offset + end.at);
  }
}

/** The word that ends here, and the one in front of it: `API key`, `verification code`. */
function nameBefore(text: string, from: number): string {
  let start = from;
  let words = 1;
  const least = Math.max(0, from - NAME);
  while (start > least) {
    const unit = text.charCodeAt(start - 1);
    if (unit === 32 && words === 1) words = 2;
    else if (!isLetterUnit(unit) && unit !== 95 && unit !== 45) break;
    start -= 1;
  }
  return text.slice(start, from).trim();
}

interface Value {
  readonly from: number;
  /** Equal to the place where it was looked for, or less, where there is none. */
  readonly at: number;
}

function valueEnd(text: string, start: number, name: string, sign: string): Value {
  const none = { from: start, at: -1 };
  const isStrong = STRONG.test(name);
  const first = text.charCodeAt(start);
  if (isQuoteUnit(first) || first === 40) {
    const line = text.slice(start, start + VALUE).split('\n', 1)[0] ?? '';
    const close = first === 40 ? line.indexOf(')') : closingQuote(line, 0, line.length);
    if (close < 4) return none;
    const value = line.slice(1, close);
    if (PARSED.test(line.slice(close)) || isSpoken(value)) return none;
    const isHidden = isRandom(value, isStrong) || (isStrong && first !== 40 && !/[\s<>]/.test(value));
    return isHidden ? { from: start + 1, at: start + close } : none;
  }
  let from = start;
  const mechanism = MECHANISM.exec(text.slice(start, start + 14));
  if (mechanism !== null) from += mechanism[0].length;
  const value = /^[^\s"'`()|<>,;]{0,300}/.exec(text.slice(from, from + VALUE))?.[0] ?? '';
  const trimmed = value.replace(/[.,:!?]+$/, '');
  const isTold = sign !== '' && CODES.test(name) && /^\d{4,8}$/.test(trimmed);
  const isTable = sign === '|' || sign === '\uff1a' || sign === '\uff1d';
  const isValue =
    isRandom(trimmed, isStrong) ||
    isTold ||
    (mechanism !== null && trimmed.length > 7) ||
    (ONLY_COMMAND.test(name) && !isSpoken(trimmed)) ||
    (isTable && trimmed.length > 3 && !isSpoken(trimmed));
  return isValue && trimmed.length > 3 ? { from, at: from + trimmed.length } : none;
}

/** Whether it has letters and digits, and is no word of a sentence, no path, no time. */
function isRandom(value: string, isStrong: boolean): boolean {
  if (value.length < 6 || !/[A-Za-z]/.test(value) || !/\d/.test(value)) return false;
  if (/^[./]|[/:]\S*[/:]|^[\w.-]+\.(?:[jt]sx?|json|md|html?|ya?ml|py|rb|go)\b/.test(value)) return false;
  if (isCountText(value)) return false;
  return !TERM.test(value) || (isStrong && /^[a-z]{6,}\d{1,2}$/.test(value));
}
