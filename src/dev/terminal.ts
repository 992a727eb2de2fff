/** Styles of a terminal, by what they are used for. */
const STYLES = {
  dim: '2',
  bold: '1',
  debug: '2',
  info: '34',
  warning: '33',
  error: '31',
  fatal: '97;41',
} as const;

/** The name of a style; the five levels have one each. */
type Style = keyof typeof STYLES;

/** Puts a text into a style, or leaves it as it is if there are no colours. */
export type Paint = (style: Style, text: string) => string;

/** @param color whether the terminal takes colours */
export function painter(color: boolean): Paint {
  return (style, text) => (color ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text);
}

/**
 * Control characters, which could move the cursor or change the title. Besides these, separators
 * that end a line, marks that turn the direction of writing, and halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

/** A text from an event as one line that a terminal can be given, at most `limit` characters. */
export function clean(text: string, limit: number): string {
  const safe = text
    .slice(0, limit + 1)
    .replaceAll(
      UNSAFE,
      (character) =>
        SHORT.get(character) ??
        `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
  if (safe.length <= limit) return safe;
  // The cut may go through a pair of UTF-16 units.
  return `${safe.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Several words side by side, in lines of at most `width` characters where the words allow it. */
export function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const joined = `${lines.at(-1) ?? ''}  ${word}`;
    if (lines.length > 0 && joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}
