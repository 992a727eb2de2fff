import { createReporter } from '../../lib/report.ts';
import { takenPlaces } from '../../presence.ts';
import { processState } from '../state.ts';

let isSaid = false;

/**
 * Warns once if the errors of requests reach nobody, because only pino's worker reports to ErrSight
 * and sees no requests. It does not warn if there is no API key either.
 */
export function warnOfNobody(): void {
  const { clients, standby, isDecided } = processState();
  if (isSaid || clients.size > 0 || standby !== undefined || isDecided) return;
  if (takenPlaces().size === 0) return;
  isSaid = true;
  createReporter({ debug: false, apiKey: undefined }).warn(
    "`captureErrors` has nobody to tell of a failing request, since pino's worker sees only lines; call `init()` as well, or use `withErrsight`",
  );
}
