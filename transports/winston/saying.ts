import { types } from 'node:util';
import { isErrorInstance } from '../../src/event/error/class.ts';
import { keysOf, read } from '../../src/lib/safe-read.ts';

/** What a call of winston said about an error, before any format. */
export interface Saying {
  /** The Error that was logged. A format may leave only a copy without its class, or nothing. */
  readonly error: object | undefined;
  /** Whether it was logged alone. Then winston and its formats write on it as on any line. */
  readonly isWhole: boolean;
  /** What winston has added to the text: the message of an Error that came with it. Or ''. */
  readonly joined: string;
}

/** Where winston keeps the arguments behind the text. */
const SPLAT: unique symbol = Symbol.for('splat');
/** winston joins no message to a text with one of these placeholders. */
const TOKEN = /%[scdjifoO%]/;
/** How many arguments are read. */
const ARGUMENTS = 20;

/** The names of an Error's own properties before winston wrote on it. */
const properties = new WeakMap<object, ReadonlySet<string>>();

/** Reads what a line says about an error. `whole` is an Error of which the line is a copy. */
export function sayingOf(info: object, whole?: object): Saying {
  const itself = whole ?? (isErrorInstance(info) ? info : undefined);
  if (itself !== undefined) {
    rememberProperties(itself);
    return { error: itself, isWhole: true, joined: '' };
  }
  const behind = argumentsOf(info);
  const error = errorBehind(behind) ?? errorIn(info);
  if (error === undefined) return NOTHING;
  return { error, isWhole: false, joined: joinedTo(info, behind && read(behind, '0')) };
}

/** What most lines say about an error: nothing. */
export const NOTHING: Saying = { error: undefined, isWhole: false, joined: '' };

/** The fields in which an Error is looked for. */
const NAMES = ['message', 'error', 'err'];

function errorIn(info: object): object | undefined {
  for (const key of NAMES) {
    const value = read(info, key);
    if (isErrorInstance(value)) return value;
  }
  return undefined;
}

function errorBehind(behind: readonly unknown[] | undefined): object | undefined {
  if (behind === undefined) return undefined;
  const count = Math.min(behind.length, ARGUMENTS);
  try {
    for (let index = 0; index < count; index += 1) {
      const value = behind[index];
      if (isErrorInstance(value)) return value;
    }
  } catch {
    // An element that cannot be read is no Error.
  }
  return undefined;
}

export function rememberProperties(error: object): void {
  if (!properties.has(error)) properties.set(error, new Set(keysOf(error)));
}

/** The names of an Error's own properties, without those that winston and its formats added. */
export function propertiesOf(error: object): ReadonlySet<string> {
  return properties.get(error) ?? new Set(keysOf(error));
}

/** The arguments of a line. winston's own array is not copied, which would cost more than reading it. */
function argumentsOf(info: { readonly [SPLAT]?: unknown }): readonly unknown[] | undefined {
  try {
    const behind = info[SPLAT];
    if (!Array.isArray(behind)) return undefined;
    return types.isProxy(behind) ? behind.slice(0, ARGUMENTS) : behind;
  } catch {
    return undefined;
  }
}

/**
 * What winston added to the text. `error('while paying', err)` gives "while paying" with the
 * message of `err`.
 */
function joinedTo(info: object, first: unknown): string {
  const text = read(info, 'message');
  const added = isErrorInstance(first) ? read(first, 'message') : undefined;
  if (typeof text !== 'string' || typeof added !== 'string' || added === '') return '';
  const joined = ` ${added}`;
  // A text with a placeholder for the argument gets nothing added.
  return text.endsWith(joined) && !TOKEN.test(text.slice(0, -joined.length)) ? joined : '';
}
