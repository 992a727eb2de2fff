import { graver } from '../level.ts';
import { cut, LENGTHS } from '../../lib/text.ts';
import type { ErrsightEvent } from '../event.ts';

/**
 * The event of an error, with what a further sighting adds: the text of a line, its fields, a
 * higher level. What the event says already stays.
 */
export function complete(event: ErrsightEvent, more: ErrsightEvent): ErrsightEvent {
  const log_message = joined([event.metadata['log_message'], textOf(more)]);
  const user = event.user ?? more.user;
  const fingerprint = event.fingerprint ?? more.fingerprint;
  const isToldBetter = tellsBetter(more, event);
  return {
    ...event,
    level: graver(event.level, more.level),
    metadata: {
      ...event.metadata,
      ...(log_message !== '' && { log_message }),
      ...without(more.metadata, event.metadata),
      ...(isToldBetter && wayIn(more.metadata)),
    },
    tags: { ...more.tags, ...event.tags, ...(isToldBetter && wayIn(more.tags)) },
    ...(user !== undefined && { user }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

/**
 * Whether a further sighting knows better how the error was found. That nobody has caught it is known last. A
 * logger that told of the error before knows nothing of the request or the job that fails with it.
 */
function tellsBetter(more: ErrsightEvent, known: ErrsightEvent): boolean {
  const isUncaught = more.tags['handled'] === 'no' && known.tags['handled'] === 'yes';
  const isOfLine = known.metadata['mechanism'] === undefined;
  return isUncaught || (isOfLine && more.metadata['mechanism'] !== undefined);
}

/** Tags and metadata say the same of it. */
function wayIn<T>({ handled, mechanism }: Readonly<Record<string, T>>): Record<string, T> {
  return {
    ...(handled !== undefined && { handled }),
    ...(mechanism !== undefined && { mechanism }),
  };
}

/** What a line says besides its error. Without an error that is its message. */
function textOf({ message, metadata }: ErrsightEvent): unknown {
  return metadata.exception_class === undefined ? message : metadata['log_message'];
}

/** Each text once, on a line of its own. */
function joined(texts: readonly unknown[]): string {
  let said = '';
  for (const text of texts) {
    if (typeof text !== 'string' || text === '') continue;
    if (`\n${said}\n`.includes(`\n${text}\n`)) continue;
    said = said === '' ? text : `${said}\n${text}`;
  }
  return cut(said, LENGTHS.text);
}

function without(more: object, known: object): Record<string, unknown> {
  const fresh = Object.entries(more).filter(([key]) => !Object.hasOwn(known, key));
  return Object.fromEntries(fresh.filter(([key]) => key !== 'log_message'));
}
