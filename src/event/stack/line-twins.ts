/** Lines above that are compared. */
const ABOVE = 30;

/**
 * What tells a line from others of its file with the same text, as three handlers that fail in the same
 * words: the nearest line above that the others don't have there, else which of them it is. Undefined
 * where there is no other. `line` counts from 1.
 */
export function toldApart(lines: readonly string[], line: number): string | undefined {
  const own = line - 1;
  const text = lines[own]?.trim() ?? '';
  if (text === '') return undefined;
  const all = [...lines.keys()].filter((index) => lines[index]?.trim() === text);
  const twins = all.filter((index) => index !== own);
  if (twins.length === 0) return undefined;
  for (let above = 1; above <= Math.min(ABOVE, own); above += 1) {
    const candidate = lines[own - above]?.trim() ?? '';
    const isShared = twins.some((twin) => lines[twin - above]?.trim() === candidate);
    if (candidate !== '' && !isShared) return candidate;
  }
  return String(all.indexOf(own) + 1);
}
