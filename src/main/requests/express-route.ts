import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';

/** The part of a path that a layer matches, and its pattern. */
interface Taken {
  readonly length: number;
  readonly pattern: string;
}

/** The state of a search in a tree of routers. */
interface Search {
  readonly route: object;
  /**
   * Whether layers that do not match the path are skipped. The same router can be mounted twice.
   */
  readonly isStrict: boolean;
  /** How many more layers may be looked at. */
  budget: number;
}

/** The most layers of all routers of an application that are looked at. */
const LAYERS = 20_000;

/**
 * The mounted applications of Express 4 by their routes. A request forgets its application on the
 * way back.
 */
const owners = new WeakMap<object, object>();

/**
 * The whole pattern of the route that a request of Express has come to, with the prefixes of the
 * routers and applications around it: `/api/items/:id`. Express keeps each part only where it was
 * defined, so the search starts at the outermost application. Undefined if there is no route yet.
 * `known` is what an earlier search found: on its way back a request is in an outer application,
 * which does not have its route.
 */
export function expressRoute(
  request: object,
  url: string | undefined,
  known: string | undefined,
): string | undefined {
  const route = read(request, 'route');
  const [outermost, ...inner] = applicationsOf(owner(route) ?? read(request, 'app'));
  if (!isObject(route) || outermost === undefined) return undefined;
  const path = /^[^?#]*/.exec(url ?? '')?.[0] ?? '';
  for (const isStrict of [true, false]) {
    const search = { route, isStrict, budget: LAYERS };
    const found = findIn(outermost, { prefix: '', path, inner }, search);
    if (found !== undefined) return found;
  }
  return known ?? patternOf(read(route, 'path'));
}

/** Remembers which application of Express 4 a route belongs to. */
export function rememberOwner(route: unknown, application: unknown): void {
  if (isObject(route) && isObject(application)) owners.set(route, application);
}

/** Whether applications are mounted in this one. Express 4 publishes nothing of them. */
export function hasMounted(application: object): boolean {
  return stackOf(application).some(
    (layer) => isMounted(read(layer, 'handle')) || hasMountedIn(read(layer, 'handle')),
  );
}

function hasMountedIn(handle: unknown): boolean {
  return isObject(handle) && isArray(read(handle, 'stack')) && hasMounted(handle);
}

function owner(route: unknown): object | undefined {
  return isObject(route) ? owners.get(route) : undefined;
}

/** An application and the ones that it is mounted in, outermost first. */
function applicationsOf(application: unknown): object[] {
  const all: object[] = [];
  let each = application;
  while (isObject(each) && !all.includes(each)) {
    all.unshift(each);
    each = read(each, 'parent');
  }
  return all;
}

interface Place {
  readonly prefix: string;
  /** The rest of the path. */
  readonly path: string;
  /** The applications that are still to be entered. */
  readonly inner: readonly object[];
}

function findIn(holder: object, place: Place, search: Search): string | undefined {
  for (const layer of stackOf(holder)) {
    if ((search.budget -= 1) < 0) return undefined;
    if (read(layer, 'route') === search.route) {
      return joined(place.prefix, ownPattern(layer, search.route, place.path));
    }
    const [next, inner] = inside(layer, place.inner);
    if (next === undefined) continue;
    const taken = takenBy(layer, place.path);
    if (taken === undefined && search.isStrict) continue;
    const { length, pattern } = taken ?? { length: 0, pattern: '/*' };
    const found = findIn(
      next,
      { prefix: joined(place.prefix, pattern), path: rest(place.path, length), inner },
      search,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The router, or the application, that a layer leads to. */
function inside(
  layer: object,
  inner: readonly object[],
): [next: object | undefined, inner: readonly object[]] {
  const handle = read(layer, 'handle');
  if (!isObject(handle)) return [undefined, inner];
  if (isMounted(handle)) return [inner[0], inner.slice(1)];
  return [stackOf(handle).length > 0 ? handle : undefined, inner];
}

/** Whether this is the function that Express puts around a mounted application. */
function isMounted(handle: unknown): boolean {
  return typeof handle === 'function' && read(handle, 'name') === 'mounted_app';
}

function stackOf(holder: object): readonly object[] {
  // Express 4 throws if `router` is read.
  const places = [holder, read(holder, '_router'), read(holder, 'router')];
  for (const place of places) {
    const stack = isObject(place) ? read(place, 'stack') : undefined;
    if (isArray(stack)) return stack.filter(isObject);
  }
  return [];
}

/** The pattern of a route. If it has several, the one that matches. */
function ownPattern(layer: object, route: object, path: string): string {
  const own = read(route, 'path');
  return (isArray(own) ? takenBy(layer, path)?.pattern : undefined) ?? patternOf(own);
}

/** The part of a path that a layer matches. Calls nothing that would change the layer. */
function takenBy(layer: object, path: string): Taken | undefined {
  const regexp = read(layer, 'regexp');
  if (regexp instanceof RegExp) return takenByRegExp(layer, regexp, path);
  if (read(layer, 'slash') === true) return { length: 0, pattern: '' };
  const matchers = read(layer, 'matchers');
  if (!isArray(matchers)) return undefined;
  const patterns = [read(layer, 'rawPath')].flat(Infinity);
  for (const [index, matcher] of matchers.entries()) {
    const match: unknown = attempt<unknown>(() => (matcher as (path: string) => unknown)(path));
    if (!isObject(match)) continue;
    const taken = String(read(match, 'path'));
    const params = read(match, 'params');
    const known = patterns[index];
    const pattern = known === undefined ? withNames(taken, params) : patternOf(known);
    return { length: taken.length, pattern };
  }
  return undefined;
}

/** Express 4 keeps no pattern, so the values in the path are replaced by their names. */
function takenByRegExp(layer: object, regexp: RegExp, path: string): Taken | undefined {
  if (read(regexp, 'fast_slash') === true) return { length: 0, pattern: '' };
  const match = new RegExp(regexp.source, `${regexp.flags.replace(/[dg]/g, '')}d`).exec(path);
  if (match?.indices === undefined) return undefined;
  const [whole = ''] = match;
  const keys = read(layer, 'keys');
  let pattern = '';
  let end = 0;
  for (const [index, place] of match.indices.slice(1).entries()) {
    const key: unknown = isArray(keys) ? keys[index] : undefined;
    if (!isPlace(place) || !isObject(key) || place[0] < end) continue;
    pattern += `${whole.slice(end, place[0])}:${String(read(key, 'name'))}`;
    end = place[1];
  }
  return { length: whole.length, pattern: pattern + whole.slice(end) };
}

/** A group that did not match has no place. */
function isPlace(place: [number, number] | undefined): place is [number, number] {
  return place !== undefined;
}

/** Routers before 2.3 keep no pattern either. */
function withNames(taken: string, params: unknown): string {
  if (!isObject(params)) return taken;
  const names = new Map(
    Object.entries(params).map(([name, value]) => [encodeURIComponent(String(value)), name]),
  );
  const parts = taken.split('/').map((part) => {
    const name = part === '' ? undefined : names.get(part);
    return name === undefined ? part : `:${name}`;
  });
  return parts.join('/');
}

function rest(path: string, length: number): string {
  const left = path.slice(length);
  return left.startsWith('/') ? left : `/${left}`;
}

function patternOf(path: unknown): string {
  if (path instanceof RegExp) return path.source;
  return isArray(path) ? path.map(patternOf).join('|') : String(path);
}

function joined(prefix: string, pattern: string): string {
  const whole = `${prefix}/${pattern}`.replace(/\/{2,}/g, '/');
  return whole.length > 1 ? whole.replace(/\/$/, '') : whole;
}
