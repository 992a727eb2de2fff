import { isObject } from '../../lib/safe-read.ts';
import type { Judge } from './names.ts';

/** The secret parts of a key as JSON: RFC 7517, RFC 7518. */
const JWK = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']);
/** Keys that make the `key` beside them a private one: the options of Node's `tls`. */
const TLS = new Set(['cert', 'pfx', 'ca', 'passphrase', 'requestCert', 'rejectUnauthorized']);
/** Keys that make the `number` beside them that of a card. */
const CARD = new Set(['cvc', 'cvv', 'exp_month', 'expMonth', 'expiry', 'expirationDate', 'exp']);
/** Keys that hold the names of columns. */
const NAMES = ['columns', 'fields', 'header', 'headers', 'columnNames'];
const ROWS = new Set(['rows', 'values', 'data', 'records', 'row']);

/** `secretAmong` finds nothing in an object without these keys and without a `type` or `kind`. */
export const WHOLE_KEYS: readonly string[] = [
  'schemaPath',
  'kty',
  'Type',
  ...TLS,
  ...CARD,
  ...NAMES,
];

const TELLING = new Set([...WHOLE_KEYS, 'type', 'kind']);

/**
 * Which keys of an object hold a secret because of its other keys. Such objects are a JSON Web Key, settings of
 * TLS, a card, the error of a validator, a Secret of Kubernetes, and rows with their names beside them.
 */
export function secretAmong(
  keys: readonly string[],
  get: (key: string) => unknown,
  judge: (name: string) => ReturnType<Judge>,
): (key: string) => boolean {
  if (!keys.some((key) => TELLING.has(key))) return nothing;
  // An error of Ajv, and so of Fastify. With `verbose` it has the value that was sent, under any name.
  if (keys.includes('schemaPath') && keys.includes('data')) return (key) => key === 'data';
  if (keys.includes('kty')) return (key) => JWK.has(key);
  if (keys.includes('key') && keys.some((key) => TLS.has(key)))
    return (key) => key === 'key' || key === 'pfx';
  if (keys.includes('number') && keys.some((key) => CARD.has(key)))
    return (key) => key === 'number';
  if (keys.includes('kind') && get('kind') === 'Secret')
    return (key) => key === 'data' || key === 'stringData';
  if (keys.includes('type') && get('type') === 'password') return (key) => key === 'value';
  if (keys.includes('Type') && get('Type') === 'SecureString') return (key) => key === 'Value';
  const names = NAMES.find((key) => keys.includes(key));
  return names !== undefined && keys.some((key) => ROWS.has(key)) && denies(get(names), judge)
    ? (key) => ROWS.has(key) && Array.isArray(get(key))
    : nothing;
}

function nothing(): boolean {
  return false;
}

function denies(names: unknown, judge: (name: string) => ReturnType<Judge>): boolean {
  if (!Array.isArray(names)) return false;
  return names.slice(0, 100).some((name) => {
    const text = isObject(name) ? Reflect.get(name, 'name') : name;
    return typeof text === 'string' && judge(text) !== 'open';
  });
}
