import { answerOf } from './hook-answer.ts';
import { isIgnored } from './ignored.ts';
import { loadMaking } from '../late-making.cts';
import { describe } from '../error/one-line.ts';
import type { Reporter } from '../../lib/report.ts';
import type { ErrsightEvent } from '../event.ts';
import type { EventHint, Ignored } from '../record.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/** The user's options that decide about events. */
export interface Judges {
  readonly sampleRate: number | ((event: ErrsightEvent, hint: EventHint) => number);
  readonly ignoreErrors: readonly Ignored[];
  readonly beforeSend:
    ((event: ErrsightEvent, hint: EventHint) => ErrsightEvent | null) | undefined;
  readonly beforeSendFailOpen: boolean;
}

/** Why an event is not sent. */
export type Refusal = 'sampled' | 'ignored' | 'before_send';

/** Asks the user's functions whether an event is sent. Nothing that they throw gets out. */
export class Approval {
  readonly #judges: Judges;
  readonly #scrub: Scrubber;
  readonly #reporter: Pick<Reporter, 'warn'>;

  constructor(judges: Judges, scrub: Scrubber, reporter: Pick<Reporter, 'warn'>) {
    this.#judges = judges;
    this.#scrub = scrub;
    this.#reporter = reporter;
  }

  /** Whether `sampleRate` leaves out an event that is not made yet. */
  isLeftOut(): boolean {
    const { sampleRate } = this.#judges;
    return typeof sampleRate === 'number' && byChance(sampleRate);
  }

  /** The event to send, or why none is sent. */
  of(event: ErrsightEvent, hint: EventHint): ErrsightEvent | Refusal {
    if (byChance(this.#shareOf(event, hint))) return 'sampled';
    if (this.#isIgnored(event, hint)) return 'ignored';
    return this.approve(event, hint) ?? 'before_send';
  }

  /** The event as `beforeSend` leaves it. */
  approve(event: ErrsightEvent, hint: EventHint): ErrsightEvent | undefined {
    const { beforeSend, beforeSendFailOpen } = this.#judges;
    if (beforeSend === undefined) return event;
    try {
      // The hook gets a copy, since it may change anything and then throw. The event may still be
      // sent as it was, and it shares parts with other events.
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

  /** What `sampleRate` says of an event, if it is a function. If it throws, the event is sent. */
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

/** jsdom has no `structuredClone`, and tests can run in it. */
function cloneOf(event: ErrsightEvent): ErrsightEvent {
  if (typeof structuredClone === 'function') return structuredClone(event);
  const { deserialize, serialize } = process.getBuiltinModule('node:v8');
  return deserialize(serialize(event)) as ErrsightEvent;
}
