import type { Finder } from './finder.ts';

/** UTF-16 units that a pattern of the user's sees at once: nobody knows what time it takes. */
const SEEN = 24_000;

/** Units of the key by which it is known: some texts are cut before they come here. */
const HEAD = 12;

/** The application's own key, wherever it turns up, and what a cut left of it. */
export function findKey(apiKey: string): Finder {
  const head = apiKey.slice(0, HEAD);
  // V8 finds this one faster, for keys begin with letters that all texts have.
  const part = head.slice(3, 9);
  return (text, hide) => {
    if (!text.includes(part)) return;
    for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, at + 1)) {
      let length = head.length;
      while (length < apiKey.length && text.charAt(at + length) === apiKey.charAt(length))
        length += 1;
      hide(at, at + length);
    }
  };
}

/** What the user's own patterns match. What is too long for them does not leave. */
export function findPatterns(given: readonly RegExp[]): Finder {
  // Copies: what one has remembered, as `lastIndex`, is nobody's but its owner's.
  const patterns = given.map(
    ({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`),
  );
  return (text, hide) => {
    const seen = text.length > SEEN ? text.slice(0, SEEN) : text;
    if (seen.length < text.length) hide(seen.length, text.length);
    for (const pattern of patterns) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(seen); match !== null; match = pattern.exec(seen)) {
        hide(match.index, pattern.lastIndex);
        if (match[0] === '') pattern.lastIndex += 1;
      }
    }
  };
}
