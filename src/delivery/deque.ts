/** A queue with two ends; each operation is O(1), amortised over the growth of its ring. */
export class Deque<T> {
  /** A ring buffer. Its length is a power of two, so that a mask wraps the index. */
  #ring: (T | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The item at the front. It stays in the queue. */
  get first(): T | undefined {
    return this.#ring[this.#head];
  }

  /** All items, from the front. */
  *all(): Generator<T> {
    for (let i = 0; i < this.#length; i++) {
      yield this.#ring[(this.#head + i) & (this.#ring.length - 1)] as T;
    }
  }

  push(item: T): void {
    this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = item;
    this.#length++;
  }

  unshift(item: T): void {
    this.#grow();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    // The ring must not keep an item alive that has left it.
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    return item;
  }

  /** Whether `is` holds for one of the last `depth` items. */
  hasLast(is: (item: T) => boolean, depth: number): boolean {
    return this.#findLast(is, depth) > 0;
  }

  /** Removes and returns the last item for which `is` holds, if it is among the last `depth`. */
  takeLast(is: (item: T) => boolean, depth: number): T | undefined {
    const place = this.#findLast(is, depth);
    if (place === 0) return undefined;
    const found = this.#ring[this.#fromEnd(place)];
    for (let back = place; back > 1; back--) {
      this.#ring[this.#fromEnd(back)] = this.#ring[this.#fromEnd(back - 1)];
    }
    this.#ring[this.#fromEnd(1)] = undefined;
    this.#length--;
    return found;
  }

  /** The place from the end of the last such item: 1 for the last item, 0 if there is none. */
  #findLast(is: (item: T) => boolean, depth: number): number {
    for (let back = 1; back <= Math.min(depth, this.#length); back++) {
      if (is(this.#ring[this.#fromEnd(back)] as T)) return back;
    }
    return 0;
  }

  #fromEnd(back: number): number {
    return (this.#head + this.#length - back) & (this.#ring.length - 1);
  }

  #grow(): void {
    const size = this.#ring.length;
    if (this.#length < size) return;
    const ring: (T | undefined)[] = Array.from({ length: size * 2 });
    for (let i = 0; i < size; i++) ring[i] = this.#ring[(this.#head + i) & (size - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}
