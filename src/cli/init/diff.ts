/** How many lines around a change are shown. */
const AROUND = 2;

interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
  /** Its place in the old text, counted from 0. */
  readonly at: number;
}

/** How many lines of the new text are searched for an old one. */
const AHEAD = 20;

/** The difference of two texts in the form of `diff -u`. The second text has a few lines more than the first. */
export function diffOf(name: string, before: string | undefined, after: string): string {
  const old = before === undefined ? [] : linesOf(before);
  const all = compare(old, linesOf(after));
  const isNear = (index: number): boolean =>
    all.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ sign }) => sign !== ' ');
  const hunks: Line[][] = [];
  let open = false;
  for (const [index, line] of all.entries()) {
    if (!isNear(index)) open = false;
    else if (open) hunks.at(-1)?.push(line);
    else {
      hunks.push([line]);
      open = true;
    }
  }
  let shift = 0;
  const shown = hunks.map((hunk) => {
    const gone = hunk.filter(({ sign }) => sign !== '+').length;
    const come = hunk.filter(({ sign }) => sign !== '-').length;
    const start = (hunk[0]?.at ?? 0) + (gone === 0 ? 0 : 1);
    const head = `@@ -${start},${gone} +${start + shift + (gone === 0 ? 1 : 0)},${come} @@`;
    shift += come - gone;
    return [head, ...hunk.map(({ sign, text }) => `${sign}${text}`)].join('\n');
  });
  const from = before === undefined ? '/dev/null' : `a/${name}`;
  return `--- ${from}\n+++ b/${name}\n${shown.join('\n')}\n`;
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function compare(old: readonly string[], young: readonly string[]): Line[] {
  const lines: Line[] = [];
  let next = 0;
  for (const [at, text] of old.entries()) {
    const found = young.slice(next, next + AHEAD).indexOf(text);
    if (found === -1) {
      lines.push({ sign: '-', text, at });
      // The lines in front of the next known one are this line, changed.
      const following = old[at + 1];
      while (next < young.length && young[next] !== following) {
        lines.push({ sign: '+', text: young[next] ?? '', at: at + 1 });
        next += 1;
        if (following === undefined) continue;
        if (!young.slice(next, next + AHEAD).includes(following)) break;
      }
      continue;
    }
    for (let skipped = 0; skipped < found; skipped += 1) {
      lines.push({ sign: '+', text: young[next + skipped] ?? '', at });
    }
    lines.push({ sign: ' ', text, at });
    next += found + 1;
  }
  for (const text of young.slice(next)) lines.push({ sign: '+', text, at: old.length });
  return lines;
}
