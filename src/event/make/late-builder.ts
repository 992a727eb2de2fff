import { setImmediate } from 'node:timers';
import { attempt } from '../../lib/safe-read.ts';
import { loadMaking } from '../late-making.cts';
import type { EventBuilder } from './build.ts';
import type { createBuilder } from './builder.ts';

/**
 * The same as `createBuilder`, whose code is loaded behind what the application does as it starts, or with an
 * event before that. Not as late as the first event: by then a new version may lie in the place of this one.
 */
export function lateBuilder(...given: Parameters<typeof createBuilder>): EventBuilder {
  let made: EventBuilder | undefined;
  const whole = (): EventBuilder => (made ??= loadMaking().createBuilder(...given));
  // Who cannot load it hears of that with an event.
  setImmediate(() => attempt(whole)).unref();
  return (record, contexts, trail) => whole()(record, contexts, trail);
}
