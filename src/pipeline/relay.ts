import type { Batcher } from '../delivery/batcher.ts';
import type { Ledger } from '../delivery/ledger.ts';
import { Receipts } from '../delivery/receipts.ts';
import { describe } from '../event/error/one-line.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';
import { readRelayed } from '../event/wire/relayed.ts';
import { systemClock } from '../lib/clock.ts';
import type { Reporter } from '../lib/report.ts';
import type { Relayed } from '../relayed.ts';
import type { EventQueue } from './queue.ts';

interface Parts {
  /** For events that name none. */
  readonly environment: string;
  readonly scrub: Scrubber;
  readonly ledger: Ledger;
  readonly queue: EventQueue;
  readonly batcher: Batcher;
  readonly reporter: Pick<Reporter, 'debug'>;
}

/** Takes events that were made elsewhere. */
export class Relay {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** See `Pipeline.relay`. */
  async take(given: unknown, timeout: number): Promise<Relayed> {
    const { environment, scrub, ledger, queue, batcher, reporter } = this.#parts;
    const { events: relayed, invalid } = readRelayed(given, { environment, scrub });
    ledger.refuse('invalid', invalid);
    const receipts = new Receipts(systemClock);
    if (invalid > 0) receipts.next()('lost');
    for (const event of relayed) {
      const receipt = receipts.next();
      try {
        queue.add(event, receipt);
      } catch (error) {
        reporter.debug(`an event could not be relayed: ${describe(error, scrub)}`);
        ledger.refuse('internal_error');
        receipt('lost');
      }
    }
    // The caller waits for these, so they don't wait for others.
    batcher.hurry();
    return receipts.settled(timeout);
  }
}
