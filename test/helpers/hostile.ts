import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { secretHolder, secretText } from './planted.ts';
import { Recipe } from './recipe.ts';

function fail(): never {
  throw new Error('a trap');
}

/** Throws what even `inspect` and `String` fail on. */
function failOddly(): never {
  throw revoked();
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function revokedArray(): object {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

/** Rejects, handled: only a promise that is made of it without a handler raises the alarm. */
function rejecting(): Promise<never> {
  const promise = Promise.reject(new Error('rejected'));
  promise.catch(() => undefined);
  return promise;
}

function* generator(): Generator<number> {
  for (let n = 0; ; n += 1) yield n;
}

function argumentsOf(..._args: unknown[]): unknown {
  // oxlint-disable-next-line prefer-rest-params -- the old object is what is wanted
  return arguments;
}

function withSelf(value: Record<string, unknown>): unknown {
  return Object.assign(value, { self: value });
}

function cyclicMap(): unknown {
  const map = new Map<unknown, unknown>();
  return map.set(map, map).set('a', new Set([map]));
}

function toJsonForEver(): unknown {
  return { toJSON: toJsonForEver };
}

class LyingArray extends Array<unknown> {
  static override get [Symbol.species](): ArrayConstructor {
    return fail();
  }
  override [Symbol.iterator](): ArrayIterator<unknown> {
    return fail();
  }
  override map(): never {
    return fail();
  }
}

class LyingDate extends Date {
  override getTime(): number {
    return fail();
  }
  override toISOString(): string {
    return '\u0000\ud800';
  }
  override toJSON(): string {
    return fail();
  }
}

class Lists extends Map<unknown, unknown> {
  override get size(): number {
    return Number.NaN;
  }
  override *[Symbol.iterator](): MapIterator<[unknown, unknown]> {
    for (let n = 0; ; n += 1) yield [n, '\u0000'];
  }
}

function lyingLength(length: unknown): unknown {
  return new Proxy([1], {
    get: (target, key) => (key === 'length' ? length : Reflect.get(target, key)),
  });
}

/** An error whose stack is written: V8 does it late, and calls what was put upon the error by then. */
function settled(): Error {
  const error = new Error('own');
  void error.stack;
  return error;
}

/** An error on which a property is whatever is given. */
function errorWith(properties: Record<string, unknown>): Error {
  const error = settled();
  for (const [key, value] of Object.entries(properties)) {
    Object.defineProperty(error, key, { value, enumerable: true, configurable: true });
  }
  return error;
}

function errorWithGetters(): Error {
  const error = settled();
  for (const key of ['name', 'message', 'stack', 'cause', 'errors', 'constructor', 'toJSON']) {
    Object.defineProperty(error, key, { get: fail, enumerable: true });
  }
  return error;
}

/** Another realm. */
const realm = createContext();
function far(code: string): unknown {
  return runInContext(code, realm);
}

const MANY_KEYS = Object.freeze(
  Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, n])),
);

const PROXIED = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'] as const;

