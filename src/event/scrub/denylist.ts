import { remembering } from '../../lib/remember.ts';

/** UTF-16 units of a name that are compared; none that people write is longer. */
const NAME = 200;

/**
 * Names of secrets, compared without case, and letters and digits only; the families of Sentry's
 * default denylist. A key that contains one of these is denied…
 */
const SECRET_PARTS = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'privatekey',
  'signingkey',
  'accountkey',
  'signature',
  'encryptionkey',
  'authorization',
  'authheader',
  'credential',
  'cookie',
  'session',
  'csrf',
  'xsrf',
  'bearer',
  'creditcard',
  'cardnumber',
];

/** …and so is one that is one of these: too short to look for inside other words ("author"). */
const SECRET_NAMES = new Set([
  'auth',
  'pass',
  'dbpass',
  'userpass',
  'smtppass',
  'sig',
  'jwt',
  'sso',
  'saml',
  'sid',
  'connectsid',
  'phpsessid',
  'jsessionid',
  'ssn',
  'cvv',
  'cvc',
  'pin',
  'otp',
  'proxyauth',
  'xauth',
  'basicauth',
]);

/** Where HTTP frameworks and proxies leave the caller's address; kept with `sendDefaultPii`. */
const ADDRESS_NAMES = new Set([
  'ip',
  'ips',
  'ipaddress',
  'clientip',
  'remoteip',
  'remoteaddr',
  'remoteaddress',
  'forwarded',
  'xforwardedfor',
  'xrealip',
  'xclientip',
  'xclusterclientip',
  'fastlyclientip',
  'clientipaddress',
  'xenvoyexternaladdress',
  'cfconnectingip',
  'trueclientip',
]);

/** As forms name the fields of something: `card[cvc]`. */
const FORM_FIELD = /\[([^[\]]{1,50})\]$/;

export interface DenylistOptions {
  /** More names of secrets; a key that contains one of them is denied. */
  readonly scrubKeys: readonly string[];
  /** Whether callers' addresses may leave. */
  readonly sendDefaultPii: boolean;
}

/** Whether values under this key must not leave. */
export type Denies = (key: string) => boolean;

export function createDenylist(options: DenylistOptions): Denies {
  const parts = [...SECRET_PARTS, ...options.scrubKeys.map(fold).filter((part) => part !== '')];
  return remembering(
    (key) => {
      const name = fold(key);
      return (
        SECRET_NAMES.has(name) ||
        SECRET_NAMES.has(fold(FORM_FIELD.exec(key)?.[1] ?? '')) ||
        (!options.sendDefaultPii && ADDRESS_NAMES.has(name)) ||
        parts.some((part) => name.includes(part))
      );
    },
    { maxEntries: 1_000, maxLength: NAME },
  );
}

const ASCII = /^[\0-\x7f]*$/;

/**
 * `Set-Cookie`, `set_cookie` and `setCookie` are one name. So is any other with signs in between:
 * U+0000, say, is taken out of keys later.
 */
function fold(key: string): string {
  const name = key.slice(0, NAME).toLowerCase();
  // Node takes 0.6 ms to make the other pattern, and most keys do not need it.
  return name.replace(ASCII.test(name) ? /[^a-z\d]/g : /[^\p{L}\p{M}\p{N}]/gu, '');
}
