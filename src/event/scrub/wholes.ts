import { isObject } from '../../lib/safe-read.ts';
import type { Judge } from './names.ts';

/** The secret parts of a key as JSON: RFC 7517, RFC 7518. */
const JWK = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']);
/** What makes `key` the private one of a connection, as Node's `tls` names them. */
const TLS = new Set(['cert', 'pfx', 'ca', 'passphrase', 'requestCert', 'rejectUnauthorized']);
/** What makes `number` the one of a card. */
const CARD = new Set(['cvc', 'cvv', 'exp_month', 'expMonth', 'expiry', 'expirationDate', 'exp']);
/** Names of columns. */
const NAMES = ['columns', 'fields', 'header', 'headers', 'columnNames'];
const ROWS = new Set(['rows', 'values', 'data', 'records', 'row']);

/** Of what has none of those, and no `type` or `kind` that names a secret, `secretAmong` has nothing to say. */
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
 * Which keys of an object hold a secret because of what else is in it: of a key as JSON, of the settings of
 * TLS, of a card, of what a validator was given, of a Secret of Kubernetes, and of rows whose names stand beside them.
 */
export function secretAmong(
  keys: readonly string[],
  get: (key: string) => unknown,
  judge: (name: string) => ReturnType<Judge>,
): (key: string) => boolean {
  if (!keys.some((key) => TELLING.has(key))) return nothing;
  // Ajv's, and so Fastify's: with `verbose` it has what was sent, whatever the field is called.
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
