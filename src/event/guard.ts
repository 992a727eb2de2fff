/** Looking at objects that somebody else made. */

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The value of a property, read once; a getter or a proxy that throws gives `[Unreadable]`. */
export function read(object: object, key: string): unknown {
  try {
    return Reflect.get(object, key) as unknown;
  } catch {
    return '[Unreadable]';
  }
}
