import type { Finder } from './finder.ts';

/** UTF-16 units of an address that are looked at. */
const ADDRESS = 2_000;
const OUTSIDE = /[\s"'`<>]/;
/** What stands behind the `@`: a host, and what may follow it. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:$|[/?#,;)\]}\\])/i;
/** Of Go's drivers: `user:password@tcp(host)`. */
const GO = /[\w.-]{0,64}:[^\s@"'`]{1,200}(?=@(?:tcp|tcp6|unix)\()/g;

/** As code and templates write them. */
const PLACEHOLDERS = /^(?::|%s|\$?\{{1,2}[\w.\s]{1,60}\}{1,2}|\*{2,20}){1,5}$/;

/**
 * The user and the password of a URL: `scheme://user:password@host`. People forget to encode a password
 * with `/`, `?`, `#` or `@`, so it ends where a host follows.
 */
export const findUserInfo: Finder = (text, hide) => {
  let sign = text.indexOf('://');
  while (sign !== -1) {
    const start = sign + 3;
    const next = text.indexOf('://', start);
    const most = Math.min(text.length, start + ADDRESS, next === -1 ? Infinity : next);
    let end = start;
    while (end < most && !OUTSIDE.test(text.charAt(end))) end += 1;
    const isWeb = /https?$|wss?$|ftp$|file$/i.test(text.slice(Math.max(0, sign - 5), sign));
    const at = userInfoEnd(text.slice(start, end), isWeb);
    if (at > 0 && !PLACEHOLDERS.test(text.slice(start, start + at))) hide(start, start + at);
    sign = next;
  }
  if (text.includes('@tcp') || text.includes('@unix')) {
    GO.lastIndex = 0;
    for (let match = GO.exec(text); match !== null; match = GO.exec(text)) {
      hide(match.index, GO.lastIndex);
    }
  }
};

/** Where the user info of an address ends, at its `@`; -1 where it has none. */
function userInfoEnd(address: string, isWeb: boolean): number {
  if (!address.includes('@')) return -1;
  const path = address.search(/[/?]/);
  const authority = path === -1 ? address : address.slice(0, path);
  const last = authority.lastIndexOf('@');
  const hostFits = last !== -1 && HOST.test(authority.slice(last + 1));
  if (last !== -1 && (isWeb || path === -1)) {
    // `https://x.example?mail=a@b.example` has none, and `p@ss#word` may be a password.
    return last;
  }
  // `ada:pa/ss@host`: no port stands behind the colon.
  const hasPassword = authority.includes(':') && !/^[^:@]*:\d{0,5}$/.test(authority);
  if (isWeb && !hasPassword) return last;
  return hostFits && !/@/.test(address.slice(path)) ? last : lastHost(address, last);
}

/** The last `@` with a host behind it, in front of a query. */
function lastHost(address: string, least: number): number {
  const query = address.search(/\?[\w.-]+=[^@]*$/);
  const searched = query === -1 ? address : address.slice(0, query);
  for (let at = searched.lastIndexOf('@'); at > least; at = searched.lastIndexOf('@', at - 1)) {
    if (HOST.test(address.slice(at + 1))) return at;
    if (at === 0) break;
  }
  return least;
}
