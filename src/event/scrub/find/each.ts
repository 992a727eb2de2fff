/** Calls `take` with each match of a global pattern, and with the place where it ends. */
export function eachMatch(
  pattern: RegExp,
  text: string,
  take: (match: RegExpExecArray, end: number) => void,
): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    take(match, pattern.lastIndex);
  }
}
