import { isErrorInstance } from '../../src/event/error/class.ts';
import { attempt, isArray, keysOf, read } from '../../src/lib/safe-read.ts';

/** What a call of winston said about an error, before any format. */
export interface Saying {
  /** The Error that was logged. A format may leave only a copy without its class, or nothing. */
  readonly error: object | undefined;
  /** Whether it was logged alone. Then winston and its formats write on it as on any line. */
  readonly isWhole: boolean;
  /** What winston has added to the text: the message of an Error that came with it. Or ''. */
  readonly joined: string;
}

/** The symbol under which winston keeps the arguments after the text. */
const SPLAT = Symbol.for('splat');
/** What winston searches in a text before it adds a message. */
const TOKEN = /%[scdjifoO%]/;
/** How many arguments are looked at. */
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
  const error = behind.find(isErrorInstance) ?? errorIn(info);
  if (error === undefined) return NOTHING;
  return { error, isWhole: false, joined: joinedTo(info, behind[0]) };
}

/** The result for most lines. */
const NOTHING: Saying = { error: undefined, isWhole: false, joined: '' };

function errorIn(info: object): object | undefined {
  for (const key of ['message', 'error', 'err']) {
    const value = read(info, key);
    if (isErrorInstance(value)) return value;
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

function argumentsOf(info: object): readonly unknown[] {
  const behind = attempt(() => Reflect.get(info, SPLAT) as unknown);
  return isArray(behind) ? (attempt(() => behind.slice(0, ARGUMENTS)) ?? []) : [];
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
