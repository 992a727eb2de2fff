import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { PLACE } from '../../notes/key.ts';
import { writerOf } from './keepers.ts';

/**
 * What pino keeps under symbols. Only some symbols are the same in all versions and copies of it.
 */
type Key =
  | 'pino.asJson'
  | 'pino.chindings'
  | 'pino.errorKey'
  | 'pino.messageKey'
  | 'pino.nestedKey'
  | 'pino.stringifiers'
  | 'pino.stream';

/** pino's own serializers of errors. They hide nothing on purpose. */
const OWN: ReadonlySet<string> = new Set(['errSerializer', 'errWithCauseSerializer']);

const SERIALIZERS = Symbol.for('pino.serializers');
const HOOKS = Symbol.for('pino.hooks');

/** The symbols of each copy of pino; a process has one or two. */
let copies: ReadonlyMap<string, symbol>[] = [];

function keptAs(instance: object, key: Key): unknown {
  const symbol = symbolsOf(instance).get(key);
  return symbol === undefined ? undefined : Reflect.get(instance, symbol);
}

function symbolsOf(instance: object): ReadonlyMap<string, symbol> {
  for (const copy of copies) {
    const symbol = copy.get('pino.chindings');
    if (symbol !== undefined && symbol in instance) return copy;
  }
  const found = new Map<string, symbol>();
  for (
    let each: unknown = instance;
    isObject(each);
    each = Object.getPrototypeOf(each) as unknown
  ) {
    for (const symbol of Object.getOwnPropertySymbols(each)) {
      if (symbol.description !== undefined) found.set(symbol.description, symbol);
    }
  }
  copies = [...copies.slice(-7), found];
  return found;
}

export function errorKeyOf(instance: object): string {
  const key = attempt(() => keptAs(instance, 'pino.errorKey'));
  return typeof key === 'string' ? key : 'err';
}

export function messageKeyOf(instance: object): string {
  const key = attempt(() => keptAs(instance, 'pino.messageKey'));
  return typeof key === 'string' ? key : 'msg';
}

export function nestedKeyOf(instance: object): string | undefined {
  const key = attempt(() => keptAs(instance, 'pino.nestedKey'));
  return typeof key === 'string' ? key : undefined;
}

/**
 * Whether a logger's pino publishes its lines on a tracing channel. All versions of 10 do, and the
 * last of 9.
 */
export function tellsOfLines(instance: object): boolean {
  // This runs for each line, and it takes 100 ns to find a symbol in the logger's prototypes.
  const version = read(instance, 'version');
  if (told === undefined || told.version !== version) told = { version, tells: tells(instance) };
  return told.tells;
}

/** The answer for the version that was looked at last. A process usually has one. */
let told: { readonly version: unknown; readonly tells: boolean } | undefined;

/**
 * Looks for a property's name in the function's source, since a minifier keeps the names of
 * properties.
 */
function tells(instance: object): boolean {
  const asJson: unknown = attempt(() => keptAs(instance, 'pino.asJson'));
  if (typeof asJson !== 'function') return false;
  return Function.prototype.toString.call(asJson).includes('.hasSubscribers');
}

/** The hook of a logger by name, if it has one. */
export function hookOf(instance: object, name: 'logMethod' | 'streamWrite'): unknown {
  const hooks: unknown = attempt(() => Reflect.get(instance, HOOKS) as unknown);
  return isObject(hooks) ? read(hooks, name) : undefined;
}

/** The parts of a logger that decide what holds for its lines. */
export interface Traits {
  readonly hooks: unknown;
  readonly levels: unknown;
  readonly stream: unknown;
  /** The symbol under which its copy of pino keeps the stream. */
  readonly streamKey: symbol;
}

const NO_STREAM = Symbol('no stream');

export function traitsOf(instance: object): Traits {
  const hooks: unknown = attempt(() => Reflect.get(instance, HOOKS) as unknown);
  const streamKey = attempt(() => symbolsOf(instance).get('pino.stream')) ?? NO_STREAM;
  const stream: unknown = attempt(() => Reflect.get(instance, streamKey) as unknown);
  return { hooks, levels: read(instance, 'levels'), stream, streamKey };
}

