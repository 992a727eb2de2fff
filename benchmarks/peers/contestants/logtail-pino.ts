import { openPino, pinoTarget } from '../loggers.ts';
import { PINO } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

export const logtailPino: Contestant = {
  name: '@logtail/pino',
  kind: 'pino',
  role: 'peer',
  packages: { ...PINO, '@logtail/pino': '0.5.9' },
  module: '@logtail/pino',
  isWorker: true,
  open: (opening) =>
    openPino(
      opening,
      pinoTarget(opening, '@logtail/pino', {
        sourceToken: 'token',
        options: { endpoint: opening.url },
      }),
    ),
};
