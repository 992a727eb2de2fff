import { isHidden } from '../scrub/hidden.ts';
import type { ErrsightEvent } from '../event.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/**
 * The person of an event where ErrSight's list of logs looks for one: in the metadata, and not in
 * `user`. What stands there already stays, and what `scrubKeys` names is not repeated. An address is
 * in `user` only where somebody gave it as the user's, or with `sendDefaultPii`.
 */
export function withListedUser(event: ErrsightEvent, scrub: Scrubber): ErrsightEvent {
  const { user, metadata } = event;
  if (user === undefined) return event;
  const person: Record<string, string> = {};
  for (const [key, value] of [
    ['user_id', user.id],
    ['email', user.email],
  ] as const) {
    if (value === undefined || Object.hasOwn(metadata, key)) continue;
    // Texts: ErrSight's pages fail on some values of other types.
    if (!isHidden(scrub.key(key).verdict, value)) person[key] = String(value);
  }
  // First, since ErrSight keeps 50 keys.
  return { ...event, metadata: { ...person, ...metadata } };
}
