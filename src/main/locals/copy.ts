import type types from 'node:util/types';

/** What is copied of the variables of one scope. */
export interface CopyLimits {
  /** The most variables. */
  readonly variables: number;
  /** The most properties of an object, and elements of an array. */
  readonly items: number;
  /** How deep objects and arrays are copied. At 0 they are only named. */
  readonly depth: number;
  /**
   * UTF-16 units of one text. More than is shown, so that the scrubber sees a secret whole that the
   * later cut would halve.
   */
  readonly text: number;
  /** UTF-16 units of all texts. */
  readonly texts: number;
  /** ms after which no more variables are copied. */
  readonly ms: number;
  readonly skipped: readonly string[];
}

/** `util.types`, which runs no code of the application. */
export type Types = Pick<
  typeof types,
  'isDate' | 'isMap' | 'isNativeError' | 'isPromise' | 'isProxy' | 'isRegExp' | 'isSet'
>;

/** A value as `copyScope` hands it over. An object and an array are marked, and hold copies. */
export type Copy =
  | string
  | number
  | boolean
  | null
  | { readonly object: readonly (readonly [string, Copy])[] }
  | { readonly array: readonly Copy[] };

/**
 * Copies the variables of a scope, which V8 shows as an object. The debugger sends the text of this
 * function to the application's thread, so it uses nothing from outside of it. It is what keeps a
 * pause short: the debugger itself hands a text of 20 MB over whole, which takes 19 s. It runs no
 * getter and no trap of a proxy, and V8 ends it if it would change anything.
 */
export function copyScope(
  this: object,
  types: Types,
  limits: CopyLimits,
): readonly (readonly [string, Copy])[] {
  const until = Date.now() + limits.ms;
  let left = limits.texts;

  function copyText(text: string): string {
    const length = Math.min(text.length, limits.text);
    // Half a secret is not found by the scrubber.
    if (length > left) return '[long text]';
    left -= length;
    return length < text.length ? text.slice(0, length) : text;
  }

  /** Calls a getter of V8's. `Reflect.get` would do the same, but V8 takes it for a change. */
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- Only this text is sent.
  function ask(prototype: object, key: string | symbol, value: object): string {
    return String(Object.getOwnPropertyDescriptor(prototype, key)?.get?.call(value));
  }

  /** Objects that are shown as a text. */
  function nameOf(value: object): string | undefined {
    if (types.isProxy(value)) return '[proxy]';
    if (types.isPromise(value)) return '[promise]';
    if (types.isMap(value)) return `Map(${ask(Map.prototype, 'size', value)})`;
    if (types.isSet(value)) return `Set(${ask(Set.prototype, 'size', value)})`;
    if (types.isRegExp(value)) return '[regular expression]';
    if (types.isDate(value)) {
      const time = Date.prototype.getTime.call(value);
      return time === time ? Date.prototype.toISOString.call(value) : 'Invalid Date';
    }
    if (ArrayBuffer.isView(value)) {
      if (value instanceof DataView) return 'DataView';
      const ofAll: object = Object.getPrototypeOf(Uint8Array.prototype);
      return `${kindOf(value)}(${ask(ofAll, 'length', value)})`;
    }
    if (!types.isNativeError(value)) return undefined;
    const message: unknown = Object.getOwnPropertyDescriptor(value, 'message')?.value;
    return copyText(`${classOf(value)}: ${typeof message === 'string' ? message : ''}`);
  }

  function kindOf(array: object): string {
    const prototype: object | null = Object.getPrototypeOf(array);
    if (prototype === null || types.isProxy(prototype)) return 'TypedArray';
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof made !== 'function' || types.isProxy(made)) return 'TypedArray';
    const name: unknown = Object.getOwnPropertyDescriptor(made, 'name')?.value;
    return typeof name === 'string' ? copyText(name) : 'TypedArray';
  }

  function classOf(error: object): string {
    let at: object | null = error;
    while (at !== null && !types.isProxy(at)) {
      const name: unknown = Object.getOwnPropertyDescriptor(at, 'name')?.value;
      if (typeof name === 'string') return name;
      at = Object.getPrototypeOf(at) as object | null;
    }
    return 'Error';
  }

  function copyArray(array: readonly unknown[], depth: number): Copy {
    const length: unknown = Object.getOwnPropertyDescriptor(array, 'length')?.value;
    const copies: Copy[] = [];
    for (let index = 0; index < Number(length); index += 1) {
      if (copies.length >= limits.items) {
        copies.push('…');
        break;
      }
      const found = Object.getOwnPropertyDescriptor(array, index);
      const isGetter = found !== undefined && !('value' in found);
      copies.push(isGetter ? '[getter]' : (copyValue(found?.value, depth) ?? '[function]'));
    }
    return { array: copies };
  }

  /** Texts and numbers come first, since they say most of a large object. */
  function copyObject(value: object, depth: number): Copy {
    const flat: (readonly [string, Copy])[] = [];
    const deep: (readonly [string, Copy])[] = [];
    let isCut = false;
    for (const name of Object.keys(value)) {
      isCut = flat.length >= limits.items;
      if (isCut) break;
      const found = Object.getOwnPropertyDescriptor(value, name);
      const held: unknown = found?.value;
      const isObject = typeof held === 'object' && held !== null;
      if (isObject && deep.length >= limits.items) continue;
      const isGetter = found !== undefined && !('value' in found);
      const copy = isGetter ? '[getter]' : copyValue(held, depth);
      if (copy !== undefined) (isObject ? deep : flat).push([copyText(name), copy]);
    }
    for (const each of deep) {
      isCut ||= flat.length >= limits.items;
      if (!isCut) flat.push(each);
    }
    if (isCut) flat.push(['…', '…']);
    return { object: flat };
  }

  /** Undefined for functions: they say little. */
  function copyValue(value: unknown, depth: number): Copy | undefined {
    switch (typeof value) {
      case 'function':
        return undefined;
      case 'string':
        return copyText(value);
      case 'boolean':
        return value;
      case 'number':
        // NaN and Infinity are no numbers in JSON.
        return value - value === 0 ? value : `${value}`;
      case 'bigint':
        return BigInt.asIntN(64, value) === value ? `${value}n` : '[large bigint]';
      case 'symbol':
        return copyText(Symbol.prototype.toString.call(value));
      case 'undefined':
        return '[undefined]';
      default:
        break;
    }
    if (typeof value !== 'object' || value === null) return null;
    // What V8 takes for a change in one object must not hide all others.
    const name = limits.depth === 0 ? undefined : nameOf(value);
    if (name !== undefined) return name;
    if (Array.isArray(value)) return depth === 0 ? '[array]' : copyArray(value, depth - 1);
    return depth === 0 ? '[object]' : copyObject(value, depth - 1);
  }

  const copied: (readonly [string, Copy])[] = [];
  for (const name of Object.keys(this)) {
    if (copied.length >= limits.variables || Date.now() > until) break;
    const found = Object.getOwnPropertyDescriptor(this, name);
    // V8 shows a variable without a value as an accessor.
    if (found === undefined || !('value' in found) || limits.skipped.includes(name)) continue;
    // V8 gives undefined for what its optimiser has dropped from a function that is called often.
    const copy =
      found.value === undefined
        ? '[undefined or optimised out]'
        : copyValue(found.value, limits.depth);
    if (copy !== undefined) copied.push([name, copy]);
  }
  return copied;
}
