import { captureException, close, init } from 'errsight';
import pino from 'pino';
import { routes } from './handlers.ts';

async function main(): Promise<void> {
  init();
  const logger = pino(pino.transport({ target: 'errsight/pino' }));
  for (const way of ['direct', 'pino']) {
    for (const [bug, handle] of routes) {
      const tags = { bug, way };
      try {
        await handle({ id: 17, items: [''] });
      } catch (err) {
        if (way === 'direct') captureException(err, { tags });
        else logger.error({ err, errsight: { tags } }, 'it broke');
      }
    }
  }
  await close();
}

void main();
