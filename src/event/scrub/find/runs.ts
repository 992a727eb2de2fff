/** Which of the ASCII units belong together. */
export function tableOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, unit) =>
    pattern.test(String.fromCharCode(unit)) ? 1 : 0,
  );
}

export function isIn(table: Uint8Array, unit: number): boolean {
  return unit < 128 ? table[unit] === 1 : false;
}

/**
 * Whether so many units of a table stand in a row somewhere. It jumps over what is too short, so of
 * most texts it reads only a part.
 */
export function hasRun(text: string, table: Uint8Array, length: number): boolean {
  let last = length - 1;
  while (last < text.length) {
    let at = last;
    while (at > last - length && isIn(table, text.charCodeAt(at))) at -= 1;
    if (at === last - length) return true;
    last = at + length;
  }
  return false;
}
