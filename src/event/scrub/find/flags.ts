import { isFieldName } from '../beside.ts';
import { isCountText } from '../hidden.ts';
import { closingQuote, isSpaceUnit, Lines, type Finder, type Hide } from './finder.ts';
import { eachMatch } from './each.ts';
import { isRandom } from './random.ts';
import { isIn, tableOf } from './runs.ts';
import { isStandIn } from './shown.ts';
import { SIGN, hasAll } from './signs.ts';

/** Signs that end a value without quotes. */
const END = tableOf(/[\s"'`,\])]/);

/** `--password x`, `-password x`. `--password=x` and `/password:x` are pairs: see pairs.ts. */
const FLAG = /(?<=^|[\s"'`,[(])--?([A-Za-z][\w-]{1,60})(?:["'`]?,?[ \t]{1,9}|["'`],\s{0,40})/g;
/** Commands that take a secret behind a flag of one or two letters, and these letters. */
const SHORT = new Map([
  ['curl', 'u'],
  ['http', 'a'],
  ['mysql', 'p'],
  ['mariadb', 'p'],
  ['sshpass', 'p'],
  ['mongo', 'p'],
  ['docker login', 'p u'],
  ['useradd', 'p'],
  ['usermod', 'p'],
  ['redis-cli', 'a'],
  ['ldap', 'w'],
  ['plink', 'pw'],
  ['az login', 'p'],
  ['zip -', 'P'],
  ['7z ', 'p'],
  ['unrar', 'p'],
  ['openssl enc', 'k'],
  ['ssh-keygen', 'N'],
  ['sqlcmd', 'P'],
  ['smbclient', 'U'],
  ['lftp', 'u'],
  ['bcp ', 'P'],
]);
const SHORT_FLAG =
  /[\s"'](?:--(?:proxy-)?user(?=[ =])|-(pw|[upawPkNU]))(?:[ \t=]{1,9}|(?=[^\s-]))(["']?)([^\s"']{1,300})/g;
/** Behind a user `-p` is a password, whatever the command: `-u ada -p x`. */
const USER =
  /(?:^|[\s"'`,[(])(?:-[uU]|--user(?:name)?|--login)(?:[ =]|["'`], ?)["'`]?[\w.@-]{1,80}/g;
const PASSWORD = /-[pP](?:[ \t]{1,3}|["'`], ?)["'`]?([^\s"'`,;\])-][^\s"'`,;\])]{2,300})/g;
/** The most UTF-16 units between a user and its password. */
const AFTER_USER = 83;
/** A port and no password: `-p 5432`. */
const PORT = /^\d{1,5}(?:[:/][\d:]{1,20})?$/;
/** A password in front of its user: `-p x -u ada`. */
const BEFORE_USER =
  /(?<=^|[\s"'`,[(])-[pP](?:[ \t]{1,3}|["'`], ?)(["'`]?)([^\s"'`,;\])-][^\s"'`,;\])]{2,300})["'`]?,? ["'`]?(?:-[uU]|--user(?:name)?)[ "'`=]/g;
/** Credentials that come from a pipe: `echo x | docker login --password-stdin`. */
const PIPED =
  /\b(?:echo|printf|print)(?: -\w{1,3}| '%s'| "%s")? (["']?)([^\s"'|]{1,300})\1 ?\|(?=[^\n|]{0,200}(?:--password-stdin|--with-token|\bsudo -S|\bchpasswd|--passphrase-fd|passwd --stdin))/g;
/** Windows' `net use Z: \\\\host\\share x /user:ada`, or with the user in front. */
const NET_USE =
  /\bnet use (?:(?:[A-Za-z]:|\*) )?\\{2,8}\S{1,200} (?:(\/u(?:ser)?:\S{1,100} )(?!\/)|(?=[^\s/*]\S{0,200} \/u(?:ser)?:))["']?([^\s"']{1,200})/gi;
/** `--key=x`: the name alone names no secret, but a random value behind it is one. */
const KEY =
  /--(?:key|auth|access|hmac)[= ](["']?)((?=[\w+/=-]{0,300}\d)[\w+=-]{12,300})(?![\w./])/g;
/** Signs that stand in front of a flag. */
const BEFORE = tableOf(/[\s"'`,[(]/);
const [MINUS, LETTER_A, LETTER_Z] = [45, 97, 122];

/** Whether a word of the text begins with a minus. */
function mayHaveFlag(text: string): boolean {
  for (let at = text.indexOf('-'); at !== -1; at = text.indexOf('-', at + 1)) {
    const before = text.charCodeAt(at - 1);
    const next = text.charCodeAt(at + 1);
    const isLetter = (next | 32) >= LETTER_A && (next | 32) <= LETTER_Z;
    const begins = at === 0 || before > 127 || isIn(BEFORE, before);
    if (begins && (isLetter || next === MINUS)) return true;
  }
  return false;
}

/** Secrets in the arguments of a command. */
export const findFlags: Finder = (text, hide, judge, signs) => {
  if (hasAll(signs, SIGN.bar)) {
    eachMatch(PIPED, text, ([whole, , value = ''], end) => {
      const start = end - whole.length + whole.indexOf(value, whole.indexOf(' '));
      hide(start, start + value.length);
    });
  }
  if (hasAll(signs, SIGN.backslash | SIGN.slash) && text.includes('net use ')) {
    eachMatch(NET_USE, text, ([, , value = ''], end) => hide(end - value.length, end));
  }
  if (!hasAll(signs, SIGN.minus) || !mayHaveFlag(text)) return;
  const lines = new Lines(text);
  FLAG.lastIndex = 0;
  for (let match = FLAG.exec(text); match !== null; match = FLAG.exec(text)) {
    const verdict = judge(match[1] ?? '');
    if (verdict === 'open' && !isKeyOf(text, match[1] ?? '', FLAG.lastIndex)) continue;
    let start = FLAG.lastIndex;
    const first = text.charAt(start);
    if (first === '' || first === '-' || first === '\n' || first === '=') continue;
    let end: number;
    const lineEnd = lines.endOf(start);
    if ('"\'`'.includes(first)) {
      const close = closingQuote(text, start, lineEnd);
      start += 1;
      end = close === -1 ? lineEnd : close;
    } else {
      end = start;
      while (
        end < lineEnd &&
        !isIn(END, text.charCodeAt(end)) &&
        !isSpaceUnit(text.charCodeAt(end))
      )
        end += 1;
    }
    if (isStandIn(text.slice(start, Math.min(end, start + 40)))) continue;
    if (verdict !== 'counts' || !isCountText(text.slice(start, end))) hide(start, end);
    FLAG.lastIndex = Math.max(start, end);
  }
  if (text.includes('--')) {
    eachMatch(KEY, text, ([, , value = ''], end) => {
      if (isRandom(value, false)) hide(end - value.length, end);
    });
  }
  if (text.includes('-p') || text.includes('-P')) {
    findBehindUsers(text, hide);
    eachMatch(BEFORE_USER, text, ([whole, , value = ''], end) => {
      const start = end - whole.length + whole.indexOf(value, 2);
      if (!PORT.test(value) && !isFieldName(value)) hide(start, start + value.length);
    });
  }
  if (text.includes(' -') || text.includes('"-') || text.includes("'-")) {
    const letters = [...SHORT].filter(([command]) => text.includes(command));
    if (letters.length > 0)
      findShort(text, new Set(letters.flatMap(([, each]) => each.split(' '))), hide);
  }
};

/** Hides the first password behind each user. */
function findBehindUsers(text: string, hide: Hide): void {
  USER.lastIndex = 0;
  const nextUser = (): number => (USER.test(text) ? USER.lastIndex : Infinity);
  let next = nextUser();
  eachMatch(PASSWORD, text, ({ index, 1: value = '' }, end) => {
    let user = -1;
    for (; next <= index; next = nextUser()) user = next;
    if (user === -1 || index - user > AFTER_USER || text.slice(user, index).includes('\n')) return;
    if (!PORT.test(value) && !isFieldName(value)) hide(end - value.length, end);
  });
}

/** Whether a name ends like a key's and a random value stands behind it: `--sse-c-key x1y2`. */
function isKeyOf(text: string, name: string, start: number): boolean {
  if (!/(?:key|pass|auth|pwd)$/.test(name)) return false;
  const value =
    /^["']?([\w+=-]{10,300})(?![\w./:])/.exec(text.slice(start, start + 310))?.[1] ?? '';
  return isRandom(value, false);
}

const findShort = (text: string, letters: ReadonlySet<string>, hide: Hide): void => {
  SHORT_FLAG.lastIndex = 0;
  for (let match = SHORT_FLAG.exec(text); match !== null; match = SHORT_FLAG.exec(text)) {
    const [, letter = 'u', , value = ''] = match;
    let start = SHORT_FLAG.lastIndex - value.length;
    if (match[1] !== undefined && !letters.has(letter)) {
      // mysql -pw1x2: the flag is `p`, and the password begins with `w`.
      const isPart = letter === 'pw' && letters.has('p') && text.charAt(start - 1) === 'w';
      if (!isPart) continue;
      start -= 1;
    }
    // -u ada:secret. The user behind mysql's -u has no colon.
    if (letter !== 'u' && letter !== 'U') hide(start, SHORT_FLAG.lastIndex);
    else {
      const sign = /[:%,]/.exec(value)?.index;
      if (sign !== undefined) hide(start + sign + 1, SHORT_FLAG.lastIndex);
    }
  }
};
