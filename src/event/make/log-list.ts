import { isHidden } from '../scrub/hidden.ts';
import type { ErrsightEvent } from '../event.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/**
 * Puts the user of an event where ErrSight's list of logs looks for one: in the metadata, and not
 * in `user`. Existing keys stay, and what `scrubKeys` names is not repeated. `user` has an IP
 * address only if somebody gave it, or with `sendDefaultPii`.
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
    // The values are texts, since ErrSight's pages fail on some values of other types.
    if (!isHidden(scrub.key(key).verdict, value)) person[key] = String(value);
  }
  // They stand first, since ErrSight keeps 50 keys.
  return { ...event, metadata: { ...person, ...metadata } };
}
