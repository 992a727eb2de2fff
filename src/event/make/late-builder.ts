import { loadMaking } from '../late-making.cts';
import { soon } from '../soon.ts';
import type { EventBuilder } from './build.ts';
import type { createBuilder } from './builder.ts';

/** Does the same as `createBuilder`, but loads its code late. */
export function lateBuilder(...given: Parameters<typeof createBuilder>): EventBuilder {
  const whole = soon(() => loadMaking().createBuilder(...given));
  return (record, contexts, trail) => whole()(record, contexts, trail);
}
