/** How many lines above are compared. */
const ABOVE = 30;

/**
 * What distinguishes a line from others in its file with the same text, such as three handlers with
 * the same `throw`. It is the nearest line above that differs from the one above each other line.
 * If there is none it is a number: the first, the second, and so on. Undefined if no other line has
 * the same text. `line` counts from 1.
 */
export function distinction(lines: readonly string[], line: number): string | undefined {
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
