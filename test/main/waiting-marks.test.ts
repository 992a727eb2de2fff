/** Lines in scopes that nobody reads are not marked, and are once somebody may. */
import pino from 'pino';
import t from 'tap';
import { withErrsight } from '../../src/main/pino/options.ts';
import { processState } from '../../src/main/state.ts';
import { NoteReader } from '../../src/notes/reader.ts';
import type { CrumbMaker } from '../../src/main/steps.ts';
import { leavePlace, takePlace } from '../../src/presence.ts';
import { withScope } from '../../src/index.ts';

t.teardown(() => processState().endPinoSide?.());

t.test('lines that nobody reads are marked once somebody may read them', async (t) => {
  const lines: string[] = [];
  const logger = pino(withErrsight({}), { write: (line) => void lines.push(line) });
  const reader = new NoteReader();
  const marked = (): boolean[] => {
    reader.read();
    return lines.map((line) => reader.scopeOf(line.trimEnd(), undefined) !== null);
  };
  withScope(() => {
    logger.info('one');
    logger.info('two');
    t.strictSame(marked(), [false, false], 'it would cost more than to keep them');
    const place = takePlace();
    t.teardown(() => leavePlace(place));
    logger.info('three');
  });
  t.strictSame(marked(), [true, true, true], 'also those from before, which may be on their way');
});

const asIs: CrumbMaker = {
  breadcrumb: ({ timestamp }) => ({ timestamp: String(timestamp), level: 'info' }),
};

t.test('of a logger whose lines say no time a step has that of its call', async (t) => {
  for (const options of [{}, { timestamp: false }, { timestamp: () => ',"time":"soon"' }]) {
    const before = Date.now();
    const logger = pino(withErrsight(options), { write: () => undefined });
    const scope = withScope((own) => {
      logger.info('one');
      return own;
    });
    const called = Date.now();
    while (Date.now() === called);
    const at = Number(scope.trail(asIs, 50)[0]?.timestamp);
    t.ok(before <= at && at <= called, JSON.stringify(options));
  }
});
