import { isErrorInstance } from '../../src/event/error/class.ts';
import { attempt, isArray, keysOf, read } from '../../src/lib/safe-read.ts';

/** What a call of winston said of an error, before any format saw it. */
export interface Saying {
  /** The Error that was logged: a format can leave a copy without its class, or nothing, of it. */
  readonly error: object | undefined;
  /** Whether it was logged by itself: then winston and its formats write on it as on any line. */
  readonly isWhole: boolean;
  /** What winston has put behind the text, if anything: the message of an Error that came with it. */
  readonly joined: string;
}

/** Where winston keeps the arguments behind the text. */
const SPLAT = Symbol.for('splat');
/** What winston looks for in a text before it joins it with a message. */
const TOKEN = /%[scdjifoO%]/;
/** Arguments that are looked at. */
const ARGUMENTS = 20;

/** The names of an Error's own properties before winston first wrote on it. */
const properties = new WeakMap<object, ReadonlySet<string>>();

/** `whole` is an Error of which the line is a copy. */
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

/** Of most lines. */
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

/** The names of an Error's own properties, without those that winston and its formats have added. */
export function propertiesOf(error: object): ReadonlySet<string> {
  return properties.get(error) ?? new Set(keysOf(error));
}

function argumentsOf(info: object): readonly unknown[] {
  const behind = attempt(() => Reflect.get(info, SPLAT) as unknown);
  return isArray(behind) ? (attempt(() => behind.slice(0, ARGUMENTS)) ?? []) : [];
}

/** `error('while paying', err)` makes the text "while paying" and the message of `err`. */
function joinedTo(info: object, first: unknown): string {
  const text = read(info, 'message');
  const added = isErrorInstance(first) ? read(first, 'message') : undefined;
  if (typeof text !== 'string' || typeof added !== 'string' || added === '') return '';
  const joined = ` ${added}`;
  // A text with a place for the argument is not joined.
  return text.endsWith(joined) && !TOKEN.test(text.slice(0, -joined.length)) ? joined : '';
}
