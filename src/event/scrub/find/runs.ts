const ASCII = String.fromCharCode(...Array.from({ length: 128 }, (_, unit) => unit));

/**
 * A table of the ASCII units that a pattern of one unit matches. One search finds them all: to test each unit
 * took a millisecond of a process's first error.
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
 * The place of the last unit of a run: the first `length` units of a table in a row that end at `from` or
 * later. It is -1 if there is no run. It jumps over runs that are too short, so it reads most texts only in
 * part.
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

/** The end of the units of a table that begin at `start`; `most` if they go on beyond it. */
export function runEnd(text: string, table: Uint8Array, start: number, most: number): number {
  let at = start;
  while (at < most && isIn(table, text.charCodeAt(at))) at += 1;
  return at;
}
