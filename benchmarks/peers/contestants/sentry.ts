import { dsnOf } from '../versions.ts';
import type { Contestant, Modules } from '../contestant.ts';

export const SENTRY = { '@sentry/node': '11.12.0' };

/** What is used of Sentry's SDK. */
export interface Sentry {
  init(options: object): unknown;
  captureException(error: Error, hint: object): unknown;
  close(): Promise<boolean>;
  readonly pinoIntegration: (options: object) => unknown;
  createSentryWinstonTransport<T>(base: T, options: object): T;
}

/** Sentry's SDK with its defaults: as its documentation has it, before any other module. */
export async function initSentry(
  { load }: Modules,
  url: string,
  more: (sentry: Sentry) => object = () => ({}),
): Promise<Sentry> {
  const sentry = await load<Sentry>('@sentry/node');
  sentry.init({ dsn: dsnOf(url), ...more(sentry) });
  return sentry;
}

export const sentryDirect: Contestant = {
  name: '@sentry/node',
  kind: 'direct',
  role: 'peer',
  packages: SENTRY,
  module: '@sentry/node',
  async open(opening) {
    const sentry = await initSentry(opening, opening.url);
    return {
      fail: ({ error, fields }) => void sentry.captureException(error, { extra: fields }),
      close: () => sentry.close(),
    };
  },
};
