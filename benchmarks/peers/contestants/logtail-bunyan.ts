import { setTimeout as sleep } from 'node:timers/promises';
import { openBunyan } from './bunyan-null.ts';
import { BUNYAN } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

/** The last version that `@logtail/bunyan` takes has no `flush`. */
interface Logtail {
  readonly logged: number;
  readonly synced: number;
}

interface Core {
  readonly Logtail: new (token: string, options: object) => Logtail;
}

interface Stream {
  readonly LogtailStream: new (logtail: Logtail) => object;
}

/** ms until it is asked again whether all has arrived. */
const LOOK = 10;

export const logtailBunyan: Contestant = {
  name: '@logtail/bunyan',
  kind: 'bunyan',
  role: 'peer',
  packages: { ...BUNYAN, '@logtail/bunyan': '0.1.10', '@logtail/node': '0.1.8' },
  module: '@logtail/bunyan',
  async open(opening) {
    const { Logtail } = await opening.load<Core>('@logtail/node');
    const { LogtailStream } = await opening.load<Stream>('@logtail/bunyan');
    const logtail = new Logtail('token', { endpoint: opening.url });
    return openBunyan(
      opening,
      ({ stdSerializers }) => ({
        streams: [{ level: 'error', stream: new LogtailStream(logtail) }],
        serializers: stdSerializers,
      }),
      async () => {
        while (logtail.synced < logtail.logged) await sleep(LOOK);
      },
    );
  },
};
