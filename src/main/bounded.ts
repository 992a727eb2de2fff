import type { Json } from '../event/scrub/plain-copy.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';

/**
 * Scrubbed JSON of at most `bytes` bytes, of a value that somebody else has chosen. Never throws.
 */
export function bounded(value: unknown, bytes: number, scrub: Scrubber): Json {
  let characters = bytes;
  let said = shortened(value, characters, scrub);
  // Names and punctuation count as well.
  while (Buffer.byteLength(JSON.stringify(said)) > bytes && characters > 64) {
    characters = Math.floor(characters / 2);
    said = shortened(value, characters, scrub);
  }
  return said;
}

function shortened(value: unknown, characters: number, scrub: Scrubber): Json {
  // The JSON of a text adds no punctuation but its quotes, so only characters of several bytes
  // count.
  if (typeof value === 'string') return scrub.text(value, Math.floor(characters / 1.1));
  return scrub.value(value, { values: Math.ceil(characters / 8), characters });
}
