/**
 * How much free memory is kept for the next events: four full requests. The rest goes back to the
 * system. With half of that a sixth of the events of an outage got new memory.
 */
const MAX_FREE_BYTES = 2_097_152;

/** Sizes are multiples of this at least. */
const SMALLEST_STEP = 64;

/** Whether memory from here is in use. A WeakSet of it took longer than all else here. */
const IS_LENT = Symbol('lent');

type Memory = ArrayBufferLike & { [IS_LENT]?: boolean };

/**
 * The memory of events that wait. It is used again for the next events.
 *
 * V8 counts a Buffer as old after some seconds, and collects old ones only after 64 MB of them. So
 * an outage cost three times the queue's bound (`npm run bench:outage`).
 *
 * An event has to be copied in any case. Node cuts small Buffers from slabs, and a Buffer that
 * waits keeps its whole slab in memory: 10,000 of 100 bytes keep up to 80 MB.
 */
export class Buffers {
  readonly #free = new Map<number, Memory[]>();
  #freeBytes = 0;

  /**
   * A copy in memory that nobody else uses until `release`. It takes at most an eighth more than
   * its size.
   */
  copy(bytes: Buffer): Buffer {
    const size = roundUp(bytes.length);
    let memory: Memory | undefined = this.#free.get(size)?.pop();
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(size).buffer;
    else this.#freeBytes -= size;
    memory[IS_LENT] = true;
    const copied = Buffer.from(memory, 0, bytes.length);
    bytes.copy(copied);
    return copied;
  }

  /**
   * Takes the memory of a copy back, which nobody reads any more. A buffer that is not from here,
   * or was released before, is ignored.
   */
  release({ buffer }: Buffer): void {
    const memory: Memory = buffer;
    // Only what comes back from here may be written to again.
    if (memory[IS_LENT] !== true) return;
    memory[IS_LENT] = false;
    const size = memory.byteLength;
    if (this.#freeBytes + size > MAX_FREE_BYTES) return;
    let free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, (free = []));
    free.push(memory);
    this.#freeBytes += size;
  }
}

/**
 * Rounds up in steps of an eighth of the power of two, so that events of similar sizes share
 * memory.
 */
function roundUp(bytes: number): number {
  const step = Math.max(SMALLEST_STEP, (1 << (31 - Math.clz32(bytes))) / 8);
  return (bytes + step - 1) & -step;
}
