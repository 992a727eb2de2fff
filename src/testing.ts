/**
 * For the tests of an application: `const sent = recordEvents()`.
 */
import { startClient } from './main/start.ts';
import { processState } from './main/state.ts';
import { resolveInitOptions } from './options/resolve.ts';
import { recordTo, RECORDING_KEY } from './recorder.ts';
import { openChannel, post } from './thread-channel.ts';
import type { ErrsightEvent } from './event/event.ts';

export type { Breadcrumb, Cause, ErrsightEvent, Frame, Metadata, User } from './event/event.ts';
export type { Level } from './event/level.ts';

/**
 * From now on no event leaves this process: each is added to the array that is returned, as
 * ErrSight would get it. Levels, scopes, `beforeSend` and the filter of secrets work as ever. An
 * event is in the array when the call that captures or logs it returns. An event of pino's worker
 * is there after `await flush()`.
 *
 * Call it before or after the application's own `init()`, or without one. Neither an API key nor
 * `enabled: true` is needed. If it is called again, it returns a new array, and the earlier one
 * gets nothing more.
 */
export function recordEvents(): readonly ErrsightEvent[] {
  const events: ErrsightEvent[] = [];
  recordTo(events);
  // So workers that run already hear of it.
  const channel = openChannel(() => undefined);
  post(channel, { say: 'record' });
  channel.close();
  const state = processState();
  if (state.client === undefined) {
    startClient({ ...(state.config ?? resolveInitOptions({})), apiKey: RECORDING_KEY }, state);
  }
  return events;
}
