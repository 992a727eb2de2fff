import {
  isHeld,
  isNameKey,
  isOtherPath,
  isParameterKey,
  isSecretCommand,
  namingOf,
  STATEMENT_KEYS,
  type Naming,
} from './beside.ts';
import type { Verdict } from './names.ts';
import { secretAmong } from './wholes.ts';
import { statementOf } from './sql.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import { FILTERED } from '../../lib/text.ts';

/** The most keys of an object of messages, and the most UTF-16 units of a statement. */
const [KEYS, STATEMENT] = [100, 16_384];
/** The least UTF-16 units of a value that is looked for in messages: a shorter one may be a mere word. */
export const LEAST_SAID = 4;

export function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

/** One or several messages without the secret values that they repeat. */
export function withoutSaid(value: unknown, said: readonly string[]): unknown {
  if (said.length === 0) return value;
  if (typeof value === 'string') {
    return said.reduce((text, each) => text.replaceAll(each, FILTERED), value);
  }
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map((each) => withoutSaid(each, said));
  if (!isPlain(value)) return value;
  const keys = Object.keys(value).slice(0, KEYS);
  return Object.fromEntries(
    keys.map((key) => {
      const each = read(value, key);
      return [key, typeof each === 'string' ? withoutSaid(each, said) : each];
    }),
  );
}

/** What the fields of one object say about each other. */
export interface Siblings {
  /** The field with a statement, and the statement without values. */
  readonly statement: Statement | undefined;
  readonly naming: Naming;
  /** Whether other fields say that the value of this one is a secret. */
  readonly isHeld: (key: string, value: unknown) => boolean;
}

export function siblingsOf(
  keys: readonly string[],
  get: (key: string) => unknown,
  judge: (name: string) => Verdict,
): Siblings {
  const named = keys.filter((key) => isNameKey(key) && isName(key, get(key), keys, judge));
  const naming = namingOf(named, keys);
  const isCommand = keys.includes('args') && isSecretCommand(get('name'));
  const statement = statementAmong(keys, get);
  const isParser = isOfParser(keys, get);
  const isAmong = secretAmong(keys, get, judge);
  return {
    statement,
    naming,
    isHeld: (key, value) =>
      isHeld(key, naming, isObject(value)) ||
      (statement !== undefined && isParameterKey(key)) ||
      (isCommand && key === 'args') ||
      (isParser && key === 'body') ||
      isAmong(key),
  };
}

/** Whether a value names a secret. It may be a path: a list of names or of steps. */
function isName(
  key: string,
  name: unknown,
  keys: readonly string[],
  judge: (name: string) => Verdict,
): boolean {
  const step: unknown = Array.isArray(name) ? name.at(-1) : name;
  const last = isObject(step) ? read(step, 'key') : step;
  return typeof last === 'string' && judge(last) !== 'open' && !isOtherPath(key, last, keys);
}

/** Whether an object is an error of body-parser, raw-body, Express or Fastify, which carries the whole body. */
function isOfParser(keys: readonly string[], get: (key: string) => unknown): boolean {
  if (!keys.includes('body')) return false;
  const [type, code] = [get('type'), get('code')];
  if (typeof type === 'string' && /^(?:entity|encoding|charset|request|parameters)\./.test(type)) {
    return true;
  }
  return typeof code === 'string' && /^(?:FST_ERR_CTP_|LIMIT_|ERR_HTTP_BODY)/.test(code);
}

/** Whether a key is one that an error of a database has beside its statement. */
function isOfDatabase(key: string): boolean {
  return key === 'errno' || key === 'sqlState' || key === 'sqlMessage' || key === 'code';
}

interface Statement {
  readonly key: string;
  readonly text: string;
}

/** The statement of SQL among some keys, without the values that a driver or an ORM wrote into it. */
function statementAmong(
  keys: readonly string[],
  get: (key: string) => unknown,
): Statement | undefined {
  if (!keys.some((key) => STATEMENT_KEYS.includes(key))) return undefined;
  for (const key of STATEMENT_KEYS) {
    const value = keys.includes(key) ? get(key) : undefined;
    if (typeof value !== 'string') continue;
    const hasParameters = keys.some(isParameterKey);
    // A statement that a person writes into a breadcrumb, as `SELECT 1`, mostly has no values.
    const mayHold = key === 'sql' && (/['"]/.test(value) || keys.some(isOfDatabase));
    if (!hasParameters && !mayHold) continue;
    const text = statementOf(value.slice(0, STATEMENT));
    if (text !== undefined) return { key, text };
  }
  return undefined;
}
