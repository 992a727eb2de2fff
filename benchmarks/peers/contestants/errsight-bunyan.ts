import { openBunyan } from './bunyan-null.ts';
import { PACKED, type Contestant, type Opening } from '../contestant.ts';
import { BUNYAN, KEY } from '../versions.ts';

interface Ours {
  readonly createErrsightStream: (options: object) => { readonly stream: NodeJS.WritableStream };
  readonly serializers: object;
}

async function open(opening: Opening, more: object): ReturnType<Contestant['open']> {
  const { createErrsightStream, serializers } = await opening.load<Ours>('errsight/bunyan');
  const options = { apiKey: KEY, host: opening.url, minLevel: 'error', ...more };
  const entry = createErrsightStream(options);
  return openBunyan(
    opening,
    () => ({ streams: [entry], serializers }),
    // The stream finishes when everything has arrived.
    () => new Promise<void>((resolve) => entry.stream.end(resolve)),
  );
}

export const errsightBunyan: Contestant = {
  name: 'errsight/bunyan',
  kind: 'bunyan',
  role: 'ours',
  packages: { ...BUNYAN, errsight: PACKED },
  module: 'errsight/bunyan',
  open: (opening) => open(opening, {}),
};

export const errsightBunyanWithoutTrail: Contestant = {
  ...errsightBunyan,
  name: 'errsight/bunyan, trail off',
  only: 'lines',
  open: (opening) => open(opening, { breadcrumbLevel: 'error' }),
};
