/** Says for each match of a pattern that is global what it is, and where it ends. */
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
