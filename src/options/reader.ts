import { OptionError } from './option-error.ts';
import { mayNeverEnd } from './repetition.ts';
import type { Ignored } from '../event/record.ts';
import { LEVELS, levelFromName, type Level } from '../event/level.ts';

/** @internal Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @internal A rule for a text, in words and as a test. */
export interface TextRule {
  readonly expected: string;
  readonly test: (text: string) => boolean;
  /** Takes away what people add by mistake. */
  readonly tidy?: (text: string) => string;
  /** Whether a wrong value must stay out of the message. */
  readonly secret?: (text: string) => boolean;
  /** What is wrong with a text that is a frequent mistake. */
  readonly fault?: (text: string) => string | undefined;
}

/**
 * @internal Reads options one by one, and remembers their names, so that it finds unknown ones. A
 * wrong option in the code throws. A wrong environment variable is kept in `faults`, and counts as
 * not set, since the person who sets it may be unable to mend a program that does not start.
 */
export class OptionReader {
  readonly #options: Record<string, unknown>;
  readonly #env: Environment;
  readonly #known = new Set<string>();
  readonly #faults = new Map<string, string>();

  constructor(options: unknown, env: Environment) {
    if (options !== undefined && (typeof options !== 'object' || options === null)) {
      throw expected('options', 'an object', options);
    }
    this.#options = { ...options };
    this.#env = env;
  }

  /** What is wrong with environment variables, by their names. */
  get faults(): ReadonlyMap<string, string> {
    return this.#faults;
  }

  text(name: string, variable: string | undefined, rule: TextRule): string | undefined {
    const value = this.#get(name);
    // Shells and compose files say "not set" with an empty variable, and options are often made of
    // such variables.
    if (value !== undefined && (variable === undefined || value !== '')) {
      const tidy = typeof value === 'string' && rule.tidy !== undefined ? rule.tidy(value) : value;
      if (typeof tidy === 'string' && rule.test(tidy)) return tidy;
      throw expected(name, rule.expected, value, rule);
    }
    return variable === undefined ? undefined : this.#variable(variable, rule);
  }

  /** Whether the code sets the option. */
  says(name: string): boolean {
    const value = this.#get(name);
    return value !== undefined && value !== '';
  }

