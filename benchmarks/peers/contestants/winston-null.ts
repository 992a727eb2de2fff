import { Writable } from 'node:stream';
import { openWinston } from '../loggers.ts';
import { WINSTON } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

/** winston with a stream that takes the text and forgets it. */
export const winstonNull: Contestant = {
  name: 'winston, null stream',
  kind: 'winston',
  role: 'base',
  packages: WINSTON,
  module: 'winston',
  open: (opening) =>
    openWinston(
      opening,
      ({ transports }) =>
        new transports.Stream({
          stream: new Writable({ write: (_chunk, _encoding, done) => done() }),
        }),
    ),
};
