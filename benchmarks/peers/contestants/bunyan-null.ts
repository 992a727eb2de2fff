import { Writable } from 'node:stream';
import type bunyanModule from 'bunyan';
import { BUNYAN } from '../versions.ts';
import type { Contestant, Opening } from '../contestant.ts';

type Bunyan = typeof bunyanModule;

/** What `createLogger` is given besides a name. */
export interface BunyanOptions {
  readonly streams: readonly object[];
  readonly serializers: object;
}

/** bunyan with one stream. */
export async function openBunyan(
  { load }: Opening,
  options: (bunyan: Bunyan) => BunyanOptions,
  close: () => Promise<unknown>,
): ReturnType<Contestant['open']> {
  const { default: bunyan } = await load<{ default: Bunyan }>('bunyan');
  const logger = bunyan.createLogger({ name: 'bench', ...options(bunyan) } as never);
  return {
    fail: ({ error, message, fields }) => logger.error({ err: error, ...fields }, message),
    line: (fields, message) => logger.info(fields, message),
    close,
  };
}

/** bunyan with a stream that takes the text and forgets it. */
export const bunyanNull: Contestant = {
  name: 'bunyan, null stream',
  kind: 'bunyan',
  role: 'base',
  packages: BUNYAN,
  module: 'bunyan',
  open(opening) {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    return openBunyan(
      opening,
      ({ stdSerializers }) => ({ streams: [{ stream }], serializers: stdSerializers }),
      async () => undefined,
    );
  },
};
