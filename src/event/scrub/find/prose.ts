import { FETCH_MODES } from '../hidden.ts';
import { isIn, tableOf } from './runs.ts';

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ''));
}

/** Values that say that there is no value. */
const NO_SECRETS: ReadonlySet<string> = new Set([
  ...words('sigterm sigint sigkill sighup true false null undefined none nil nan ~ valid void'),
  ...FETCH_MODES,
]);

/** Words with which a sentence goes on behind a name: `Invalid password: must have 8 characters`. */
const PROSE = words(`
  a an the this too valid path that these those it its your you we i they he she one all any each some
  is are was were be been being has have had do does did can cannot could should must may might will
  not no none never only also too more less than then there here when where which who what why how
  and or but if for from of in on at to by with without as because since until while
  invalid missing required expired wrong incorrect unexpected unknown empty malformed mismatch
  failed failure fails error errors denied rejected revoked refused unauthorized forbidden
  bad found got received expected already please see try use set unset check contact ensure provide
  verification verify validation needs need contains unable could couldn can't cannot isn't doesn't
  don't wasn't hasn't optional disabled enabled unsupported undefined null ok yes
`);

/** Words of sentences behind a scheme: `Basic authentication is off`, `Basic realm="x"`. */
const AFTER_SCHEME = words(`
  auth authentication authorization token tokens realm error errors scheme schemes credential
  credentials format header headers plan plans usage info information support type types idea
  knowledge example examples test tests version setup settings user users functionality features
  string strings value values tier account access check checks html css block blocks charset
`);

const WORD = /^[\p{L}']+/u;
const SCHEME =
  /^(?:bearer|basic|digest|token|negotiate|ntlm|apikey|api-key|key|hmac|jwt|aws4-hmac-sha256|hawk|oauth|mac|dpop|gnap|vapid|scram-sha-\d+)$/i;
const HEADER = /^(?:(?:proxy-)?authori[sz]ation|(?:set-)?cookie2?|x-[\w-]+)$/i;
/** Schemes whose credentials have several parts. */
const WHOLE_LINE = /^(?:digest|aws4-hmac-sha256|hawk|oauth|mac|signature)$/i;

/** UTF-16 units of the longest of `NO_SECRETS`, and of the shortest and longest of `WHOLE_LINE`. */
const [LONGEST_NONE, SHORTEST_SCHEME, LONGEST_SCHEME] = [11, 3, 16];

/** The first letters of `NO_SECRETS`, and the signs behind a word of a sentence. */
const NONE_STARTS = tableOf(/[tfnuiosv~]/i);
const ENDS = tableOf(/[\s.,;:!?)]/);
const APOSTROPHE = 39;

/** Whether a value says that there is no value. */
export function saysNothing(value: string): boolean {
  return (
    value.length <= LONGEST_NONE &&
    isIn(NONE_STARTS, value.charCodeAt(0)) &&
    NO_SECRETS.has(value.toLowerCase())
  );
}

/** Whether a word is a scheme whose credentials go on to the end of the line. */
export function isOfWholeLine(word: string): boolean {
  const { length } = word;
  return length >= SHORTEST_SCHEME && length <= LONGEST_SCHEME && WHOLE_LINE.test(word);
}

export function isScheme(word: string): boolean {
  return SCHEME.test(word);
}

/** Units of the longest of `PROSE`. */
const LONGEST_WORD = 12;
const HEADER_STARTS = 'aApPsScCxX';

/** The letters with which a text begins. */
function firstWord(text: string): string {
  let end = 0;
  for (; end < text.length; end += 1) {
    const unit = text.charCodeAt(end);
    if (unit > 127) return WORD.exec(text)?.[0] ?? '';
    if (unit !== 39 && ((unit | 32) < 97 || (unit | 32) > 122)) break;
  }
  return text.slice(0, end);
}

/** The thing that a sentence is about: `express-session: secret must be a string`. */
const NOUN = /^(?:secret|token|password|session|cookie|key) (?=(?:must|is|was|has|should|cannot) )/;

/** Whether the text behind `name: ` goes on with a sentence, or has no letter and no digit. */
export function isProse(name: string, value: string): boolean {
  const noun = NOUN.exec(value)?.[0];
  return isSentence(name, noun === undefined ? value : value.slice(noun.length));
}

function isSentence(name: string, value: string): boolean {
  const word = firstWord(value);
  if (word === '' && !/[\p{L}\p{N}]/u.test(value)) return true;
  if (word === '' || word.length > LONGEST_WORD || !PROSE.has(word.toLowerCase())) return false;
  if (HEADER_STARTS.includes(name.charAt(0)) && HEADER.test(name))
    return value.split(/[\s.,]+/).every((each) => each === '' || isSpoken(each));
  const next = value.charCodeAt(word.length);
  if (Number.isNaN(next) || isIn(ENDS, next)) return true;
  return next === APOSTROPHE
    ? /^'[a-z]\b/.test(value.slice(word.length))
    : next > 127 && /\s/.test(value.charAt(word.length));
}

/** Whether a word behind `Bearer ` or `Basic ` belongs to a sentence. */
export function isSpoken(word: string): boolean {
  const lower = word.toLowerCase().replace(/[.,;:!?=]+$/, '');
  return AFTER_SCHEME.has(lower) || PROSE.has(lower);
}