  /** The same as `text`, or false for none. */
  textOrNone(name: string, variable: string, rule: TextRule): string | false | undefined {
    if (this.#get(name) === false) return false;
    const orFalse = { ...rule, expected: `${rule.expected}, or \`false\`` };
    return this.text(name, variable, this.says(name) ? orFalse : rule);
  }

  /** A text that has no variable of ours. An empty text counts as not set here too. */
  plainText(name: string, rule: TextRule): string | undefined {
    const value = this.#get(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && rule.test(value)) return value;
    throw expected(name, rule.expected, value, rule);
  }

  /** The same, or false for none. */
  textOrFalse(name: string, rule: TextRule): string | false | undefined {
    return this.#get(name) === false ? false : this.plainText(name, rule);
  }

  /** Tells of a variable that is set in place of another one. */
  misnamed(variable: string, meant: string): void {
    const isSet = (name: string): boolean => trimVariable(this.#env[name] ?? '') !== '';
    if (!isSet(variable) || isSet(meant)) return;
    this.#faults.set(variable, `\`${variable}\` is not read, but \`${meant}\` is`);
  }

  /** Whether a variable is on. Any word counts as on, except those for "off". */
  flag(variable: string): boolean {
    return !isOff(trimVariable(this.#env[variable] ?? ''));
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#get(name, fallback);
    if (typeof value === 'boolean') return value;
    throw expected(name, 'a boolean', value);
  }

  /** False, true, or a folder. */
  place(name: string, variable: string, rule: TextRule): string | boolean {
    const value = this.#get(name);
    if (typeof value === 'boolean') return value;
    const rest = { ...rule, expected: `a boolean, or ${rule.expected}` };
    if (value !== undefined && value !== '') return this.text(name, undefined, rest) ?? false;
    const said = trimVariable(this.#env[variable] ?? '');
    if (isOff(said)) return false;
    return ON.has(said.toLowerCase()) || (this.#variable(variable, rest) ?? false);
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.#get(name, fallback);
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    throw expected(name, `a whole number from ${min} to ${max}`, value);
  }

  share(name: string, fallback: number): number {
    const value = this.#get(name, fallback);
    if (typeof value === 'number' && value >= 0 && value <= 1) return value;
    throw expected(name, 'a number from 0 to 1', value);
  }

  /** The same, or a function that returns it for each event. */
  shareOf(name: string, fallback: number): unknown {
    const value = this.#get(name);
    return typeof value === 'function' ? value : this.share(name, fallback);
  }

  level(name: string, fallback: Level): Level {
    const value = this.#get(name, fallback);
    const level = typeof value === 'string' ? levelFromName(value) : undefined;
    if (level !== undefined) return level;
    throw expected(name, `one of ${LEVELS.map((each) => `\`${each}\``).join(', ')}`, value);
  }

  /** A function's parameters and result cannot be checked before it is called. */
  function(name: string): unknown {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'function') return value;
    throw expected(name, 'a function', value);
  }

  /** A function, or the name of a module that exports one. The module is not looked for yet. */
  functionOrModule(name: string): unknown {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'function' || isText(value)) return value;
    throw expected(name, "a function, or a module's path", value);
  }

  /** A function, or a list of what passes the test. */
  functionOrList<T>(
    name: string,
    what: string,
    test: (each: unknown) => each is T,
  ): ((...args: never[]) => unknown) | readonly T[] | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'function') return value as (...args: never[]) => unknown;
    return this.#list(name, `a function, or an array of ${what}`, test);
  }

  /** A list of some of these names, false for none, or true for a default list. */
  someOf<T extends string>(
    name: string,
    all: readonly T[],
    { byTrue, byDefault }: { readonly byTrue: readonly T[]; readonly byDefault: readonly T[] },
  ): readonly T[] {
    const value = this.#get(name);
    if (value === undefined) return byDefault;
    if (typeof value === 'boolean') return value ? byTrue : [];
    const isOne = (each: unknown): each is T => (all as readonly unknown[]).includes(each);
    return this.#list(name, `a boolean, or an array of ${listed(all)}`, isOne);
  }

  /** An object of switches. Each is off by default. */
  flags<K extends string>(name: string, keys: readonly K[]): Record<K, boolean> {
    const value = this.#get(name, {});
    const isSet = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isSet) throw expected(name, `an object with ${listed(keys)}`, value);
    for (const [key, flag] of Object.entries(value)) {
      if (!(keys as readonly string[]).includes(key)) {
        throw new OptionError(
          `${name}.${key}`,
          `unknown option \`${name}.${key}\`; there are ${listed(keys)}`,
        );
      }
      if (flag !== undefined && typeof flag !== 'boolean') {
        throw expected(`${name}.${key}`, 'a boolean', flag);
      }
    }
    const given = value as Partial<Record<K, boolean>>;
    return Object.fromEntries(keys.map((key) => [key, given[key] === true])) as Record<K, boolean>;
  }

  /** The name of a module, for a thread that can't get a function. */
  module(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || isText(value)) return value;
    throw expected(name, "a module's path, since no function can go to pino's worker", value);
  }

  /** The options without those of these names. */
  without(names: readonly string[]): OptionReader {
    const rest = new OptionReader(this.#options, this.#env);
    for (const name of [...names, ...this.#known]) rest.#known.add(name);
    for (const name of names) delete rest.#options[name];
    return rest;
  }

  patterns(name: string): readonly (string | RegExp)[] {
    return this.#list(name, 'an array of strings and RegExps', isPattern);
  }

  /** The same, or functions and classes. */
  ignored(name: string): readonly Ignored[] {
    return this.#list(name, 'an array of strings, RegExps, classes and functions', isIgnored);
  }

  regExps(name: string): readonly RegExp[] {
    const given = this.#list(name, 'an array of RegExps', isRegExp);
    const endless = given.findIndex((pattern) => mayNeverEnd(pattern));
    if (endless !== -1) {
      const what = 'a RegExp that repeats nothing that repeats itself';
      throw expected(`${name}[${endless}]`, what, given[endless]);
    }
    return given;
  }

  texts(name: string): readonly string[] {
    return this.#list(name, 'an array of strings', isText);
  }

  /** Call it once all options were read. */
  refuseUnknown(): void {
    for (const name of Object.keys(this.#options)) {
      if (this.#known.has(name)) continue;
      const meant = [...this.#known].find((known) => fold(known) === fold(name));
      const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
      throw new OptionError(name, `unknown option \`${name}\`${hint}`);
    }
  }

  #variable(variable: string, rule: TextRule): string | undefined {
    const said = trimVariable(this.#env[variable] ?? '');
    if (said === '') return undefined;
    const text = rule.tidy === undefined ? said : rule.tidy(said);
    if (rule.test(text) && !NOTHING.has(text) && !hasControls(text)) return text;
    this.#faults.set(variable, expected(variable, rule.expected, said, rule).problem);
    return undefined;
  }

  #list<T>(name: string, what: string, test: (each: unknown) => each is T): readonly T[] {
    const value = this.#get(name, []);
    if (!Array.isArray(value)) throw expected(name, what, value);
    const wrong = value.findIndex((each) => !test(each));
    if (wrong !== -1) throw expected(`${name}[${wrong}]`, what, value[wrong]);
    return [...(value as T[])];
  }

  /** Undefined counts as absent. Null is a mistake. */
  #get(name: string, fallback?: unknown): unknown {
    this.#known.add(name);
    const value = this.#options[name];
    return value === undefined ? fallback : value;
  }
}

/** @internal What `${value}` makes of a missing value. Nobody means it as a name or a key. */
export const NOTHING: ReadonlySet<string> = new Set(['undefined', 'null']);

const OFF: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off', 'n', 'f', ...NOTHING]);
const ON: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on', 'y', 't']);

function isOff(said: string): boolean {
  return OFF.has(said.toLowerCase());
}

/** Blanks, what is as invisible, and quotes, also those of text processors. */
const AROUND = String.raw`[\s\u200b\u2060"'\u0060\u2018-\u201f\u00ab\u00bb]`;
const BEFORE = new RegExp(`^${AROUND}+`);
const AFTER = new RegExp(String.raw`(?:${AROUND}|\\[nrt])+$`);

/**
 * @internal A text without the blanks, line ends and quotes around it. `docker --env-file` keeps
 * quotes. A secret that was written with an editor ends with a line end, and some tools write that
 * as `\\n`. A key that was copied from a chat or a document has curly quotes.
 */
export function trimVariable(text: string): string {
  return text.replace(BEFORE, '').replace(AFTER, '');
}

/** @internal Whether a text has line ends or other control characters. */
export function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isRegExp(value: unknown): value is RegExp {
  return value instanceof RegExp;
}

function isPattern(value: unknown): value is string | RegExp {
  return isText(value) || value instanceof RegExp;
}

function isIgnored(value: unknown): value is Ignored {
  return isPattern(value) || typeof value === 'function';
}

/** The other SDKs write `api_key` and `API_KEY` for `apiKey`. */
function fold(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

function expected(name: string, what: string, value: unknown, rule?: TextRule): OptionError {
  const isSecret = typeof value === 'string' && rule?.secret?.(value) === true;
  const shown = isSecret ? `a text of ${value.length} characters` : show(value);
  const fault = typeof value === 'string' ? faultOf(value, rule) : undefined;
  return new OptionError(
    name,
    `expected \`${name}\` to be ${what}, got ${shown} (${kindOf(value)})` +
      (fault === undefined ? '' : `: ${fault}`),
  );
}

function faultOf(value: string, rule: TextRule | undefined): string | undefined {
  const text = (rule?.tidy ?? trimVariable)(value);
  return hasControls(text) ? 'it has a line end or a tab within' : rule?.fault?.(text);
}

function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `\`${value.length > 60 ? `${value.slice(0, 60)}…` : value}\``;
    case 'object':
    case 'function':
      return value === null ? '`null`' : 'one';
    default:
      return `\`${String(value)}\``;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
