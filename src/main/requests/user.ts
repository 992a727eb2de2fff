import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';
import type { User } from '../../event/event.ts';

/** The names that databases, Passport and the claims of a token use. */
const IDS = ['id', '_id', 'sub', 'userId', 'user_id', 'uid'] as const;
const NAMES = ['username', 'preferred_username', 'userName', 'login', 'nickname'] as const;

/**
 * The person that an authentication has put into a request: id and user name, and the e-mail address
 * only if that is wanted. An address that serves as id or name counts as one.
 */
export function userIn(value: unknown, withEmail: boolean): User | undefined {
  // Clerk has a function.
  const given: unknown = typeof value === 'function' ? attempt<unknown>(() => value()) : value;
  if (!isObject(given)) return known({ id: text(given) }, withEmail);
  if (isArray(given)) return undefined;
  // The `auth` of hapi and others has the person, or the token's claims, one level down.
  for (const key of ['user', 'credentials', 'payload', 'claims']) {
    const inner = read(given, key);
    const user = isObject(inner) ? userIn(inner, withEmail) : undefined;
    if (user !== undefined) return user;
  }
  return known(
    { id: first(given, IDS), username: first(given, NAMES), email: emailIn(given) },
    withEmail,
  );
}

type Texts = Readonly<Partial<Record<'id' | 'username' | 'email', string | undefined>>>;

function known(user: Texts, withEmail: boolean): User | undefined {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(user)) {
    const isAddress = key === 'email' || value?.includes('@') === true;
    if (value !== undefined && (withEmail || !isAddress)) result[key] = value;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function first(from: object, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = text(read(from, key));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The e-mail address. Passport's profiles have a list. */
function emailIn(from: object): string | undefined {
  const email = text(read(from, 'email'));
  if (email !== undefined) return email;
  const emails = read(from, 'emails');
  const one = isArray(emails) ? emails[0] : undefined;
  return isObject(one) ? text(read(one, 'value')) : text(one);
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (!isObject(value)) return undefined;
  // An ObjectId of MongoDB.
  const toHex = read(value, 'toHexString');
  const hex = typeof toHex === 'function' ? attempt<unknown>(() => toHex.call(value)) : undefined;
  return typeof hex === 'string' ? hex : undefined;
}
