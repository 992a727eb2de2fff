import { eachMatch } from './each.ts';
import type { Finder } from './finder.ts';
import { isSpoken } from './prose.ts';
import { isRandom } from './random.ts';

/** `ENV NAME x`, `setenv NAME x`, `set -x NAME x`: in Dockerfiles and shells. */
const SET =
  /(?:^|[\n;&="'`>] {0,9})(?:ENV|ARG|setenv|set -[xgU]{1,3}) (\w{1,80}) ([^\n"'`]{1,2000})/g;
/** In the file `.netrc`, which curl and git read: `login ada password x`. */
const NETRC = /\blogin \S{1,200}\s{1,9}password (\S{1,300})/g;
/** In the protocols of mail, FTP and IRC: `a1 LOGIN ada x`, `PASS x` behind `USER ada`. */
const LOGIN =
  /(?:^|[\n="'`])(?:> )?(?:\w{0,7}\d LOGIN \S{1,200}|(?:USER \S{1,100} )?PASS) (\S{1,300})/g;

/** `htpasswd -b file ada x`, `signtool /p x`, `ConvertTo-SecureString "x"`. */
const LAST =
  /(?:\bhtpasswd -[a-zA-Z]{0,4}b[a-zA-Z]{0,4} \S{1,200} \S{1,80} |\bsigntool [^\n]{0,300}? \/p |\bConvertTo-SecureString (?:-String )?)["']?([^\s"']{2,300})/g;
/** Words of `SET`: a text without any of them has no such setting. */
const WORDS = ['ENV ', 'ARG ', 'setenv', 'set -'];
/** Terraform's `variable "db_password" { default = "x" }`. */
const BLOCK =
  /\b(?:variable|output|secret)[ \t]{1,5}"?([\w-]{1,80})"?[ \t]{0,5}\{[^{}]{0,500}?\b(?:default|value)[ \t]{0,60}=[ \t]{0,60}"([^"\n]{1,2000})"/g;
/** In PostgreSQL's `.pgpass`: `host:port:database:user:password`. */
const PGPASS =
  /(?<=^|["'])[\w.*-]{1,200}:(?:\d{1,5}|\*):[\w*-]{1,63}:[\w*.@-]{1,63}:([^\s:"']{1,300})(?=["'\s]|$)/gm;
const PORTS = [':5432:', ':*:', ':6432:', ':6543:'];
/** Commands that log in with a secret without a flag: `vault login x`. */
const BEHIND =
  /\b(?:vault login|doppler login|ngrok (?:config add-)?authtoken|snyk auth|heroku auth:token) ([\w.~+/=-]{8,300})/g;
/** IMAP's login: RFC 3501. */
const IMAP = /\b[A-Za-z]{1,3}\d{1,6} LOGIN (?:"[^"\n]{0,200}"|\S{1,200}) "?([^"\s]{3,300})/g;
/** The same as errors repeat it, without a tag: `Command failed: LOGIN ada x1y2`. */
const UNTAGGED =
  /(?:^|[\n"'`]|: )LOGIN (?:"[^"\n]{1,200}"|[^\s"]{1,200}) (?:"([^"\n]{3,300})"|([^\s"'`]{6,300}))/g;
/** In LDIF `::` says that base64 follows: RFC 2849. */
const LDIF = /(?<=^|["'])([\w-]{2,60}):: ([A-Za-z\d+/=]{4,4000})/gm;

/** Commands of Redis that its errors repeat: `called: AUTH x`, `AUTH default x`. */
const AUTH =
  /(?:(?:^|: |\n)AUTH (?:[\w.-]{1,80} )?(\S{4,300})(?=["'`]{0,3}(?:\n|$))|\bAUTH default (\S{4,300}))/g;

/** The same as Redis' MONITOR shows it: `"AUTH" "default" "x"`. */
const SHOWN_AUTH = /"(?:AUTH|auth)"((?: "[^"\n]{0,300}"){1,2})/g;

/** `yarn config set npmAuthToken x` */
const CONFIG =
  /\b(?:config|secrets?|env|variables?) set ([\w./:@-]{1,120})[ =]["']?([^\s"']{3,300})/g;

/** Secrets in files, shells and protocols that have no sign between a name and its value. */
export const findSettings: Finder = (text, hide, judge) => {
  if (WORDS.some((word) => text.includes(word))) {
    eachMatch(SET, text, ([, name = '', value = ''], end) => {
      if (judge(name) !== 'open') hide(end - value.length, end);
    });
  }
  if (text.includes(' set ')) {
    eachMatch(CONFIG, text, ([, name = '', value = ''], end) => {
      if (judge(name.slice(name.lastIndexOf(':') + 1)) !== 'open') hide(end - value.length, end);
    });
  }
  if (text.includes('word ') && text.includes('login ')) {
    eachMatch(NETRC, text, ([, word = ''], end) => {
      // login failed: password is wrong
      if (!isSpoken(word)) hide(end - word.length, end);
    });
  }
  if (text.includes('" {')) {
    eachMatch(BLOCK, text, ([, name = '', value = ''], end) => {
      if (judge(name) !== 'open') hide(end - 1 - value.length, end - 1);
    });
  }
  if (PORTS.some((port) => text.includes(port))) {
    eachMatch(PGPASS, text, ([, value = ''], end) => hide(end - value.length, end));
  }
  if (text.includes(':: ')) {
    eachMatch(LDIF, text, ([, name = '', value = ''], end) => {
      if (judge(name) !== 'open') hide(end - value.length, end);
    });
  }
  if (text.includes('login ') || text.includes('authtoken') || text.includes('auth:token')) {
    eachMatch(BEHIND, text, ([, value = ''], end) => {
      if (/\d/.test(value)) hide(end - value.length, end);
    });
  }
  if (text.includes('LOGIN ')) {
    eachMatch(UNTAGGED, text, ([, quoted, bare = ''], end) => {
      if (quoted !== undefined) hide(end - 1 - quoted.length, end - 1);
      else if (isRandom(bare, true)) hide(end - bare.length, end);
    });
    eachMatch(IMAP, text, ([, value = ''], end) => hide(end - value.length, end));
  }
  if (text.includes('passwd -') || text.includes('signtool') || text.includes('ConvertTo-')) {
    eachMatch(LAST, text, ([, value = ''], end) => hide(end - value.length, end));
  }
  if (text.includes('AUTH ')) {
    eachMatch(AUTH, text, ([, first, word = first ?? ''], end) => {
      if (!isSpoken(word)) hide(end - word.length, end);
    });
  }
  if (/"auth" /i.test(text)) {
    eachMatch(SHOWN_AUTH, text, ([, values = ''], end) => hide(end - values.length + 1, end));
  }
  if (text.includes('LOGIN ') || (text.includes('PASS ') && text.includes('USER '))) {
    eachMatch(LOGIN, text, ([, word = ''], end) => hide(end - word.length, end));
  }
};
