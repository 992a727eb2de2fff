import { answerOf } from './hook-answer.ts';
import { makeBreadcrumb } from './breadcrumbs.ts';
import { isObject } from '../../lib/safe-read.ts';
import { describe } from '../error/one-line.ts';
import type { Breadcrumb } from '../event.ts';
import type { BreadcrumbInput } from '../record.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

export interface CompleterOptions {
  readonly scrub: Scrubber;
  readonly beforeBreadcrumb: ((breadcrumb: Breadcrumb) => Breadcrumb | null) | undefined;
  readonly report: (message: string) => void;
}

/** Makes breadcrumbs as the options say. */
export class CrumbCompleter {
  readonly scrub: Scrubber;
  readonly #options: CompleterOptions;
  #completing = false;

  constructor(options: CompleterOptions) {
    this.scrub = options.scrub;
    this.#options = options;
  }

  /**
   * Completes a breadcrumb. Returns undefined if `beforeBreadcrumb` does not want it. Never throws.
   */
  breadcrumb(input: BreadcrumbInput): Breadcrumb | undefined {
    // A hook or a getter that logs would otherwise call itself for ever.
    if (!isObject(input) || this.#completing) return undefined;
    this.#completing = true;
    const { scrub } = this;
    const { beforeBreadcrumb, report } = this.#options;
    try {
      const crumb = makeBreadcrumb(input, scrub);
      if (beforeBreadcrumb === undefined) return crumb;
      const changed = answerOf(beforeBreadcrumb(crumb));
      return changed === null ? undefined : makeBreadcrumb(changed, scrub);
    } catch (error) {
      report(`beforeBreadcrumb failed, the breadcrumb is dropped: ${describe(error, scrub)}`);
      return undefined;
    } finally {
      this.#completing = false;
    }
  }
}
