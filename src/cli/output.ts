/** Writes to stdout, as long as somebody reads it. */
export function print(text: string): void {
  if (!process.stdout.destroyed) process.stdout.write(text);
}

/** Writes to stderr, for people, if stdout belongs to a program. */
export function printAside(text: string): void {
  if (!process.stderr.destroyed) process.stderr.write(text);
}

/** A count with its noun: `1 event`, `2 events`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
