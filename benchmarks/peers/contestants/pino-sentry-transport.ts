import { openPino } from '../loggers.ts';
import { dsnOf, PINO } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

export const pinoSentryTransport: Contestant = {
  name: 'pino-sentry-transport',
  kind: 'pino',
  role: 'peer',
  // The newest of Sentry's lines that it takes.
  packages: { ...PINO, 'pino-sentry-transport': '1.6.0', '@sentry/node': '10.78.0' },
  module: 'pino-sentry-transport',
  isWorker: true,
  open: (opening) =>
    openPino(opening, {
      target: opening.resolve('pino-sentry-transport'),
      options: { sentry: { dsn: dsnOf(opening.url) }, minLevel: 50 },
    }),
};
