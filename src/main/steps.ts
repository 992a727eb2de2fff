import { Ring } from '../event/breadcrumbs.ts';
import type { Breadcrumb } from '../event/event.ts';
import type { BreadcrumbInput } from '../event/record.ts';

/** Completes a breadcrumb, scrubs it, and may refuse it. A pipeline does. */
export interface CrumbMaker {
  breadcrumb(input: BreadcrumbInput): Breadcrumb | undefined;
}

/** A step of a trail, and who has made a breadcrumb of it, if anybody has yet. */
interface Step {
  readonly input: BreadcrumbInput;
  by: CrumbMaker | undefined;
  crumb: Breadcrumb | undefined;
}

/** The last steps of a trail. Most are never part of an event: they are completed when one needs them. */
export class Steps {
  readonly #ring: Ring<Step>;

  constructor(capacity: number) {
    this.#ring = new Ring(capacity);
  }

  /** Adds a step that this maker has completed. */
  add(crumb: Breadcrumb, by: CrumbMaker): void {
    this.#ring.push({ input: crumb, by, crumb });
  }

  /** Adds a step that is not complete yet. It has to be a copy of what may change. */
  record(input: BreadcrumbInput): void {
    this.#ring.push({ input, by: undefined, crumb: undefined });
  }

  /** Oldest first. What another maker completed is completed anew: it may know other secrets. */
  crumbs(maker: CrumbMaker): Breadcrumb[] {
    const result: Breadcrumb[] = [];
    for (const step of this.#ring.toArray()) {
      if (step.by !== maker) {
        step.crumb = maker.breadcrumb(step.crumb ?? step.input);
        step.by = maker;
      }
      if (step.crumb !== undefined) result.push(step.crumb);
    }
    return result;
  }

  /** Those that are complete, oldest first. */
  completed(): Breadcrumb[] {
    return this.#ring.toArray().flatMap(({ crumb }) => crumb ?? []);
  }

  /** Its steps are those of the original: what one completes is complete in the other. */
  copy(): Steps {
    const copy = new Steps(this.#ring.capacity);
    copy.append(this);
    return copy;
  }

  /** Adds the steps of another trail. */
  append(other: Steps): void {
    for (const step of other.#ring.toArray()) this.#ring.push(step);
  }
}
