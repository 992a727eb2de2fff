/** The scales of levels that people make, by the target alone, with pino 7 to 10. */
import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

t.setTimeout(600_000);

const SCALES = [
  { name: 'more', level: 'trace', customLevels: { whisper: 5, notice: 35, audit: 55 } },
  {
    name: 'own',
    level: 'low',
    customLevels: { low: 10, mid: 35, high: 50, top: 90 },
    useOnlyCustomLevels: true,
  },
];

/** Its names say more than its numbers. */
const OTHER = {
  name: 'other',
  level: 'fatal',
  customLevels: { fatal: 10, error: 20, info: 70 },
  useOnlyCustomLevels: true,
};

const EVENTS = {
  'more warn': 'warning',
  'more error': 'error',
  'more audit': 'error',
  'more fatal': 'fatal',
  'own high': 'error',
  'own top': 'fatal',
};
const OTHER_EVENTS = { 'other fatal': 'fatal', 'other error': 'error' };

for (const name of ['pino-7', 'pino-8', 'pino-9', 'pino']) {
  for (const way of ['option', 'label', 'stream', 'targets']) {
    t.test(`${name}, ${way}: each scale is understood, and the process ends`, async (t) => {
      const server = await strictServer(t);
      // pino 7 tells of its levels only in options.
      const isTold = name !== 'pino-7' || (way !== 'stream' && way !== 'targets');
      const scales = JSON.stringify(isTold ? [...SCALES, OTHER] : SCALES);
      const ended = await runFixture('pino-levels', { args: [name, way, scales], env: server.env });
      t.match(ended, { code: 0, signal: null, stderr: '' });
      const found = server.events.map(({ message, level }) => [message, level] as const);
      t.strictSame(Object.fromEntries(found), { ...EVENTS, ...(isTold && OTHER_EVENTS) });
    });
  }
}
