import { answerOf } from './hook-answer.ts';
import { isIgnored } from './ignored.ts';
import { loadMaking } from '../late-making.cts';
import { describe } from '../error/one-line.ts';
import type { Reporter } from '../../lib/report.ts';
import type { ErrsightEvent } from '../event.ts';
import type { EventHint, Ignored } from '../record.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/** What the user's options say of events. */
export interface Judges {
  readonly sampleRate: number | ((event: ErrsightEvent, hint: EventHint) => number);
  readonly ignoreErrors: readonly Ignored[];
  readonly beforeSend:
    ((event: ErrsightEvent, hint: EventHint) => ErrsightEvent | null) | undefined;
  readonly beforeSendFailOpen: boolean;
}

/** Why an event is not sent. */
export type Refusal = 'sampled' | 'ignored' | 'before_send';

/** Asks the user's functions what is to become of an event. None of what they throw gets out. */
export class Approval {
  readonly #judges: Judges;
  readonly #scrub: Scrubber;
  readonly #reporter: Pick<Reporter, 'warn'>;

  constructor(judges: Judges, scrub: Scrubber, reporter: Pick<Reporter, 'warn'>) {
    this.#judges = judges;
    this.#scrub = scrub;
    this.#reporter = reporter;
  }

  /** Whether chance leaves an event out that is not made yet. */
  isLeftOut(): boolean {
    const { sampleRate } = this.#judges;
    return typeof sampleRate === 'number' && byChance(sampleRate);
  }

  /** The event that is sent, or why none is. */
  of(event: ErrsightEvent, hint: EventHint): ErrsightEvent | Refusal {
    if (byChance(this.#shareOf(event, hint))) return 'sampled';
    if (this.#isIgnored(event, hint)) return 'ignored';
    return this.approve(event, hint) ?? 'before_send';
  }

  /** What `beforeSend` leaves of an event. */
  approve(event: ErrsightEvent, hint: EventHint): ErrsightEvent | undefined {
    const { beforeSend, beforeSendFailOpen } = this.#judges;
    if (beforeSend === undefined) return event;
    try {
      // A copy, since the hook may change anything of what it is given, and then throw: the event as
      // it was may still be sent, and what it shares with other events is theirs.
      const changed = answerOf(beforeSend(cloneOf(event), hint));
      return changed === null ? undefined : loadMaking().rebuild(changed, event, this.#scrub);
    } catch (error) {
      const fate = beforeSendFailOpen ? 'sent unchanged' : 'dropped';
      this.#reporter.warn(
        `beforeSend failed, the event is ${fate}: ${describe(error, this.#scrub)}`,
      );
      return beforeSendFailOpen ? event : undefined;
    }
  }

  /** What `sampleRate` says of an event, where it is a function; one that fails costs no event. */
  #shareOf(event: ErrsightEvent, hint: EventHint): number {
    const { sampleRate } = this.#judges;
    if (typeof sampleRate === 'number') return 1;
    try {
      const share: unknown = sampleRate(event, hint);
      if (typeof share === 'number' && share >= 0 && share <= 1) return share;
      throw new TypeError(`it returned ${typeof share}, and no number from 0 to 1`);
    } catch (error) {
      this.#reporter.warn(`sampleRate failed, the event is sent: ${describe(error, this.#scrub)}`);
      return 1;
    }
  }

  #isIgnored(event: ErrsightEvent, { error }: EventHint): boolean {
    try {
      return isIgnored(this.#judges.ignoreErrors, error, event);
    } catch (failure) {
      this.#reporter.warn(
        `ignoreErrors failed, the event is sent: ${describe(failure, this.#scrub)}`,
      );
      return false;
    }
  }
}

function byChance(share: number): boolean {
  return share < 1 && Math.random() >= share;
}

/** jsdom, in which tests can run, has no `structuredClone`. */
function cloneOf(event: ErrsightEvent): ErrsightEvent {
  if (typeof structuredClone === 'function') return structuredClone(event);
  const { deserialize, serialize } = process.getBuiltinModule('node:v8');
  return deserialize(serialize(event)) as ErrsightEvent;
}
