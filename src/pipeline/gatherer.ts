import { describe } from '../event/error/one-line.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';
import type { Reporter } from '../lib/report.ts';

/** Brings what was logged and still waits elsewhere. */
export class Gatherer {
  readonly #bring: () => void;
  readonly #scrub: Scrubber;
  readonly #reporter: Pick<Reporter, 'debug'>;
  /** What is brought may call this again. */
  #isBringing = false;

  constructor(bring: () => void, scrub: Scrubber, reporter: Pick<Reporter, 'debug'>) {
    this.#bring = bring;
    this.#scrub = scrub;
    this.#reporter = reporter;
  }

  /** Never throws. */
  gather(): void {
    if (this.#isBringing) return;
    this.#isBringing = true;
    try {
      this.#bring();
    } catch (error) {
      this.#reporter.debug(
        `what waits in a logger could not be taken: ${describe(error, this.#scrub)}`,
      );
    } finally {
      this.#isBringing = false;
    }
  }
}
