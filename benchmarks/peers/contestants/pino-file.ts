import { openPino } from '../loggers.ts';
import { PINO } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

/** pino's own worker transport. */
export const pinoFile: Contestant = {
  name: 'pino/file',
  kind: 'pino',
  role: 'base',
  packages: PINO,
  module: 'pino',
  isWorker: true,
  open: (opening) =>
    openPino(opening, { target: 'pino/file', options: { destination: '/dev/null' } }),
};
