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
  only: 'lines',
  open: (opening) =>
    openPino(opening, {
      target: opening.resolve('errsight/pino'),
      options: { apiKey: KEY, host: opening.url, minLevel: 'error', breadcrumbLevel: 'error' },
    }),
};

interface Ours {
  readonly withErrsight: (options: object) => object;
}

/** The same with scopes and errors from the main thread. */
export const withErrsightPino: Contestant = {
  ...errsightPino,
  name: 'errsight/pino, withErrsight',
  only: 'errors',
  async open(opening) {
    const { withErrsight } = await opening.load<Ours>('errsight');
    return openPino(
      opening,
      {
        target: opening.resolve('errsight/pino'),
        options: { apiKey: KEY, host: opening.url, minLevel: 'error' },
      },
      withErrsight({}),
    );
  },
};
