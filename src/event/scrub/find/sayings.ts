import { closingQuote, isQuoteUnit, type Finder, type Hide } from './finder.ts';
import { eachMatch } from './each.ts';
import { isIn, tableOf } from './runs.ts';
import { hasAll, QUOTES, SIGN, signsOf } from './signs.ts';
import type { Judge } from '../names.ts';

/** The most UTF-16 units of a value, and of a name. */
const [MOST, NAME] = [2_000, 110];
/** V8 makes a table to search for a text with more units than this. */
const SHORT = 6;
/** Units in front of a value in which its name is looked for. */
const BEFORE = 420;

/** A phrase that a library writes between a name and its value, or behind both. */
interface Saying {
  readonly anchor: string;
  /** Words that are looked for in front of the anchor. */
  readonly words?: readonly string[];
  /** Hides the value that belongs to an anchor. `last` finds the words in front of it. */
  readonly at: (
    text: string,
    start: number,
    end: number,
    hide: Hide,
    judge: Judge,
    last: readonly LastWord[],
  ) => void;
}

/** Finds the last place of a word. Asked from left to right, it looks through a text only once. */
class LastWord {
  readonly #text: string;
  readonly #word: string;
  #last = -1;
  #next: number;

  constructor(text: string, word: string) {
    this.#text = text;
    this.#word = word;
    this.#next = text.indexOf(word);
  }

  /** The last place in front of `end`; -1 if there is none. */
  before(end: number): number {
    while (this.#next !== -1 && this.#next + this.#word.length <= end) {
      this.#last = this.#next;
      this.#next = this.#text.indexOf(this.#word, this.#next + 1);
    }
    return this.#last;
  }
}

