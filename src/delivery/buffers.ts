/** Kept for what comes next; what exceeds it goes back to the system. Two full requests. */
const MAX_FREE_BYTES = 1_048_576;

/** Below this, sizes are not told apart any finer. */
const SMALLEST_STEP = 64;

/**
 * The memory of what waits, which the next event takes over from the last one.
 *
 * What has waited for some seconds is old to V8, which collects old Buffers only after 64 MB of them:
 * an outage cost three times the queue's bound (`npm run bench:outage`). And what comes in is copied in
 * any case, since Node cuts small Buffers from slabs, and one that waits keeps its whole slab: 10,000
 * of 100 bytes up to 80 MB.
 */
export class Buffers {
  /** What was given out and did not come back; the only memory we may write to again. */
  readonly #lent = new WeakSet<ArrayBufferLike>();
  readonly #free = new Map<number, ArrayBufferLike[]>();
  #freeBytes = 0;

  /** A copy in memory that nobody else uses until `release`; it takes an eighth more at most. */
  copy(bytes: Buffer): Buffer {
    const size = roundUp(bytes.length);
    let memory = this.#free.get(size)?.pop();
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(size).buffer;
    else this.#freeBytes -= size;
    this.#lent.add(memory);
    const copied = Buffer.from(memory, 0, bytes.length);
    bytes.copy(copied);
    return copied;
  }

  /** Nobody reads this copy any more. What is no copy of ours, or came back before, is left alone. */
  release({ buffer: memory }: Buffer): void {
    if (!this.#lent.delete(memory)) return;
    const size = memory.byteLength;
    if (this.#freeBytes + size > MAX_FREE_BYTES) return;
    let free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, (free = []));
    free.push(memory);
    this.#freeBytes += size;
  }
}

/** Sizes in steps of an eighth of their order, so that events of like sizes share memory. */
function roundUp(bytes: number): number {
  const step = Math.max(SMALLEST_STEP, 2 ** (31 - Math.clz32(bytes)) / 8);
  return Math.ceil(bytes / step) * step;
}