/** Values each of which has struck some serializer. */
const STRIKERS: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  NaN: () => Number.NaN,
  '-0': () => -0,
  '1e308*10': () => Infinity,
  'a long float': () => 0.1 + 0.2,
  MAX_VALUE: () => Number.MAX_VALUE,
  'a BigInt': () => 2n ** 70n,
  'a huge BigInt': () => 7n ** 3_000n,
  'a Symbol': () => Symbol('\u0000\ud800'),
  'a Symbol without text': () => Symbol(),
  'a function': () => fail,
  'a class': () => Map,
  'a generator': () => generator(),
  'an invalid Date': () => new Date(Number.NaN),
  'a lying Date': () => new LyingDate(),
  'a Proxy of a Date': () => new Proxy(new Date(), {}),
  'a Date of 275760': () => new Date(8.64e15),
  'a Buffer': () => Buffer.alloc(100_000),
  'typed arrays': () => [new Uint8Array(3), new Float64Array(2), new BigInt64Array(1)],
  'a DataView': () => new DataView(new ArrayBuffer(4)),
  'a SharedArrayBuffer': () => new SharedArrayBuffer(4),
  'a WeakMap': () => new WeakMap(),
  'a WeakRef': () => new WeakRef({}),
  'a Map with itself': cyclicMap,
  'an endless Map': () => new Lists(),
  'a lying array': () => LyingArray.from([1, 2]),
  'length NaN': () => lyingLength(Number.NaN),
  'length -1': () => lyingLength(-1),
  'length 2**53': () => lyingLength(2 ** 53),
  'length 1n': () => lyingLength(1n),
  'length {}': () => lyingLength({}),
  'length fails': () => new Proxy([], { get: fail }),
  'a sparse array': () => Object.assign([], { length: 4_294_967_295 }),
  arguments: () => argumentsOf(1, 'a'),
  'a revoked Proxy': revoked,
  'a revoked array': revokedArray,
  'a Proxy that throws revoked Proxies': () =>
    new Proxy({}, { get: failOddly, ownKeys: failOddly }),
  'a cycle': () => withSelf({}),
  'a frozen cycle': () => Object.freeze(withSelf({ a: [] })),
  'toJSON throws': () => ({ toJSON: fail }),
  'toJSON throws oddly': () => ({ toJSON: failOddly }),
  'toJSON for ever': toJsonForEver,
  'toJSON returns itself': () => ({
    toJSON(): unknown {
      return this;
    },
  }),
  'toJSON is a class': () => ({ toJSON: Map }),
  'toJSON returns undefined': () => ({ toJSON: () => undefined }),
  'toPrimitive throws': () => ({ [Symbol.toPrimitive]: fail, toString: fail, valueOf: fail }),
  'hasInstance throws': () => ({ constructor: { [Symbol.hasInstance]: fail, name: fail } }),
  'a rejecting Promise': rejecting,
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
  'a thenable': () => ({ then: fail }),
  'no prototype': () => Object.create(null) as unknown,
  'a RegExp that says odd things': () => Object.assign(/a/, { toString: () => ({}) }),
  'a URL': () => new URL('https://x.example/?a=b'),
  Headers: () => new Headers({ a: 'b' }),
  'an Error of another realm': () => far('new TypeError("far")'),
  'an array of another realm': () => far('[1, new Date(), new Map([[1, 2]])]'),
  'an Error whose getters throw': errorWithGetters,
  'a self-caused Error': () => withSelf(errorWith({}) as never),
  'errors that is endless': () => errorWith({ errors: lyingLength(2 ** 53) }),
  'errors that fails': () => errorWith({ errors: revokedArray() }),
  'cause is a function that throws': () => errorWith({ cause: fail }),
  'no Error at all': () => Object.create(Error.prototype) as unknown,
  'a DOMException': () => new DOMException('m', 'AbortError'),
  'a frozen Error': () => Object.freeze(new Error('cold')),
  'globalThis.process': () => process,
  '5,000 keys': () => MANY_KEYS,
  'a large text': () => 'ä'.repeat(300_000),
  '100 KB of brackets': () => '[{"'.repeat(30_000),
};

const striker: fc.Arbitrary<Recipe> = fc
  .constantFrom(...Object.entries(STRIKERS))
  .map(([text, make]) => new Recipe(text, make));

/** Pieces of text on which something stumbled. */
const FRAGMENTS = [
  ['\u0000', '\ud800', '\udfff', '\ufeff', '\u0085', '\u2028', '\u200b', '\ufffd', '\u{1f600}'],
  ['\u001b', '\u001b[31m', '\u001b[', '[31m', '[', 'm', '\u001b]8;;', '\u0007', '\u009b1m', 'A'],
  ['\r\n', '\n', '\t', ' ', '"', '\\', '":', '=', '&', '://', '@', '%', '%00', '%zz', ': ', '1'],
  ['{', '}', ']', '<', "'", '$&', '$1', 'Bearer ', '[Filtered]', '\n    at ', ' (', ':1:1)'],
  ['caused by: ', 'Error: ', 'file://', 'password', 'data:,', 'eval at ', '/', '..', '...'],
].flat();

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.nat({ max: 30_000 }).map((length) => '[1m\u001b'.repeat(length / 4)),
  fc
    .tuple(
      fc.constantFrom(...FRAGMENTS),
      fc.constantFrom(59, 60, 199, 200, 297, 500, 9_998, 10_000),
    )
    .map(([part, length]) => 'z'.repeat(length - 1) + part.repeat(4)),
);

