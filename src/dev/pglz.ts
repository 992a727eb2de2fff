/**
 * How PostgreSQL compresses a value before it goes into an index (pglz): repeats of at least 3
 * bytes within the last 4,095 become 2 bytes, or 3 if they are longer than 17. Each item takes one
 * more bit.
 */
const MIN_MATCH = 3;
const MAX_MATCH = 273;
const SHORT_MATCH = 17;
const HISTORY = 4095;
/** It keeps what it compressed only if a quarter is saved. */
const MIN_SAVED = 0.25;
/** How many earlier places are tried for a repeat. More would hardly find a longer one. */
const TRIES = 32;

/** About how many bytes of a text an index of the server holds. */
export function compressedSize(text: string): number {
  const bytes = Buffer.from(text);
  const places = new Map<number, number[]>();
  let bits = 0;
  for (let at = 0; at < bytes.length;) {
    const earlier = places.get(keyAt(bytes, at)) ?? [];
    const length = longestMatch(bytes, at, earlier);
    bits += length >= MIN_MATCH ? 1 + 8 * (length > SHORT_MATCH ? 3 : 2) : 9;
    places.set(keyAt(bytes, at), [...earlier.slice(1 - TRIES), at]);
    at += Math.max(1, length);
  }
  const size = Math.ceil(bits / 8);
  return size <= bytes.length * (1 - MIN_SAVED) ? size : bytes.length;
}

/** The bytes that a repeat has to begin with. The last ones of a text can't begin one. */
function keyAt(bytes: Buffer, at: number): number {
  return at + MIN_MATCH > bytes.length ? -1 : bytes.readUIntBE(at, MIN_MATCH);
}

function longestMatch(bytes: Buffer, at: number, earlier: readonly number[]): number {
  if (at + MIN_MATCH > bytes.length) return 0;
  let longest = 0;
  for (const place of earlier) {
    if (at - place > HISTORY) continue;
    let length = MIN_MATCH;
    while (length < MAX_MATCH && bytes[at + length] === bytes[place + length]) {
      if (at + length >= bytes.length) break;
      length++;
    }
    longest = Math.max(longest, length);
  }
  return longest;
}
