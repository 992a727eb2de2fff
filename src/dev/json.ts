/** A JSON object as it was parsed. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ruby's JSON parsers refuse anything deeper than this many arrays and objects. */
const MAX_DEPTH = 100;

/**
 * Keys that ErrSight's job queue keeps to itself: one of them anywhere in an event makes the
 * server answer 500, since the job cannot be enqueued.
 */
const RESERVED_KEYS: ReadonlySet<string> = new Set([
  '_aj_globalid',
  '_aj_serialized',
  '_aj_symbol_keys',
  '_aj_ruby2_keywords',
  '_aj_hash_with_indifferent_access',
]);

/** Half of a UTF-16 pair without its other half: no encoding of Unicode can hold it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A request body as the server's parser sees it. */
export type ParsedBody =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** False when a byte or an escape is not valid Unicode (a lone surrogate, say). */
      readonly wellFormed: boolean;
    }
  | { readonly ok: false; readonly empty: boolean };

/**
 * Parses a request body. Strict as the server is: a byte-order mark, NaN, newline-delimited JSON,
 * compressed bytes, and more than 100 levels are all refused.
 */
export function parseBody(body: Buffer): ParsedBody {
  if (body.length === 0) return { ok: false, empty: true };
  // Not a TextDecoder, which would swallow a byte-order mark that the server refuses.
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, empty: false };
  }
  const nodes = survey(value);
  if (nodes.depth > MAX_DEPTH) return { ok: false, empty: false };
  return { ok: true, value, wellFormed: nodes.wellFormed && isUtf8(body, text) };
}

/** Whether a reserved key of the server's job queue appears anywhere in a value. */
export function hasReservedKey(value: unknown): boolean {
  return survey(value).keys.some((key) => RESERVED_KEYS.has(key));
}

/** The path of the first U+0000 in a string or key of a value, or undefined. */
export function findNul(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findNul(item, `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isObject(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (key.includes('\0')) return `${path} (a key)`;
    const found = findNul(item, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether the bytes were valid UTF-8: decoding replaces what is not, and so changes the bytes. */
function isUtf8(body: Buffer, text: string): boolean {
  return !text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(body);
}

/** One walk over a value, without recursion: it runs before the depth is known to be sane. */
function survey(root: unknown): { depth: number; wellFormed: boolean; keys: string[] } {
  const result = { depth: 0, wellFormed: true, keys: [] as string[] };
  const waiting: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string') result.wellFormed &&= !LONE_SURROGATE.test(value);
    if (typeof value !== 'object' || value === null) continue;
    result.depth = Math.max(result.depth, depth);
    for (const [key, item] of Object.entries(value)) {
      if (!Array.isArray(value)) {
        result.keys.push(key);
        result.wellFormed &&= !LONE_SURROGATE.test(key);
      }
      waiting.push({ value: item, depth: depth + 1 });
    }
  }
  return result;
}
