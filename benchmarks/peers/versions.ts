/** The loggers, in the version that all contestants get. */
export const PINO = { pino: '10.4.0' };
export const WINSTON = { winston: '3.19.0' };
export const BUNYAN = { bunyan: '2.0.5' };

/** A key of ErrSight's shape. */
export const KEY: string = `elp_${'0'.repeat(48)}`;

/** Where Sentry's SDK finds the server. */
export function dsnOf(url: string): string {
  return url.replace('://', `://${'0'.repeat(32)}@`) + '/1';
}
