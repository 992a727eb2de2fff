import { closingQuote, isQuoteUnit, type Finder, type Hide } from './finder.ts';
import { isIn, tableOf } from './runs.ts';
import type { Judge } from '../names.ts';

/** UTF-16 units of a value, and of a name. */
const [MOST, NAME] = [2_000, 110];
/** V8 makes a table to look for what has more units than this. */
const SHORT = 6;
/** Units in front of a value in which its name stands. */
const BEFORE = 420;

/** What a library says between a name and its value, or behind both. */
interface Saying {
  readonly anchor: string;
  /** Hides the value that an anchor tells of. */
  readonly at: (text: string, start: number, end: number, hide: Hide, judge: Judge) => void;
}

const NAME_UNITS = tableOf(/[\w.[\]-]/);
/** What stands behind a path and in front of what is wrong: `password must match …`. */
const CLAUSES = [' must ', ' should ', ' has ', ' is '];
const AT_PATH = /^["'`]?([\w.[\]-]{1,100})/;

/** Those that stand between quotes, without which a text has none. */
const QUOTED: readonly Saying[] = [
  // Joi, celebrate: "password" with value "x" fails to match the required pattern
  { anchor: ' with value ', at: quotedBehindName },
  // mongoose: Path `password` (`x`) is shorter than the minimum allowed length
  {
    anchor: '` (`',
    at: (text, start, end, hide, judge) => behindName(text, start, end, '`', hide, judge),
  },
  // yup: password must match the following: "…", but the final value was: `x` (cast from the value `"x"`)
  { anchor: 'value was', at: behindClause },
  { anchor: '(cast from the value ', at: behindClause },
  // io-ts: Invalid value "x" supplied to : { password: string }/password: string
  {
    anchor: ' supplied to ',
    at: inFrontOfPath('Invalid value ', /[/:] ?([\w.-]{1,100}): [^/\n]{0,200}$/),
  },
  // mongoose: Cast to String failed for value "x" (type Object) at path "password"
  { anchor: ' at path ', at: inFrontOfPath('for value ', AT_PATH) },
  // MySQL: Duplicate entry 'x' for key 'users.password'
  { anchor: "' for key '", at: inFrontOfPath('Duplicate entry ', AT_PATH) },
  // PHP: a:1:{s:8:"password";s:6:"x";}
  {
    anchor: '";s:',
    at: (text, start, end, hide, judge) => {
      const open = /^\d{1,6}:"/.exec(text.slice(end, end + 9))?.[0];
      if (open === undefined || judge(nameBefore(text, start)) === 'open') return;
      hide(end + open.length, closedBy(text, end + open.length, '"'));
    },
  },
  // PHP: ["password"]=>\n  string(6) "x"
  {
    anchor: '"]=>',
    at: (text, start, end, hide, judge) => {
      const open = /^\s{0,99}string\(\d{1,9}\) "/.exec(text.slice(end, end + 130))?.[0];
      if (open === undefined || judge(nameBefore(text, start)) === 'open') return;
      hide(end + open.length, closedBy(text, end + open.length, '"'));
    },
  },
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
];

const OTHERS: readonly Saying[] = [
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
  // superstruct: At path: password -- Expected a number, but received: "x"
  { anchor: 'At path: ', at: behindPath },
];

/** `setPassword("x")`, `withToken('x')`: of code in messages. */
const CALL = /\b((?:set|with)[A-Z_]\w{2,60})\(["'`]/g;
/** A variable of Kubernetes and Compose: its name on one line, its value on the next one. */
const VARIABLE =
  /\b(?:name|key):[ \t]{0,9}["']?([\w.-]{1,100})["']?[ \t]{0,9}\r?\n[ \t]{0,99}value:[ \t]{0,9}["']?([^\n"']{1,2000})/g;
/** How libraries and databases say which value something had. */
export const findSayings: Finder = (text, hide, judge) => {
  if (text.includes('value:')) {
    VARIABLE.lastIndex = 0;
    for (let match = VARIABLE.exec(text); match !== null; match = VARIABLE.exec(text)) {
      const [, name = '', value = ''] = match;
      if (judge(name) !== 'open') hide(VARIABLE.lastIndex - value.length, VARIABLE.lastIndex);
    }
  }
  tell(OTHERS, text, hide, judge);
  if (text.includes('"') || text.includes("'") || text.includes('`')) {
    tell(QUOTED, text, hide, judge);
    if (text.includes('(')) findCalls(text, hide, judge);
  }
};

function findCalls(text: string, hide: Hide, judge: Judge): void {
  CALL.lastIndex = 0;
  for (let match = CALL.exec(text); match !== null; match = CALL.exec(text)) {
    const start = CALL.lastIndex;
    if (judge(match[1] ?? '') === 'open') continue;
    hide(start, closedBy(text, start, text.charAt(start - 1)));
  }
}

function tell(sayings: readonly Saying[], text: string, hide: Hide, judge: Judge): void {
  for (const { anchor, at } of sayings) {
    if (!text.includes(anchor.trimStart().slice(0, SHORT))) continue;
    for (let start = text.indexOf(anchor); start !== -1;) {
      const end = start + anchor.length;
      at(text, start, end, hide, judge);
      start = text.indexOf(anchor, end);
    }
  }
}

/** The last name of a path that ends here, in quotes or without. */
function nameBefore(text: string, from: number): string {
  if (text.charAt(from - 1) === ')') return nameBefore(text, from - 1);
  const end = isQuoteUnit(text.charCodeAt(from - 1)) ? from - 1 : from;
  let start = end;
  while (start > end - NAME && isIn(NAME_UNITS, text.charCodeAt(start - 1))) start -= 1;
  return text.slice(start, end);
}

/** Where a value ends that a sign closes. */
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

function behindClause(text: string, start: number, end: number, hide: Hide, judge: Judge): void {
  const from = Math.max(0, start - BEFORE);
  const before = text.slice(from, start);
  const isNamed = CLAUSES.some((word) => {
    const at = before.lastIndexOf(word);
    return at !== -1 && judge(nameBefore(before, before[at - 1] === ':' ? at - 1 : at)) !== 'open';
  });
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

/** A value that stands behind a word and in front of the path that names it. */
function inFrontOfPath(word: string, path: RegExp): Saying['at'] {
  return (text, start, end, hide, judge) => {
    const least = Math.max(0, start - 1_000);
    const begin = text.slice(least, start).lastIndexOf(word);
    if (begin === -1) return;
    const name = path.exec(text.slice(end, end + 300).split('\n', 1)[0] ?? '')?.[1] ?? '';
    if (judge(name) === 'open') return;
    const open = least + begin + word.length;
    const close = closingQuote(text, open, start + 1);
    hide(open + 1, close === -1 ? start : close);
  };
}
