const ASCII = String.fromCharCode(...Array.from({ length: 128 }, (_, unit) => unit));

/**
 * Which of the ASCII units belong together: those that the pattern of one unit matches. They are searched at
 * once: to ask for each one took a millisecond of a process's first error.
 */
export function tableOf(pattern: RegExp): Uint8Array {
  const table = new Uint8Array(ASCII.length);
  for (const unit of ASCII.match(new RegExp(pattern, `${pattern.flags}g`)) ?? []) {
    table[unit.charCodeAt(0)] = 1;
  }
  return table;
}

export function isIn(table: Uint8Array, unit: number): boolean {
  return unit < 128 ? table[unit] === 1 : false;
}

/**
 * The last unit of the first `length` units of a table in a row, of which the last stands at `from` or
 * later; -1 where there are none. It jumps over what is too short, so of most texts it reads only a part.
 */
export function runFrom(text: string, table: Uint8Array, length: number, from: number): number {
  let last = from;
  while (last < text.length) {
    let at = last;
    while (at > last - length && isIn(table, text.charCodeAt(at))) at -= 1;
    if (at === last - length) return last;
    last = at + length;
  }
  return -1;
}

/** Whether so many units of a table stand in a row somewhere. */
export function hasRun(text: string, table: Uint8Array, length: number): boolean {
  return runFrom(text, table, length, length - 1) !== -1;
}

/** The end of the units of a table that begin at `start`, at most at `most`. */
export function runEnd(text: string, table: Uint8Array, start: number, most: number): number {
  let at = start;
  while (at < most && isIn(table, text.charCodeAt(at))) at += 1;
  return at;
}
