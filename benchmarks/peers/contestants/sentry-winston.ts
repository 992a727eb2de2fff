import type { transport } from 'winston';
import { openWinston } from '../loggers.ts';
import { initSentry, SENTRY } from './sentry.ts';
import { WINSTON } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

type TransportClass = new (options: object) => transport;

/** Sends Sentry's logs, which are no issues. */
export const sentryWinston: Contestant = {
  name: '@sentry/node, winston',
  kind: 'winston',
  role: 'peer',
  packages: { ...WINSTON, ...SENTRY },
  module: '@sentry/node',
  async open(opening) {
    const sentry = await initSentry(opening, opening.url, () => ({ enableLogs: true }));
    return openWinston(
      opening,
      (winston) => {
        const { Transport } = winston as unknown as { readonly Transport: TransportClass };
        const SentryTransport = sentry.createSentryWinstonTransport(Transport, {
          levels: ['error', 'fatal'],
        });
        return new SentryTransport({ level: 'error' });
      },
      () => sentry.close(),
    );
  },
};
