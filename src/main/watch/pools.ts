import { attempt, isObject, read } from '../../lib/safe-read.ts';
import type { Scopes } from '../scopes.ts';

/**
 * Methods that take a callback as their last argument and call it from a connection, which others
 * have opened and use too. A class is recognised by its methods: it must have those of `needs` and
 * of `takes`.
 */
const SHAPES: readonly { readonly needs: readonly string[]; readonly takes: readonly string[] }[] =
  [
    // pg-pool, and pg's pool, which is made of it
    { needs: ['_pulseQueue', 'connect', 'query'], takes: ['connect', 'query'] },
    // pg
    { needs: ['connect', 'query', 'end', 'escapeLiteral'], takes: ['query'] },
    // mysql and mysql2: pools, then connections
    { needs: ['getConnection', 'query'], takes: ['getConnection', 'query', 'execute'] },
    { needs: ['beginTransaction', 'query'], takes: ['query', 'execute'] },
    // generic-pool before version 3
    { needs: ['acquire', 'release', 'dispense'], takes: ['acquire'] },
    { needs: ['acquire', 'release', '_dispense'], takes: ['acquire'] },
  ];

/** The packages in which these classes are looked for. */
const NAMES = 'pg|pg-pool|mysql|mysql2|generic-pool';
const REQUESTED = new RegExp(`^(?:${NAMES})(?:$|/)`);
const WITHIN = new RegExp(`[\\\\/]node_modules[\\\\/](?:${NAMES})[\\\\/]`);

/**
 * The function that Node's loader of CommonJS modules calls for each module, by require or by
 * import.
 */
type Load = (this: unknown, request: unknown, parent: unknown, ...rest: unknown[]) => unknown;

/**
 * The scopes that callbacks are bound to now. Undefined if nothing is watched. Wrapped methods stay
 * in place and look here.
 */
let active: Scopes | undefined;

/** How many users want callbacks to be bound. */
let users = 0;

function bindWith(scopes: Scopes): () => void {
  active = scopes;
  users += 1;
  return () => {
    users -= 1;
    if (users === 0) active = undefined;
  };
}

/**
 * Binds the callbacks of one pool, wherever its classes come from. Returns a function that ends it.
 */
export function bindPool(pool: object, scopes: Scopes): () => void {
  let each: unknown = Object.getPrototypeOf(pool);
  while (isObject(each) && each !== Object.prototype) {
    mendPrototype(each);
    each = Object.getPrototypeOf(each) as unknown;
  }
  return bindWith(scopes);
}

const seen = new WeakSet<object>();

/**
 * Runs callbacks given to the pools of databases in the scope of the code that gave them. Otherwise
 * the failures of three users' queries would all be those of the first user, who had the connection
 * opened. Promises need nothing. It looks at modules that are loaded already, and at each that is
 * loaded later. Returns a function that ends it.
 */
export function watchPools(scopes: Scopes): () => void {
  const unbind = bindWith(scopes);
  const loader = process.getBuiltinModule('node:module');
  const load = Reflect.get(loader, '_load') as Load;
  let isActive = true;

  function watchedLoad(this: unknown, ...args: Parameters<Load>): unknown {
    const exported = load.apply(this, args);
    if (isActive && isOfPool(args[0], args[1])) attempt(() => mend(exported));
    return exported;
  }

  Reflect.set(loader, '_load', watchedLoad);
  const loaded = Reflect.get(loader, '_cache') as Readonly<Record<string, NodeJS.Module>>;
  for (const name of Object.keys(loaded)) {
    if (WITHIN.test(name)) attempt(() => mend(loaded[name]?.exports));
  }
  return () => {
    isActive = false;
    unbind();
    // Somebody may have wrapped ours later. Then ours stays.
    if (Reflect.get(loader, '_load') === watchedLoad) Reflect.set(loader, '_load', load);
  };
}

function isOfPool(request: unknown, parent: unknown): boolean {
  if (typeof request !== 'string') return false;
  if (REQUESTED.test(request) || WITHIN.test(request)) return true;
  const from = isObject(parent) ? read(parent, 'filename') : undefined;
  return typeof from === 'string' && WITHIN.test(from);
}

/** Looks at the exports of a module: a class, or several by name. */
function mend(exported: unknown): void {
  if (!isObject(exported)) return;
  if (typeof exported === 'function') mendClass(exported);
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(exported))) {
    if (typeof value === 'function') mendClass(value);
  }
}

function mendClass(made: object): void {
  const prototype = read(made, 'prototype');
  if (isObject(prototype)) mendPrototype(prototype);
}

function mendPrototype(prototype: object): void {
  if (seen.has(prototype)) return;
  seen.add(prototype);
  const has = (name: string): boolean => typeof read(prototype, name) === 'function';
  for (const { needs, takes } of SHAPES) {
    if (!needs.every(has)) continue;
    for (const name of takes) mendMethod(prototype, name);
    return;
  }
}

function mendMethod(prototype: object, name: string): void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  const method: unknown = own?.value;
  if (own === undefined || typeof method !== 'function') return;
  function mended(this: unknown, ...args: unknown[]): unknown {
    const last = args.length - 1;
    if (active !== undefined && typeof args[last] === 'function') {
      args[last] = active.bind(args[last] as (...given: unknown[]) => unknown);
    }
    return Reflect.apply(method as () => unknown, this, args);
  }
  Object.defineProperty(prototype, name, { ...own, value: looksLike(mended, method) });
}

/** Gives a function the name and the length of the one that it replaces. */
export function looksLike<F extends object>(made: F, method: object): F {
  for (const key of ['name', 'length']) {
    Object.defineProperty(made, key, { configurable: true, value: Reflect.get(method, key) });
  }
  return made;
}
