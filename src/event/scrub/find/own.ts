import type { Finder } from './finder.ts';

/**
 * UTF-16 units that a pattern of the user's sees at once: many take the square of them. What it matches
 * within 1,000 of them is seen as a whole.
 */
const SEEN = 4_000;
const STEP = 3_000;

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

/** What the user's own patterns match. */
export function findPatterns(given: readonly RegExp[]): Finder {
  // Copies: what one has remembered, as `lastIndex`, is nobody's but its owner's.
  const patterns = given.map(
    ({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`),
  );
  return (text, hide) => {
    for (const pattern of patterns) {
      for (let start = 0; start < text.length; start += STEP) {
        const seen = text.length > SEEN ? text.slice(start, start + SEEN) : text;
        findIn(seen, pattern, (from, to) => hide(start + from, start + to));
        if (start + SEEN >= text.length) break;
      }
    }
  };
}

function findIn(text: string, pattern: RegExp, hide: (start: number, end: number) => void): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    hide(match.index, pattern.lastIndex);
    if (match[0] === '') pattern.lastIndex += 1;
  }
}
