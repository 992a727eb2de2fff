/**
 * Adds listeners to the process that an application does not notice. They are marked, so that no
 * copy of this package takes them for the application's. They never cause Node's warning about too
 * many listeners.
 */
export type Listener = (...args: never[]) => void;

/** The mark on our listeners, the same in all copies of this package and all realms. */
const OURS = Symbol.for('errsight.listener');

function isOurs(listener: unknown): boolean {
  return (listener as { [OURS]?: true })[OURS] === true;
}

/** How many listeners are not ours. */
export function foreignListeners(event: string): number {
  return process.listeners(event as 'exit').filter((listener) => !isOurs(listener)).length;
}

/** How many listeners are ours, with those of other copies of this package. */
export function ourListeners(event: string): number {
  return process.listenerCount(event) - foreignListeners(event);
}

/** Adds a listener after all others. Returns a function that removes it. */
export function listen(event: string, listener: Listener): () => void {
  add('on', event, listener);
  return () => {
    remove(event, listener);
  };
}

interface Place {
  readonly event: string;
  readonly listener: Listener;
  /** Whether it listens only while others do too. */
  readonly inCompany: boolean;
}

const places = new Set<Place>();

/** Undoes the raised limit for a listener that the application is just adding. */
let undo: (() => void) | undefined;

/**
 * Keeps a listener before all others, also those that are added later. Others can end the process,
 * throw, or be gone after they ran (`once`). With `inCompany` it listens only while somebody else
 * does. Returns a function that removes it.
 */
export function listenFirst(
  event: string,
  listener: Listener,
  { inCompany = false }: { readonly inCompany?: boolean } = {},
): () => void {
  const place = { event, listener, inCompany };
  if (places.size === 0) {
    add('on', 'newListener', onNewListener);
    add('on', 'removeListener', onRemoveListener);
  }
  places.add(place);
  settle(place);
  return () => {
    if (!places.delete(place)) return;
    remove(event, listener);
    if (places.size > 0) return;
    remove('newListener', onNewListener);
    remove('removeListener', onRemoveListener);
  };
}

/** Node emits this before it adds the listener. */
function onNewListener(event: string, listener: Listener): void {
  if (isOurs(listener)) return;
  undo?.();
  const [all, foreign] = [process.listenerCount(event), foreignListeners(event)];
  const max = process.getMaxListeners();
  // Whether the application stays within the limit with its new listener, but ours exceed it.
  const tooMany = all > foreign && foreign + 1 <= max && all + 1 > max;
  undo = tooMany ? allowListeners(all + 1) : undefined;
  const affected = [...places].filter((place) => place.event === event);
  if (!tooMany && affected.length === 0) return;
  // nextTick runs before anything asynchronous, such as a signal or a rejection.
  process.nextTick(() => {
    undo?.();
    undo = undefined;
    for (const place of affected) if (places.has(place)) settle(place);
  });
}

function onRemoveListener(event: string, listener: Listener): void {
  if (isOurs(listener)) return;
  for (const place of places) if (place.inCompany && place.event === event) settle(place);
}

/** Puts a listener before all others, or removes it if it should not listen now. */
function settle({ event, listener, inCompany }: Place): void {
  const listeners: unknown[] = process.listeners(event as 'exit');
  const foreign = listeners.findIndex((other) => !isOurs(other));
  const own = listeners.indexOf(listener);
  const wanted = !inCompany || foreign !== -1;
  // Without other listeners its place is right. It must not be removed and added then: without any
  // listener for a moment, Node would stop handling the signal.
  const right = own !== -1 && (foreign === -1 || own < foreign);
  if (wanted && right) return;
  if (own !== -1) remove(event, listener);
  if (wanted) add('prependListener', event, listener);
}

function add(how: 'on' | 'prependListener', event: string, listener: Listener): void {
  Object.defineProperty(listener, OURS, { value: true });
  const disallow = allowListeners(process.listenerCount(event) + 1);
  process[how](event as 'exit', listener as NodeJS.ExitListener);
  disallow();
}

function remove(event: string, listener: Listener): void {
  process.off(event, listener as NodeJS.ExitListener);
}

/**
 * Raises the limit, so that Node does not warn about so many listeners. Returns a function that
 * undoes it.
 */
function allowListeners(count: number): () => void {
  const max = process.getMaxListeners();
  // 0 means no limit.
  if (max === 0 || count <= max) return () => undefined;
  // Not undone with `setMaxListeners(max)`: if the process had no limit of its own, it has to
  // follow `EventEmitter.defaultMaxListeners` again afterwards.
  const kept: unknown = Reflect.get(process, '_maxListeners');
  process.setMaxListeners(count);
  return () => {
    if (process.getMaxListeners() === count) Reflect.set(process, '_maxListeners', kept);
  };
}
