/** Lines that a worker keeps for the trails of its events, see `transports/pino/trail.ts`. */
export const KEPT = 1_000;
/** Characters of a line that is kept. */
export const MAX_LINE = 8_192;

/**
 * The last lines for one place that were logged in scopes, and are not marked yet. A worker asks
 * for marks when there is an event, and keeps only so many lines. Older lines are never marked,
 * since a mark costs 200 ns.
 */
export class PendingMarks {
  readonly #lines: string[] = [];
  readonly #scopes: string[] = [];
  #next = 0;

  push(line: string, scope: string): void {
    if (line.length > MAX_LINE) return;
    this.#lines[this.#next] = line;
    this.#scopes[this.#next] = scope;
    this.#next = this.#next + 1 === KEPT ? 0 : this.#next + 1;
  }

  /** Takes out all lines, the oldest first. */
  flush(mark: (line: string, scope: string) => void): void {
    const count = this.#lines.length;
    if (count === 0) return;
    const first = count < KEPT ? 0 : this.#next;
    for (let index = 0; index < count; index += 1) {
      const at = (first + index) % count;
      mark(this.#lines[at] ?? '', this.#scopes[at] ?? '');
    }
    this.#lines.length = 0;
    this.#scopes.length = 0;
    this.#next = 0;
  }
}
