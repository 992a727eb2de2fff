import type { transport } from 'winston';
import { openWinston } from '../loggers.ts';
import { dsnOf, WINSTON } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

type Transport = new (options: object) => transport;

export const winstonTransportSentryNode: Contestant = {
  name: 'winston-transport-sentry-node',
  kind: 'winston',
  role: 'peer',
  // The newest of Sentry's lines that it takes.
  packages: { ...WINSTON, 'winston-transport-sentry-node': '3.0.0', '@sentry/node': '8.55.2' },
  module: 'winston-transport-sentry-node',
  async open(opening) {
    const found = await opening.load<{
      readonly default: Transport | { readonly default: Transport };
    }>('winston-transport-sentry-node');
    const SentryTransport = 'default' in found.default ? found.default.default : found.default;
    // Its end waits for Sentry's.
    return openWinston(
      opening,
      () => new SentryTransport({ sentry: { dsn: dsnOf(opening.url) }, level: 'error' }),
    );
  },
};
