import { PACKED, type Contestant } from '../contestant.ts';
import { KEY } from '../versions.ts';

interface Ours {
  init(options: object): void;
  captureException(error: unknown, context: object): unknown;
  close(): Promise<boolean>;
}

export const errsightDirect: Contestant = {
  name: 'errsight',
  kind: 'direct',
  role: 'ours',
  packages: { errsight: PACKED },
  module: 'errsight',
  async open({ load, url }) {
    const errsight = await load<Ours>('errsight');
    errsight.init({ apiKey: KEY, host: url });
    return {
      fail: ({ error, fields }) => void errsight.captureException(error, { metadata: fields }),
      close: () => errsight.close(),
    };
  },
};
