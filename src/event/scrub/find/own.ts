import type { Finder } from './finder.ts';

/**
 * UTF-16 units that one of the user's patterns sees at once, since the time of many patterns grows with
 * their square. Parts overlap by 1,000 units, so a match of at most that length is seen whole.
 */
const SEEN = 4_000;
const STEP = 3_000;

/** The first units of the key are enough to know it: some texts are cut before they come here. */
const HEAD = 12;

/** Finds the application's own key, or the part of it that a cut has left. */
export function findKey(apiKey: string): Finder {
  const head = apiKey.slice(0, HEAD);
  // V8 finds these letters faster: the first ones of a key are in all texts.
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

/** Finds what the user's own patterns match. */
export function findPatterns(given: readonly RegExp[]): Finder {
  // Copies, so that the `lastIndex` of the user's own objects stays as it is.
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