/** Keys that mean something to JavaScript, to ErrSight, to its job queue, or to us. */
const KEYS = [
  ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON', 'then'],
  ['_aj_globalid', '_aj_serialized', '_aj_symbol_keys', '_aj__aj_globalid'],
  ['exception_class', 'exception_frames', 'exception_causes', 'request_id', 'occurred_at'],
  ['errsight_trimmed', 'log_message', 'backtrace', 'sql', 'duration_ms', 'sdk', '...', ''],
  ['length', '0', 'name', 'message', 'stack', 'cause', 'errors', 'type'],
  ['\u0000_aj_globalid', 'log_exception_class'],
].flat();

export const hostileKey: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...KEYS),
  hostileText.map((text) => text.slice(0, 300)),
);

function container(inner: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> {
  const entries = fc.array(fc.tuple(hostileKey, inner), { maxLength: 5 });
  const list = fc.array(inner, { maxLength: 5 });
  return fc.oneof(
    entries.map((pairs) => recipeOf('{}', pairs, toObject)),
    entries.map((pairs) => recipeOf('new Map()', pairs, (made) => new Map(made))),
    entries.map((pairs) => recipeOf('new Error()', pairs, (made) => errorWith(toObject(made)))),
    list.map((items) =>
      recipeOf('[]', items.map(unnamed), (made) => made.map(([, value]) => value)),
    ),
    list.map((items) =>
      recipeOf('new Set()', items.map(unnamed), (made) => new Set(made.map(([, value]) => value))),
    ),
    fc
      .tuple(inner, fc.constantFrom(...PROXIED))
      .map(([target, trap]) =>
        recipeOf(
          `new Proxy(…, { ${trap}: throws })`,
          [['', target]],
          (made) => new Proxy(Object(made[0]?.[1]) as object, { [trap]: fail }),
        ),
      ),
    inner.map((value) =>
      recipeOf('{ toJSON }', [['', value]], (made) => ({ toJSON: () => made[0]?.[1] })),
    ),
    inner.map((value) =>
      recipeOf('{ get a }', [['', value]], (made) =>
        Object.defineProperty({}, 'a', { get: () => made[0]?.[1], enumerable: true }),
      ),
    ),
  );
}

type Made = readonly (readonly [key: string, value: unknown])[];

function recipeOf(
  what: string,
  parts: readonly (readonly [key: string, value: Recipe])[],
  make: (made: Made) => unknown,
): Recipe {
  const texts = parts.map(([key, { text }]) => `${JSON.stringify(key)}: ${text}`);
  return new Recipe(`${what} with (${texts.join(', ')})`, () =>
    make(parts.map(([key, part]) => [key, part.make()])),
  );
}

function unnamed(recipe: Recipe): [string, Recipe] {
  return ['', recipe];
}

function toObject(made: Made): Record<string, unknown> {
  return Object.fromEntries(made);
}

const leaf: fc.Arbitrary<Recipe> = fc.oneof(
  { arbitrary: striker, weight: 4 },
  { arbitrary: secretHolder, weight: 4 },
  hostileText.map((text) => new Recipe(JSON.stringify(text), () => text)),
  fc.jsonValue({ maxDepth: 2 }).map((value) => new Recipe(JSON.stringify(value), () => value)),
);

/** Anything at all, with secrets in it. */
export const hostileValue: fc.Arbitrary<Recipe> = fc.letrec<{ value: Recipe }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, container(tie('value'))),
})).value;

/** A text with or without a secret. */
export const anyText: fc.Arbitrary<string> = fc.oneof(hostileText, secretText);

/** An object of some known fields, each of which is there or not, and holds anything. */
export function fieldsOf(
  names: readonly string[],
  value: fc.Arbitrary<Recipe> = hostileValue,
): fc.Arbitrary<Recipe> {
  return fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names), hostileKey), value), { maxLength: 6 })
    .map((pairs) => recipeOf('{}', pairs, toObject));
}
