import type { transport } from 'winston';
import { PACKED, type Contestant, type Opening } from '../contestant.ts';
import { openWinston } from '../loggers.ts';
import { KEY, WINSTON } from '../versions.ts';

interface Ours {
  readonly ErrsightTransport: new (options: object) => transport;
}

async function open(opening: Opening, more: object): ReturnType<Contestant['open']> {
  const { ErrsightTransport } = await opening.load<Ours>('errsight/winston');
  const options = { apiKey: KEY, host: opening.url, minLevel: 'error', ...more };
  // winston ends when everything has arrived.
  return openWinston(opening, () => new ErrsightTransport(options));
}

export const errsightWinston: Contestant = {
  name: 'errsight/winston',
  kind: 'winston',
  role: 'ours',
  packages: { ...WINSTON, errsight: PACKED },
  module: 'errsight/winston',
  open: (opening) => open(opening, {}),
};

export const errsightWinstonWithoutTrail: Contestant = {
  ...errsightWinston,
  name: 'errsight/winston, trail off',
  only: 'lines',
  open: (opening) => open(opening, { breadcrumbLevel: 'error' }),
};
