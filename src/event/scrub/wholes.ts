import { isObject } from '../../lib/safe-read.ts';
import type { Judge } from './names.ts';

/** The secret parts of a key as JSON: RFC 7517, RFC 7518. */
const JWK = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']);
/** Keys that make the `key` beside them a private one: the options of Node's `tls`. */
const TLS = new Set(['cert', 'pfx', 'ca', 'passphrase', 'requestCert', 'rejectUnauthorized']);
/** Keys that make the `number` beside them that of a card. */
const CARD = new Set(['cvc', 'cvv', 'exp_month', 'expMonth', 'expiry', 'expirationDate', 'exp']);
/** Keys under which a form repeats the password beside them. */
const REPEATED = new Set([
  'confirm',
  'confirmation',
  'confirmed',
  'repeat',
  'repeated',
  'retype',
  'retyped',
  'verify',
]);
const PASSWORD = /passw(?:or)?d|passwd|passphrase/i;
/** Keys that hold the names of columns. */
const NAMES = ['columns', 'fields', 'header', 'headers', 'columnNames'];
/** A document of GraphQL that declares variables: `mutation Login($password: String!) { … }`. */
const DECLARES = /\b(?:query|mutation|subscription)\b\s{0,5}\w{0,100}\s{0,5}\(\s{0,5}\$\w/;
/** Keys of such a document. */
const DOCUMENTS = ['query', 'mutation', 'document', 'gql', 'operation'];
/** How many UTF-16 units of a document are read. */
export const DOCUMENT = 400;
const ROWS = new Set(['rows', 'values', 'data', 'records', 'row']);

/** `secretAmong` finds nothing in an object without these keys and without a `type` or `kind`. */
export const WHOLE_KEYS: readonly string[] = [
  'schemaPath',
  'kty',
  'Type',
  'variables',
  ...REPEATED,
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
  if (keys.some((key) => REPEATED.has(key)) && keys.some((key) => PASSWORD.test(key)))
    return (key) => REPEATED.has(key);
  // What is sent with a query of GraphQL is like the parameters of SQL: its names are the user's own.
  if (keys.includes('variables') && isOfGraphql(keys, get)) return (key) => key === 'variables';
  const names = NAMES.find((key) => keys.includes(key));
  return names !== undefined && keys.some((key) => ROWS.has(key)) && denies(get(names), judge)
    ? (key) => ROWS.has(key) && Array.isArray(get(key))
    : nothing;
}

function isOfGraphql(keys: readonly string[], get: (key: string) => unknown): boolean {
  if (isEmpty(get('variables'))) return false;
  return keys.includes('operationName') || DOCUMENTS.some((key) => declaresVariables(get(key)));
}

function declaresVariables(document: unknown): boolean {
  return typeof document === 'string' && DECLARES.test(document.slice(0, DOCUMENT));
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
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
