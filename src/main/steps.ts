import { Ring } from '../event/make/breadcrumbs.ts';
import type { Breadcrumb } from '../event/event.ts';
import type { BreadcrumbInput } from '../event/record.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';

/** Completes a breadcrumb, scrubs it, and may refuse it. A pipeline is one. */
export interface CrumbMaker {
  breadcrumb(input: BreadcrumbInput): Breadcrumb | undefined;
  /** Takes the secrets out of breadcrumbs. */
  readonly scrub?: Scrubber;
}

/** A step of a trail, and the maker that has made a breadcrumb of it, if any has yet. */
export interface Step {
  /** Its place among all steps, which orders two of one millisecond too. */
  seq: number;
  readonly input: BreadcrumbInput;
  by: CrumbMaker | undefined;
  crumb: Breadcrumb | undefined;
  /** Where pino's workers find the breadcrumb, see `NoteWriter`. */
  place: number | undefined;
}

/** A step that an event can have. */
export type Made = Step & { readonly crumb: Breadcrumb };

/** Steps that are recorded in another form. */
const withdrawn = new WeakSet<object>();

let withdrawnCount = 0;

/** Removes a recorded step from all trails. */
export function withdraw(input: BreadcrumbInput): void {
  withdrawn.add(input);
  withdrawnCount += 1;
}

/** How many steps have been removed so far. */
export function withdrawals(): number {
  return withdrawnCount;
}

let steps = 0;

/**
 * The last steps of a trail. Most are never part of an event, so they are completed only when an
 * event needs them.
 */
export class Steps extends Ring<Step> {
  #count = 0;

  /** How many steps have been added so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds a step that this maker has completed. */
  add(crumb: Breadcrumb, by: CrumbMaker): void {
    this.push({ seq: 0, input: crumb, by, crumb, place: undefined });
  }

  /** Adds a step that is not complete yet. The caller must copy what may change. */
  record(input: BreadcrumbInput): void {
    this.push({ seq: 0, input, by: undefined, crumb: undefined, place: undefined });
  }

  /** Adds a step that is in no other trail. */
  override push(step: Step): void {
    step.seq = ++steps;
    this.#count += 1;
    super.push(step);
  }

  /**
   * The steps as this maker completes them, oldest first. If another maker completed a step, it is
   * completed again, since the makers may know different secrets.
   */
  made(maker: CrumbMaker): Made[] {
    const result: Made[] = [];
    for (const step of this.toArray()) {
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

  /** The complete steps, oldest first. */
  completed(): Breadcrumb[] {
    return this.toArray().flatMap(({ crumb }) => crumb ?? []);
  }

  /** A copy with the same step objects: a step that one completes is complete in the other. */
  copy(): Steps {
    const copy = new Steps(this.capacity);
    copy.append(this);
    return copy;
  }

  /** Adds the steps of another trail. */
  append(other: Steps): void {
    const added = other.toArray();
    for (const step of added) super.push(step);
    this.#count += added.length;
  }
}

function isMade(step: Step): step is Made {
  return step.crumb !== undefined;
}
