import { OptionError } from '../../options/option-error.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';

/** Ends a watch. */
export type Unwatch = () => void;

/** The watched clients, each with the function that ends its watch. Each is watched once. */
const watched = new WeakMap<object, Unwatch>();

/**
 * Watches a client. If it is watched already, returns the function that ends that watch.
 *
 * @throws {OptionError} for a value without all of these methods.
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

/**
 * Listens to the application's client. Errors of a listener are caught, since they would be errors
 * of the client.
 */
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
