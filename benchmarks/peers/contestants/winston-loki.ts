import type { transport } from 'winston';
import { openWinston } from '../loggers.ts';
import { WINSTON } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

/** Its `close` says when it is done. */
type LokiTransport = Omit<transport, 'close'> & { close(): Promise<unknown> };

export const winstonLoki: Contestant = {
  name: 'winston-loki',
  kind: 'winston',
  role: 'peer',
  packages: { ...WINSTON, 'winston-loki': '6.1.7' },
  module: 'winston-loki',
  async open(opening) {
    const { default: Loki } = await opening.load<{
      readonly default: new (options: object) => LokiTransport;
    }>('winston-loki');
    // As JSON, since the server does not unpack its other format.
    const loki = new Loki({ host: opening.url, json: true, level: 'error' });
    return openWinston(
      opening,
      () => loki,
      () => loki.close(),
    );
  },
};
