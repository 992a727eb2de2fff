import { watchUncaught } from '../uncaught.ts';
import type { TargetConfig } from '../../options/config.ts';
import type { ProcessState, Standby } from '../state.ts';

/**
 * Reports what nobody catches if there is no client on this thread. The worker may still be
 * starting, and sees no error that is not logged. Returns a function that ends it.
 */
export function watchCrashes(
  state: ProcessState,
  { captureUncaught }: TargetConfig,
  { project, client }: Standby,
): () => void {
  if (!captureUncaught) return () => undefined;
  return watchUncaught((uncaught) => {
    const isTold =
      state.client?.project === project ||
      [...state.clients].some((each) => each.watchesUncaught && each.project === project);
    if (!isTold) client()?.reportUncaught(uncaught);
  });
}
