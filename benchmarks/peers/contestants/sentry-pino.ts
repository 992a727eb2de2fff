import { pinoFile } from './pino-file.ts';
import { initSentry, SENTRY } from './sentry.ts';
import { PINO } from '../versions.ts';
import type { Contestant } from '../contestant.ts';

/** Listens on the main thread to what pino writes, here to pino's own worker transport. */
export const sentryPino: Contestant = {
  name: '@sentry/node, pino',
  kind: 'pino',
  role: 'peer',
  packages: { ...PINO, ...SENTRY },
  module: '@sentry/node',
  async open(opening) {
    const sentry = await initSentry(opening, opening.url, ({ pinoIntegration }) => ({
      integrations: [
        pinoIntegration({ error: { levels: ['error', 'fatal'] }, log: { levels: [] } }),
      ],
    }));
    const opened = await pinoFile.open(opening);
    return {
      ...opened,
      async close() {
        await opened.close();
        await sentry.close();
      },
    };
  },
};
