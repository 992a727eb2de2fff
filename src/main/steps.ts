import { Ring } from '../event/make/breadcrumbs.ts';
import type { Breadcrumb } from '../event/event.ts';
import type { BreadcrumbInput } from '../event/record.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';

/** Completes a breadcrumb, scrubs it, and may refuse it. A pipeline does. */
export interface CrumbMaker {
  breadcrumb(input: BreadcrumbInput): Breadcrumb | undefined;
  /** What takes the secrets out of them. */
  readonly scrub?: Scrubber;
}

/** A step of a trail, and who has made a breadcrumb of it, if anybody has yet. */
export interface Step {
  /** Its place among all steps: two of one millisecond have an order too. */
  seq: number;
  readonly input: BreadcrumbInput;
  by: CrumbMaker | undefined;
  crumb: Breadcrumb | undefined;
  /** Where pino's workers find the breadcrumb, see `NoteWriter`. */
  place: number | undefined;
}

/** A step that an event can have. */
export type Made = Step & { readonly crumb: Breadcrumb };

/** Steps that are told in another way. */
const withdrawn = new WeakSet<object>();

/** Takes a step that was recorded out of all trails. */
export function withdraw(input: BreadcrumbInput): void {
  withdrawn.add(input);
}

let steps = 0;

/** The last steps of a trail. Most are never part of an event: they are completed when one needs them. */
export class Steps {
  readonly #ring: Ring<Step>;

  constructor(capacity: number) {
    this.#ring = new Ring(capacity);
  }

  /** Adds a step that this maker has completed. */
  add(crumb: Breadcrumb, by: CrumbMaker): void {
    this.#ring.push({ seq: ++steps, input: crumb, by, crumb, place: undefined });
  }

  /** Adds a step that is not complete yet. It has to be a copy of what may change. */
  record(input: BreadcrumbInput): void {
    this.push({ seq: 0, input, by: undefined, crumb: undefined, place: undefined });
  }

  /** Adds a step that is in no other trail. */
  push(step: Step): void {
    step.seq = ++steps;
    this.#ring.push(step);
  }

  /** Oldest first. What another maker completed is completed anew: it may know other secrets. */
  made(maker: CrumbMaker): Made[] {
    const result: Made[] = [];
    for (const step of this.#ring.toArray()) {
      if (withdrawn.has(step.input)) continue;
      if (step.by !== maker) {
        step.crumb = maker.breadcrumb(step.crumb ?? step.input);
        step.by = maker;
        step.place = undefined;
      }
      if (isMade(step)) result.push(step);
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

function isMade(step: Step): step is Made {
  return step.crumb !== undefined;
}
