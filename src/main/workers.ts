import { ends } from '../exit/ends.ts';
import { findOthers, type Others } from '../threads.ts';

/** The pipelines of pino's workers, and of its streams on this thread, as this thread sees them. */
export class Workers {
  #others: Others | undefined;
  #unwatch: (() => void) | undefined;
  #users = 0;

  /** Looks for them, and has a signal wait for them for `patience` ms. Returns what ends it. */
  use(patience: number): () => void {
    this.#users += 1;
    if (this.#others === undefined) this.#start(patience);
    let used = true;
    return () => {
      if (used) this.#users -= 1;
      if (used && this.#users === 0) this.#stop();
      used = false;
    };
  }

  /** Whether what they have taken up to now arrives within `timeout` ms. Never rejects. */
  async flush(timeout: number): Promise<boolean> {
    return (await this.#others?.flush(timeout)) ?? true;
  }

  #start(patience: number): void {
    const others = findOthers();
    this.#others = others;
    // At any other end than a signal pino itself waits for its workers, so for those nothing is new,
    // and nothing handed over.
    this.#unwatch = ends().watch({
      patience,
      accepted: () => 0,
      waiting: () => others.count,
      hurry: () => undefined,
      flush: (ms) => others.flush(ms),
      handOver: () => () => undefined,
      giveUp: () => undefined,
    });
  }

  #stop(): void {
    this.#unwatch?.();
    this.#others?.close();
    this.#others = undefined;
  }
}
