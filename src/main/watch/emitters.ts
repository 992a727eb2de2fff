import { OptionError } from '../../options/reader.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';

/** What ends a watch that was asked for. */
export type Unwatch = () => void;

/** The clients that are watched, with what ends it: each is watched once. */
const watched = new WeakMap<object, Unwatch>();

/**
 * Watches a client, or returns what ends the watch that it has already.
 *
 * @throws {OptionError} for what has not all of these methods.
 */
export function watchClient(
  client: unknown,
  expected: { readonly what: string; readonly methods: readonly string[] },
  start: (client: object) => Unwatch,
): Unwatch {
  const isOne =
    isObject(client) && expected.methods.every((name) => typeof read(client, name) === 'function');
  if (!isOne) throw new OptionError('client', `expected the client to be ${expected.what}`);
  const known = watched.get(client);
  if (known !== undefined) return known;
  const stop = start(client);
  const unwatch = (): void => {
    if (watched.delete(client)) stop();
  };
  watched.set(client, unwatch);
  return unwatch;
}

type Listeners = Readonly<Record<string, (...args: unknown[]) => void>>;

/** Listens to a client of somebody else; what a listener throws would be the client's failure. */
export function listenOn(client: object, listeners: Listeners): Unwatch {
  const { on, off } = client as Record<'on' | 'off', unknown>;
  const all = Object.entries(listeners).map(([name, listener]) => {
    const guarded = (...args: unknown[]): void => attempt(() => listener(...args));
    return [name, guarded] as const;
  });
  for (const [name, guarded] of all) Reflect.apply(on as () => unknown, client, [name, guarded]);
  return () => {
    for (const [name, guarded] of all) {
      attempt(() => void Reflect.apply(off as () => unknown, client, [name, guarded]));
    }
  };
}
