import type { transport } from 'winston';
import { openWinston } from '../loggers.ts';
import { WINSTON } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

interface Logtail {
  flush(): Promise<void>;
}

interface Core {
  readonly Logtail: new (token: string, options: object) => Logtail;
}

interface Transport {
  readonly LogtailTransport: new (logtail: Logtail, options: object) => transport;
}

export const logtailWinston: Contestant = {
  name: '@logtail/winston',
  kind: 'winston',
  role: 'peer',
  packages: { ...WINSTON, '@logtail/winston': '0.5.9', '@logtail/node': '0.5.9' },
  module: '@logtail/winston',
  async open(opening) {
    const { Logtail } = await opening.load<Core>('@logtail/node');
    const { LogtailTransport } = await opening.load<Transport>('@logtail/winston');
    const logtail = new Logtail('token', { endpoint: opening.url });
    return openWinston(
      opening,
      () => new LogtailTransport(logtail, { level: 'error' }),
      () => logtail.flush(),
    );
  },
};
