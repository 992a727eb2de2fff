import { isErrorInstance } from '../../src/event/error/class.ts';
import { attempt, isObject, read } from '../../src/lib/safe-read.ts';
import { shared } from '../../src/lib/shared-use.ts';
import { circumstances, type Circumstances } from '../logger-client.ts';
import { rememberProperties, sayingOf, type Saying } from './saying.ts';

/** What is known when a line is logged, but no longer when a transport gets it. */
export interface Origin extends Omit<Circumstances, 'isLogging'> {
  /** ms since the epoch. */
  readonly time: number;
  readonly saying: Saying;
  isLogging: boolean;
}

/** The methods of winston's Logger that handle a line, in this order. */
type Passage = Record<'_addDefaultMeta' | 'write' | '_transform' | 'push', unknown>;

/** Whether a transport needs a line, by the line's level. */
export type Wants = (info: object) => boolean;

/** The origins by the objects that loggers pass to their transports. */
const origins = new WeakMap<object, Origin>();
/** The watch over each logger. Its transports share it. `wants` says which lines they need. */
const watched = new WeakMap<
  object,
  { readonly use: () => () => void; readonly wants: Set<Wants> }
>();

/** The origin of an object that a transport was given. */
export function originOf(info: unknown): Origin | undefined {
  return isObject(info) ? origins.get(info) : undefined;
}

/**
 * Remembers where each line was logged. If a slow transport makes lines wait, the logger passes
 * them on later, in another async context. Of 200 lines only 16 would find their scope. The logged
 * objects are not changed. Lines that no transport needs are not remembered. Returns a function
 * that ends the watch.
 */
export function watchLogger(given: object, wants: Wants): () => void {
  const logger = rootOf(given);
  let watch = watched.get(logger);
  if (watch === undefined) {
    const all = new Set<Wants>();
    watch = { use: shared(() => wrapPassage(logger, (info) => isWanted(all, info))), wants: all };
    watched.set(logger, watch);
  }
  const { wants: all } = watch;
  all.add(wants);
  const stop = watch.use();
  return () => {
    all.delete(wants);
    stop();
  };
}

function isWanted(all: ReadonlySet<Wants>, info: object): boolean {
  for (const wants of all) if (wants(info)) return true;
  return false;
}

/** The root of a child logger. A child inherits from its parent and shares its transports. */
function rootOf(logger: object): object {
  let each: object | null = logger;
  while (each !== null && !Object.hasOwn(each, '_readableState')) {
    each = Object.getPrototypeOf(each) as object | null;
  }
  return each ?? logger;
}

function wrapPassage(logger: object, wants: Wants): () => void {
  /** An Error that is logged alone. A child logger writes a copy of it. */
  let pending: object | undefined;
  /** The origin of the line that is being formatted. */
  let current: Origin | undefined;

  const stops = [
    wrap(logger, '_addDefaultMeta', (info) => {
      pending = isErrorInstance(info) ? info : undefined;
      // Properties that are added from now on are not its own.
      if (pending !== undefined) rememberProperties(pending);
    }),
    wrap(
      logger,
      'write',
      (info) => {
        const error = pending;
        pending = undefined;
        if (!isObject(info) || !wants(info)) return undefined;
        const saying = sayingOf(info, isCopy(info, error) ? error : undefined);
        const origin: Origin = { ...circumstances(), time: Date.now(), saying };
        origins.set(info, origin);
        return origin;
      },
      (origin) => {
        if (origin !== undefined) origin.isLogging = false;
      },
    ),
    wrap(
      logger,
      '_transform',
      (info) => {
        const around = current;
        current = originOf(info);
        return around;
      },
      (around) => {
        current = around;
      },
    ),
    // A format may return another object.
    wrap(logger, 'push', (info) => {
      if (current !== undefined && isObject(info)) origins.set(info, current);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function isCopy(info: unknown, error: object | undefined): boolean {
  if (error === undefined || !isObject(info)) return false;
  return info === error || read(info, 'stack') === read(error, 'stack');
}

/**
 * Runs code before and after each call of an inherited method, invisibly. Returns a function that
 * ends it.
 */
function wrap<T>(
  logger: object,
  name: keyof Passage,
  before: (info: unknown) => T,
  after?: (begun: T) => void,
): () => void {
  const own = Object.getOwnPropertyDescriptor(logger, name);
  // Looked up for each call, so that later patches of the class count too.
  const inherited = (): unknown =>
    own === undefined ? Reflect.get(Object.getPrototypeOf(logger) as object, name) : own.value;
  if (typeof inherited() !== 'function') return () => undefined;
  let isActive = true;
  function wrapper(this: unknown, ...args: unknown[]): unknown {
    const method = inherited() as () => unknown;
    if (!isActive) return Reflect.apply(method, this, args);
    const begun = before(args[0]);
    if (after === undefined) return Reflect.apply(method, this, args);
    try {
      return Reflect.apply(method, this, args);
    } finally {
      after(begun);
    }
  }
  const value = { value: wrapper, writable: true, configurable: true };
  attempt(() => Object.defineProperty(logger, name, value));
  return () => {
    isActive = false;
    // Somebody may have replaced it after us, with a function that calls ours.
    if (Object.getOwnPropertyDescriptor(logger, name)?.value !== wrapper) return;
    if (own === undefined) delete (logger as Partial<Passage>)[name];
    else Object.defineProperty(logger, name, own);
  };
}
