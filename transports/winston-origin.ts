import { isErrorInstance } from '../src/event/error-class.ts';
import { attempt, isObject, read } from '../src/event/guarded.ts';
import { shared, type Use } from '../src/shared.ts';
import { circumstances, type Circumstances } from './logger-client.ts';
import { rememberProperties, sayingOf, type Saying } from './winston-saying.ts';

/** What is known of a line when it is logged, and no longer when a transport gets it. */
export interface Origin extends Circumstances {
  /** ms since the epoch. */
  readonly time: number;
  readonly saying: Saying;
}

/** The methods of winston's Logger that a line passes through, in this order. */
type Passage = Record<'_addDefaultMeta' | 'write' | '_transform' | 'push', unknown>;

/** By the objects that loggers hand to their transports. */
const origins = new WeakMap<object, Origin>();
/** The watch over each logger, which its transports share. */
const watched = new WeakMap<object, Use>();

/** Where an object that a transport was given comes from. */
export function originOf(info: unknown): Origin | undefined {
  return isObject(info) ? origins.get(info) : undefined;
}

/**
 * Remembers of each line where it was logged. A logger beside whose slow transport lines pile up hands
 * them on later, in the async context of whatever made room: of 200 lines 16 would find their scope.
 * Nothing of it can be seen in what is logged, whose objects stay as they are. Returns what ends it.
 */
export function watchLogger(given: object): () => void {
  const logger = rootOf(given);
  let use = watched.get(logger);
  if (use === undefined) {
    use = shared(() => wrapPassage(logger));
    watched.set(logger, use);
  }
  return use();
}

/** A child logger inherits from its parent, writes to it, and shares its transports. */
function rootOf(logger: object): object {
  let each: object | null = logger;
  while (each !== null && !Object.hasOwn(each, '_readableState')) {
    each = Object.getPrototypeOf(each) as object | null;
  }
  return each ?? logger;
}

function wrapPassage(logger: object): () => void {
  /** An Error that is logged by itself: what a child logger writes is a copy of it. */
  let pending: object | undefined;
  /** Where the line comes from that is being formatted. */
  let current: Origin | undefined;

  const stops = [
    wrap(logger, '_addDefaultMeta', (info, proceed) => {
      pending = isErrorInstance(info) ? info : undefined;
      // What comes onto it from now on is not its own.
      if (pending !== undefined) rememberProperties(pending);
      return proceed();
    }),
    wrap(logger, 'write', (info, proceed) => {
      const whole = isCopy(info, pending) ? pending : undefined;
      pending = undefined;
      if (isObject(info)) {
        const saying = sayingOf(info, whole);
        origins.set(info, { ...circumstances(), time: Date.now(), saying });
      }
      return proceed();
    }),
    wrap(logger, '_transform', (info, proceed) => {
      const around = current;
      current = originOf(info);
      try {
        return proceed();
      } finally {
        current = around;
      }
    }),
    // A format can make an object of its own.
    wrap(logger, 'push', (info, proceed) => {
      if (current !== undefined && isObject(info)) origins.set(info, current);
      return proceed();
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

/** Puts a method before one that an object inherits, where nobody sees it. Returns what ends it. */
function wrap(
  logger: object,
  name: keyof Passage,
  around: (info: unknown, proceed: () => unknown) => unknown,
): () => void {
  const before = Object.getOwnPropertyDescriptor(logger, name);
  // Looked up each time, so that what is patched into the class later counts as well.
  const inherited = (): unknown =>
    before === undefined
      ? Reflect.get(Object.getPrototypeOf(logger) as object, name)
      : before.value;
  if (typeof inherited() !== 'function') return () => undefined;
  let isActive = true;
  function wrapper(this: unknown, ...args: unknown[]): unknown {
    const proceed = (): unknown => Reflect.apply(inherited() as () => unknown, this, args);
    return isActive ? around(args[0], proceed) : proceed();
  }
  const value = { value: wrapper, writable: true, configurable: true };
  attempt(() => Object.defineProperty(logger, name, value));
  return () => {
    isActive = false;
    // Somebody who came later may have put another one before it, which calls it.
    if (Object.getOwnPropertyDescriptor(logger, name)?.value !== wrapper) return;
    if (before === undefined) delete (logger as Partial<Passage>)[name];
    else Object.defineProperty(logger, name, before);
  };
}
