import { loadPino } from '../../late.cts';
import type { WithErrsightOptions } from '../../options/pino.ts';

/**
 * pino's options with ErrSight: `pino(withErrsight({ level: 'info' }, { apiKey }))`. Each line goes
 * to ErrSight with the scope in which it was logged, and with its Error, wherever that is in the
 * call. Every other target gets what pino writes without us. Options that you have set are kept and
 * combined with ours, so call this last.
 *
 *   with errsightOptions     adds the target `errsight/pino` beside the targets there are, or stdout
 *   without                  adds none: for a transport or a stream of your own
 *   without an API key       nothing is different
 *
 * In a bundle pino can find neither its worker nor the target. There this thread takes the lines,
 * by pino's hook `streamWrite`, which exists from pino 9.6 on.
 *
 * It also makes `flush()` and signals wait for pino's worker, and gives requests scopes. If it is
 * called again, the switches and the `shutdownTimeout` of the later call hold.
 *
 * @throws {OptionError} for an option that cannot work, or that pino cannot have with our target.
 */
export function withErrsight(
  pinoOptions?: undefined,
  errsightOptions?: WithErrsightOptions,
): { readonly level?: string };
export function withErrsight<T>(pinoOptions: T, errsightOptions?: WithErrsightOptions): T;
// Without a constraint: with any, TypeScript would not know the parameters of functions in the options.
export function withErrsight(
  pinoOptions?: unknown,
  errsightOptions?: WithErrsightOptions,
): unknown {
  return loadPino().optionsWith(pinoOptions, errsightOptions);
}
