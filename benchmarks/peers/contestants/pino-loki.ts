import { openPino, pinoTarget } from '../loggers.ts';
import { PINO } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

export const pinoLoki: Contestant = {
  name: 'pino-loki',
  kind: 'pino',
  role: 'peer',
  packages: { ...PINO, 'pino-loki': '3.0.0' },
  module: 'pino-loki',
  isWorker: true,
  open: (opening) => openPino(opening, pinoTarget(opening, 'pino-loki', { host: opening.url })),
};
