/**
 * Listeners of the process that an application does not notice: marked, so that no copy of this
 * package takes them for the application's, and never the one too many that Node warns about.
 */
export type Listener = (...args: never[]) => void;

/** On our listeners, in all copies of this package and all realms. */
const OURS = Symbol.for('errsight.listener');

function isOurs(listener: unknown): boolean {
  return (listener as { [OURS]?: true })[OURS] === true;
}

/** How many listeners others than we have. */
export function foreignListeners(event: string): number {
  return process.listeners(event as 'exit').filter((listener) => !isOurs(listener)).length;
}

/** How many we have, with other copies of this package. */
export function ourListeners(event: string): number {
  return process.listenerCount(event) - foreignListeners(event);
}

/** Listens after all that listen already. Returns what ends it. */
export function listen(event: string, listener: Listener): () => void {
  add('on', event, listener);
  return () => {
    remove(event, listener);
  };
}

interface Place {
  readonly event: string;
  readonly listener: Listener;
  /** Only where somebody else listens as well. */
  readonly inCompany: boolean;
}

const places = new Set<Place>();

/** Takes back what was allowed for a listener of the application's that is just being added. */
let undo: (() => void) | undefined;

/**
 * Listens before all others, also those that come later: they can end the process, throw, or be gone
 * (`once`) by the time they have run. With `inCompany` there is a listener only as long as somebody
 * else has one. Returns what ends it.
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

/** Comes before the listener is there. */
function onNewListener(event: string, listener: Listener): void {
  if (isOurs(listener)) return;
  undo?.();
  const [all, foreign] = [process.listenerCount(event), foreignListeners(event)];
  const max = process.getMaxListeners();
  // With the newcomer the application has as many as it may, and ours are too many.
  const tooMany = all > foreign && foreign + 1 <= max && all + 1 > max;
  undo = tooMany ? allowListeners(all + 1) : undefined;
  const affected = [...places].filter((place) => place.event === event);
  if (!tooMany && affected.length === 0) return;
  // Before anything asynchronous: a signal, a rejection.
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

/** Puts a listener where it belongs. */
function settle({ event, listener, inCompany }: Place): void {
  const listeners: unknown[] = process.listeners(event as 'exit');
  const foreign = listeners.findIndex((other) => !isOurs(other));
  const own = listeners.indexOf(listener);
  const wanted = !inCompany || foreign !== -1;
  // With no foreign one there is nothing to overtake; so a signal's last listener never goes and
  // comes again, between which Node would let go of the signal.
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

/** Has Node say nothing about so many listeners. Returns what undoes it. */
function allowListeners(count: number): () => void {
  const max = process.getMaxListeners();
  // 0 is no limit.
  if (max === 0 || count <= max) return () => undefined;
  // Not by `setMaxListeners(max)`: a process that has no number of its own has to follow
  // `EventEmitter.defaultMaxListeners` afterwards as well.
  const kept: unknown = Reflect.get(process, '_maxListeners');
  process.setMaxListeners(count);
  return () => {
    if (process.getMaxListeners() === count) Reflect.set(process, '_maxListeners', kept);
  };
}
