import { loadPino } from '../../late.cts';
import type { WithErrsightOptions } from '../../options/pino.ts';

/**
 * pino's options with ErrSight: `pino(withErrsight({ level: 'info' }, { apiKey }))`. Each line goes to
 * ErrSight with the scope of whoever logged it, and with its Error wherever that stands; what any other
 * target gets is what pino writes without us. What is in the options already is composed with, not
 * replaced; so this comes last.
 *
 *   with errsightOptions     adds the target `errsight/pino` beside the targets there are, or stdout
 *   without                  adds none: for a transport or a stream of your own
 *   without an API key       nothing is different
 *
 * In a bundle pino cannot find its worker, nor the target. There the lines are taken on this thread, by
 * pino's hook `streamWrite`, which pino has from 9.6 on.
 *
 * It also has `flush()` and signals wait for pino's worker, and requests have scopes. Called again,
 * the later call's switches and `shutdownTimeout` hold.
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