/**
 * Whether a logger has these traits. Each request has a child logger of its own, so lines come from
 * many loggers.
 */
export function hasTraits(instance: object, { hooks, levels, stream, streamKey }: Traits): boolean {
  const logger = instance as Readonly<Record<string | symbol, unknown>>;
  try {
    return logger[HOOKS] === hooks && logger['levels'] === levels && logger[streamKey] === stream;
  } catch {
    return false;
  }
}

/** The names of a logger's levels by their numbers. */
export function levelNamesOf(instance: object): Readonly<Record<string, string>> {
  const levels = read(instance, 'levels');
  const labels = isObject(levels) ? read(levels, 'labels') : undefined;
  return isObject(labels) ? (labels as Record<string, string>) : {};
}

/** The stream that a logger's lines go to. */
export function outputOf(instance: object): unknown {
  return attempt(() => keptAs(instance, 'pino.stream'));
}

/** The thread that a logger's lines go to. */
export function threadOf(instance: object): number | undefined {
  const stream = outputOf(instance);
  const worker = isObject(stream) ? read(stream, 'worker') : undefined;
  const thread = isObject(worker) ? read(worker, 'threadId') : undefined;
  return typeof thread === 'number' ? thread : undefined;
}

/** The one place that a logger's lines go to, if it is known; see `placed`. */
export function placeOf(instance: object): number | undefined {
  const thread = threadOf(instance);
  if (thread !== undefined) return thread;
  const stream = outputOf(instance);
  const place: unknown = isObject(stream) ? attempt(() => Reflect.get(stream, PLACE)) : undefined;
  return typeof place === 'number' ? place : undefined;
}

/** The text of what a logger and its ancestors have bound. */
export function bindingsOf(instance: object): string {
  const text = attempt(() => keptAs(instance, 'pino.chindings'));
  return typeof text === 'string' ? text : '';
}

export function serializersOf(instance: object): unknown {
  return attempt(() => Reflect.get(instance, SERIALIZERS) as unknown);
}

export type Serializer = (value: unknown) => unknown;

/** The function of the user that decides what is written of an error under this name. */
export function ownSerializer(
  instance: object,
  name: string,
  errorKey: string,
): Serializer | undefined {
  const serializers = serializersOf(instance);
  if (!isObject(serializers)) return undefined;
  const given =
    read(serializers, name) ?? (name === errorKey ? read(serializers, 'err') : undefined);
  const own = isObject(given) ? writerOf(given) : undefined;
  if (typeof own !== 'function' || OWN.has(String(read(own, 'name')))) return undefined;
  return (value) => Reflect.apply(own, serializers, [value]) as unknown;
}

type Stringifier = (value: unknown) => unknown;

/** What pino's `redact` does to a field of this name, as a function that writes JSON. */
export function redactionOf(instance: object, name: string): Stringifier | undefined {
  return attempt(() => {
    const all = keptAs(instance, 'pino.stringifiers');
    if (!isObject(all)) return undefined;
    const own = read(all, name);
    if (typeof own === 'function') return own as Stringifier;
    return wildcardIn(all);
  });
}

/** Loggers don't have this symbol, only the stringifiers do. */
function wildcardIn(stringifiers: object): Stringifier | undefined {
  const symbol = Object.getOwnPropertySymbols(stringifiers).find(
    ({ description }) => description === 'pino.wildcardFirst',
  );
  const wild: unknown = symbol && Reflect.get(stringifiers, symbol);
  return typeof wild === 'function' ? (wild as Stringifier) : undefined;
}

/** The logger that a child descends from. It lives as long as its stream. */
export function rootOf(logger: unknown): object | undefined {
  let root: object | undefined;
  let each: unknown = logger;
  while (isObject(each)) {
    if (Object.hasOwn(each, 'levels')) root = each;
    each = Object.getPrototypeOf(each) as unknown;
  }
  return root;
}
