/** Where pino chooses targets by their levels, each of the others gets what it gets without us. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

function textsOf(folder: string, way: string): Record<string, string> {
  const own = readdirSync(folder).filter((name) => name.startsWith(`${way}-`));
  return Object.fromEntries(
    own.map((name) => [name.slice(way.length + 1), readFileSync(join(folder, name), 'utf8')]),
  );
}

for (const options of ['dedupe', 'dedupe beside one', 'labels']) {
  t.test(options, async (t) => {
    const server = await strictServer(t);
    const folder = t.testdir();
    for (const way of ['without', 'with']) {
      const args = [options, way, folder];
      const ended = await runFixture('pino-filters', { args, env: server.env });
      t.match(ended, { code: 0, signal: null }, way);
    }
    const without = textsOf(folder, 'without');
    t.strictSame(textsOf(folder, 'with'), without);
    t.match(Object.values(without).join(''), 'an error');
    const levels = server.events.map(({ level }) => level);
    t.strictSame(new Set(levels), new Set(['warning', 'error', 'fatal']));
    t.equal(levels.length, 3);
    const trail = server.events
      .find(({ level }) => level === 'error')
      ?.breadcrumbs.map(({ message }) => message);
    t.match(trail, ['an info'], 'one trail, whichever level led to it');
  });
}
