import { isErrorInstance } from '../../src/event/error/class.ts';
import { attempt, hide, isObject, read } from '../../src/lib/safe-read.ts';
import { Given } from '../../src/lib/given.ts';
import { shared } from '../../src/lib/shared-use.ts';
import { Circumstances } from '../logger-client.ts';
import { rememberProperties, sayingOf, type Saying } from './saying.ts';

/** What is known about a line when it is logged, but not any more when a transport gets it. */
export class Origin extends Circumstances {
  /** ms since the epoch. */
  readonly time: number = Date.now();
  readonly saying: Saying;

  constructor(saying: Saying) {
    super();
    this.saying = saying;
  }
}

/** The methods of winston's Logger that handle a line, in this order. */
type Passage = Record<'_addDefaultMeta' | 'write' | '_transform' | 'push', unknown>;

/** Whether a transport needs a line, by the line's level. */
export type Wants = (info: object) => boolean;

/** Keeps the origin of a line in a private field of the object that a logger passes to its transports. */
class Known extends Given {
  #origin: Origin;

  constructor(info: object, origin: Origin) {
    super(info);
    this.#origin = origin;
  }

  static originOf(info: object): Origin | undefined {
    return #origin in info ? info.#origin : others.get(info);
  }

  static set(info: object, origin: Origin): void {
    if (#origin in info) {
      info.#origin = origin;
      return;
    }
    try {
      // oxlint-disable-next-line no-new -- the field is on the object from here on
      new Known(info, origin);
    } catch {
      others.set(info, origin);
    }
  }
}

/** The origins of objects that take no private field; see `reported.ts`. */
const others = new WeakMap<object, Origin>();
/** The watch over each logger, which its transports share, with the lines that they want. */
const watched = new WeakMap<
  object,
  { readonly use: () => () => void; readonly wants: Set<Wants> }
>();

/** The origin of an object that a transport was given. */
export function originOf(info: unknown): Origin | undefined {
  return isObject(info) ? Known.originOf(info) : undefined;
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
        const origin = new Origin(saying);
        Known.set(info, origin);
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
      if (current === undefined || !isObject(info)) return;
      if (Known.originOf(info) !== current) Known.set(info, current);
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
  const prototype = Object.getPrototypeOf(logger) as Partial<Passage>;
  // It is looked up each time, so that a later patch of the class counts as well.
  const inherited = (): unknown => (own === undefined ? prototype[name] : own.value);
  if (typeof inherited() !== 'function') return () => undefined;
  let isActive = true;
  function wrapper(this: unknown, ...args: unknown[]): unknown {
    const method = inherited() as (...given: unknown[]) => unknown;
    if (!isActive) return method.apply(this, args);
    const begun = before(args[0]);
    if (after === undefined) return method.apply(this, args);
    try {
      return method.apply(this, args);
    } finally {
      after(begun);
    }
  }
  attempt(() => hide(logger, name, wrapper));
  return () => {
    isActive = false;
    // Somebody may have replaced it after us, with a function that calls ours.
    if (Object.getOwnPropertyDescriptor(logger, name)?.value !== wrapper) return;
    if (own === undefined) delete (logger as Partial<Passage>)[name];
    else Object.defineProperty(logger, name, own);
  };
}