const NAME_UNITS = tableOf(/[\w.[\]-]/);
/** Words between a path and what is wrong with it: `password must match …`. */
const CLAUSES = [' must ', ' should ', ' has ', ' is '];
const AT_PATH = /^["'`]?([\w.[\]-]{1,100})/;

/** A saying with the signs and the few letters that every text with its anchor has. */
interface Told extends Saying {
  readonly words: readonly string[];
  readonly needed: number;
  readonly short: string;
}

function withSigns(sayings: readonly Saying[]): readonly Told[] {
  return sayings.map(({ anchor, at, words = [] }) => ({
    anchor,
    words,
    at,
    needed: signsOf(anchor),
    short: anchor.trimStart().slice(0, SHORT),
  }));
}

/** Sayings with a value in quotes: a text without quotes has none of them. */
const QUOTED = withSigns([
  // Joi, celebrate: "password" with value "x" fails to match the required pattern
  { anchor: ' with value ', at: quotedBehindName },
  // mongoose: Path `password` (`x`) is shorter than the minimum allowed length
  {
    anchor: '` (`',
    at: (text, start, end, hide, judge) => behindName(text, start, end, '`', hide, judge),
  },
  // yup: password must match the following: "…", but the final value was: `x` (cast from the value `"x"`)
  { anchor: 'value was', words: CLAUSES, at: behindClause },
  { anchor: '(cast from the value ', words: CLAUSES, at: behindClause },
  // io-ts: Invalid value "x" supplied to : { password: string }/password: string
  {
    anchor: ' supplied to ',
    words: ['Invalid value '],
    at: inFrontOfPath(14, /[/:] ?([\w.-]{1,100}): [^/\n]{0,200}$/),
  },
  // mongoose: Cast to String failed for value "x" (type Object) at path "password"
  { anchor: ' at path ', words: ['for value '], at: inFrontOfPath(10, AT_PATH) },
  // MySQL: Duplicate entry 'x' for key 'users.password'
  { anchor: "' for key '", words: ['Duplicate entry '], at: inFrontOfPath(16, AT_PATH) },
  // PHP: a:1:{s:8:"password";s:6:"x";}
  { anchor: '";s:', at: behindOpening(/^\d{1,6}:"/) },
  // PHP: ["password"]=>\n  string(6) "x"
  { anchor: '"]=>', at: behindOpening(/^\s{0,99}string\(\d{1,9}\) "/) },
  // commander: error: option '-p, --password <x>' argument 'y' is invalid.
  {
    anchor: "' argument '",
    at: (text, start, end, hide, judge) => {
      const option = /--([\w-]{1,60})[^'\n]{0,100}$/.exec(
        text.slice(Math.max(0, start - 170), start),
      );
      if (option !== null && judge(option[1] ?? '') !== 'open') hide(end, closedBy(text, end, "'"));
    },
  },
]);

const OTHERS = withSigns([
  // pg: Key (password)=(x) already exists.
  {
    anchor: ')=(',
    at: (text, start, end, hide, judge) => behindName(text, start, end, ')', hide, judge),
  },
  // pg: bind message: parameter $1 (password) = 'x'
  {
    anchor: ") = '",
    at: (text, start, end, hide, judge) => behindName(text, start, end, "'", hide, judge),
  },
  // pg: Failing row contains (1, ada, x).
  {
    anchor: 'Failing row contains (',
    at: (text, _, end, hide) => {
      hide(end, closedBy(text, end, ')'));
    },
  },
  // SQL Server: … constraint 'UQ_users_token'. … The duplicate key value is (x).
  {
    anchor: 'duplicate key value is (',
    at: (text, start, end, hide, judge) => {
      const near = text.slice(Math.max(0, start - BEFORE), end + BEFORE);
      const name = /(?:constraint|index) ["']([\w.-]{1,120})["']/.exec(near)?.[1] ?? '';
      if (judge(name) !== 'open') hide(end, closedBy(text, end, ')'));
    },
  },
  // superstruct: At path: password -- Expected a number, but received: "x"
  { anchor: 'At path: ', at: behindPath },
]);

/** `setPassword("x")`, `withToken('x')`: code in messages. */
const CALL = /\b((?:set|with)[A-Z_]\w{2,60})\(["'`]/g;
/** A variable of Kubernetes and Compose: its name on one line, its value on the next one. */
const VARIABLE =
  /\b(?:name|key):[ \t]{0,9}["']?([\w.-]{1,100})["']?[ \t]{0,9}\r?\n[ \t]{0,99}value:[ \t]{0,9}["']?([^\n"']{1,2000})/g;
const OF_VARIABLES = SIGN.colon | SIGN.lineEnd;

/** Values in the messages of libraries and databases. */
export const findSayings: Finder = (text, hide, judge, signs) => {
  if (hasAll(signs, OF_VARIABLES) && text.includes('value:')) {
    eachMatch(VARIABLE, text, ([, name = '', value = ''], end) => {
      if (judge(name) !== 'open') hide(end - value.length, end);
    });
  }
  tell(OTHERS, text, hide, judge, signs);
  if ((signs & QUOTES) !== 0) {
    tell(QUOTED, text, hide, judge, signs);
    if ((signs & SIGN.call) !== 0) findCalls(text, hide, judge);
  }
};

function findCalls(text: string, hide: Hide, judge: Judge): void {
  eachMatch(CALL, text, ([, name = ''], start) => {
    if (judge(name) !== 'open') hide(start, closedBy(text, start, text.charAt(start - 1)));
  });
}

function tell(
  sayings: readonly Told[],
  text: string,
  hide: Hide,
  judge: Judge,
  signs: number,
): void {
  for (const { anchor, at, needed, short, words } of sayings) {
    if (!hasAll(signs, needed) || !text.includes(short)) continue;
    let start = text.indexOf(anchor);
    const last = start === -1 ? [] : words.map((word) => new LastWord(text, word));
    while (start !== -1) {
      const end = start + anchor.length;
      at(text, start, end, hide, judge, last);
      start = text.indexOf(anchor, end);
    }
  }
}

/** The last name of the path that ends at `from`, in quotes or without. */
function nameBefore(text: string, from: number, least = 0): string {
  if (text.charAt(from - 1) === ')') return nameBefore(text, from - 1, least);
  const end = isQuoteUnit(text.charCodeAt(from - 1)) ? from - 1 : from;
  let start = end;
  while (start > Math.max(least, end - NAME) && isIn(NAME_UNITS, text.charCodeAt(start - 1)))
    start -= 1;
  return text.slice(start, end);
}

/** Where the sign that closes a value stands. */
function closedBy(text: string, start: number, sign: string): number {
  const end = text.slice(start, start + MOST).indexOf(sign);
  return end === -1 ? Math.min(text.length, start + MOST) : start + end;
}

function behindName(
  text: string,
  start: number,
  end: number,
  sign: string,
  hide: Hide,
  judge: Judge,
): void {
  if (judge(nameBefore(text, start)) !== 'open') hide(end, closedBy(text, end, sign));
}

/** For a value in double quotes behind its type. */
function behindOpening(opening: RegExp): Saying['at'] {
  return (text, start, end, hide, judge) => {
    const open = opening.exec(text.slice(end, end + 130))?.[0];
    if (open !== undefined) behindName(text, start, end + open.length, '"', hide, judge);
  };
}

function quotedBehindName(
  text: string,
  start: number,
  end: number,
  hide: Hide,
  judge: Judge,
): void {
  const sign = text.charAt(end);
  const isQuoted = sign === '"' || sign === "'" || sign === '`';
  if (isQuoted) behindName(text, start, end + 1, sign, hide, judge);
}

function behindClause(
  text: string,
  start: number,
  end: number,
  hide: Hide,
  judge: Judge,
  last: readonly LastWord[],
): void {
  const from = Math.max(0, start - BEFORE);
  let isNamed = false;
  for (const word of last) {
    const at = word.before(start);
    const name = at > from && nameBefore(text, text.charAt(at - 1) === ':' ? at - 1 : at, from);
    isNamed ||= name !== false && judge(name) !== 'open';
  }
  if (!isNamed) return;
  const sign = /^:? {0,2}["'`]/.exec(text.slice(end, end + 4))?.[0];
  if (sign === undefined) return;
  hide(end + sign.length, closedBy(text, end + sign.length, sign.slice(-1)));
}

function behindPath(text: string, _: number, end: number, hide: Hide, judge: Judge): void {
  const line = text.slice(end, end + MOST).split('\n', 1)[0] ?? '';
  const name = /^\S{1,200}/.exec(line)?.[0] ?? '';
  const received = line.indexOf('received: ');
  if (received !== -1 && judge(name) !== 'open') hide(end + received + 10, end + line.length);
}

/** For a value between a word of `length` units and the path that names it. */
function inFrontOfPath(length: number, path: RegExp): Saying['at'] {
  return (text, start, end, hide, judge, [last]) => {
    const begin = last?.before(start) ?? -1;
    if (begin === -1 || begin < start - 1_000) return;
    const name = path.exec(text.slice(end, end + 300).split('\n', 1)[0] ?? '')?.[1] ?? '';
    if (judge(name) === 'open') return;
    const open = begin + length;
    const close = closingQuote(text, open, start + 1);
    hide(open + 1, close === -1 ? start : close);
  };
}
