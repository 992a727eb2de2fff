import { PACKED, type Contestant } from '../contestant.ts';
import { openPino } from '../loggers.ts';
import { KEY, PINO } from '../versions.ts';

export const errsightPino: Contestant = {
  name: 'errsight/pino',
  kind: 'pino',
  role: 'ours',
  packages: { ...PINO, errsight: PACKED },
  module: 'errsight/pino',
  isWorker: true,
  open: (opening) =>
    openPino(opening, {
      target: opening.resolve('errsight/pino'),
      options: { apiKey: KEY, host: opening.url, minLevel: 'error' },
    }),
};

export const errsightPinoWithoutTrail: Contestant = {
  ...errsightPino,
  name: 'errsight/pino, trail off',
  isForLinesOnly: true,
  open: (opening) =>
    openPino(opening, {
      target: opening.resolve('errsight/pino'),
      options: { apiKey: KEY, host: opening.url, minLevel: 'error', breadcrumbLevel: 'error' },
    }),
};
