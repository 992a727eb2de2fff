import { openPino, pinoTarget } from '../loggers.ts';
import { PINO } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

export const axiomPino: Contestant = {
  name: '@axiomhq/pino',
  kind: 'pino',
  role: 'peer',
  packages: { ...PINO, '@axiomhq/pino': '2.0.0' },
  module: '@axiomhq/pino',
  isWorker: true,
  open: (opening) =>
    openPino(
      opening,
      pinoTarget(opening, '@axiomhq/pino', {
        dataset: 'bench',
        token: 'xaat-0',
        url: opening.url,
      }),
    ),
};
