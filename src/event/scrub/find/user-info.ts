import { eachMatch } from './each.ts';
import { Signs, type Finder, type Hide } from './finder.ts';
import { isIn, tableOf } from './runs.ts';

/** The most UTF-16 units of an address that are read. */
const ADDRESS = 2_000;
const OUTSIDE = tableOf(/[\s"'`<>]/);
/** A host behind the `@`, and what may follow it. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:$|[/?#,;)\]}\\])/i;
const GO = /@(?:tcp6?|unix)\(/g;
/** The most UTF-16 units of a user and a password. */
const GO_INFO = 264;

/** The address of Oracle's driver: `jdbc:oracle:thin:user/password@host`. */
const ORACLE = /:(?:thin|oci):([^\s"'`@]{1,200}\/[^\s"'`]{1,200})@/g;

/** The same without a scheme: `//ada:x1@host/`, `ada:x1y2@host.example:5432`, `scott/tiger@//host`. */
const BARE =
  /(?:(?<=[\s"'`=(,]|^)\/\/[\w.%+-]{1,80}:([^\s"'`@/]{1,200})(?=@[\w.-]+)|(?<![\w:/.@-])[\w.%+-]{1,80}:([^\s"'`@/:]{6,200})(?=@(?:[\w-]{1,63}\.){1,9}[a-z]{2,20}\b)|(?<![\w:/.@-])\w{1,80}\/([^\s"'`@/]{1,200})(?=@(?:\/\/|[\w.-]{1,200}:\d{2,5}\/))|\bsips?:[\w.+-]{1,80}:([^\s"'`@]{1,200})(?=@))/gm;
/** Letters and digits. Without them it is a mail address: `mailto:support@x.example`. */
const MIXED = /^(?=.*\d)(?=.*[A-Za-z]).*/;

/** A user and a password that code or a template still has to fill in. */
const PLACEHOLDERS = /^(?::|%s|\$?\{{1,2}[\w.\s]{1,60}\}{1,2}|\*{2,20}){1,5}$/;
const WEB = /https?$|wss?$|ftp$|file$/i;

/**
 * The user and the password of a URL: `scheme://user:password@host`. People forget to encode `/`, `?`, `#`
 * and `@` in a password, so the password ends at the last `@` with a host behind it.
 */
export const findUserInfo: Finder = (text, hide) => {
  const ats = new Signs(text, '@');
  let sign = text.indexOf('://');
  while (sign !== -1) {
    const start = sign + 3;
    const at = ats.from(start);
    if (at === Infinity) break;
    const next = text.indexOf('://', start);
    const most = Math.min(text.length, start + ADDRESS, next === -1 ? Infinity : next);
    if (at < most) {
      let end = start;
      let last = -1;
      let path = -1;
      for (; end < most; end += 1) {
        const unit = text.charCodeAt(end);
        if (isIn(OUTSIDE, unit)) break;
        if (unit === 64) last = end;
        else if (path === -1 && (unit === 47 || unit === 63)) path = end;
      }
      if (last !== -1) {
        const isPlain = path === -1 || last < path;
        const stop = isPlain ? last : start + userInfoEnd(text, start, end, path - start);
        const mayHold = ':%$*{'.includes(text.charAt(start));
        const isShown = mayHold && PLACEHOLDERS.test(text.slice(start, stop));
        if (stop > start && !isShown) hide(start, stop);
      }
    }
    sign = next;
  }
  if (text.includes(':thin:') || text.includes(':oci:')) {
    eachMatch(ORACLE, text, ([, info = ''], end) => hide(end - 1 - info.length, end - 1));
  }
  eachMatch(BARE, text, ([, plain, mail, oracle, sip], end) => {
    const word = plain ?? mail ?? oracle ?? sip ?? '';
    if (mail !== undefined && !MIXED.test(mail)) return;
    hide(end - word.length, end);
  });
  if (text.includes('@tcp') || text.includes('@unix')) findGo(text, hide);
};

/** The length of the user info of an address whose last `@` stands behind the first `/` or `?`. */
function userInfoEnd(text: string, start: number, end: number, path: number): number {
  const address = text.slice(start, end);
  const isWeb = WEB.test(text.slice(Math.max(0, start - 8), start - 3));
  const authority = address.slice(0, path);
  const last = authority.lastIndexOf('@');
  // `https://x.example?mail=a@b.example` has no user info, and `p@ss#word` may be a password.
  if (last !== -1 && isWeb) return last;
  // `ada:pa/ss@host`: no port stands behind the colon.
  const hasPassword = authority.includes(':') && !/^[^:@]*:\d{0,5}$/.test(authority);
  if (isWeb && !hasPassword) return last;
  const hostFits = last !== -1 && HOST.test(authority.slice(last + 1));
  return hostFits && !address.includes('@', path) ? last : lastHost(address, last);
}

/** The last `@` with a host behind it. */
function lastHost(address: string, least: number): number {
  for (let at = address.lastIndexOf('@'); at > least; at = address.lastIndexOf('@', at - 1)) {
    if (HOST.test(address.slice(at + 1))) return at;
    if (at === 0) break;
  }
  return least;
}

/** `user:password@tcp(host)`, the form of Go's drivers. */
function findGo(text: string, hide: Hide): void {
  let done = 0;
  eachMatch(GO, text, ({ index }, end) => {
    let start = index;
    const least = Math.max(done, start - GO_INFO);
    while (start > least && !isOutsideGo(text.charCodeAt(start - 1))) start -= 1;
    if (text.slice(start, index).includes(':')) hide(start, index);
    done = end;
  });
}

function isOutsideGo(unit: number): boolean {
  return unit === 64 || isIn(OUTSIDE, unit);
}
