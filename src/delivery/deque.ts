/** A queue with two ends; each operation is O(1), amortised over the growth of its ring. */
export class Deque<T> {
  /** A ring; its length is a power of two, so that a mask wraps the index. */
  #ring: (T | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The item at the front, without taking it. */
  get first(): T | undefined {
    return this.#ring[this.#head];
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
    // The ring must not keep alive what has left it.
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    return item;
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
