import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { makeApp, readEvents } from '../helpers/app.ts';
import { strictServer } from '../helpers/errsight.ts';
import type { Build } from './builds.ts';
import { BUGS, changed, Releases, sources } from './releases.ts';

const FLAGS: readonly (readonly string[])[] = [[], ['--enable-source-maps']];

/** Builds the application twice, as two releases, and looks at what arrives of each of its errors. */
export async function checkBuild(t: Test, build: Build): Promise<void> {
  const server = await strictServer(t);
  const releases = new Releases(t);
  for (const [files, target] of [
    [sources(), 'es2022'],
    [changed(sources()), 'es2017'],
  ] as const) {
    const app = makeApp(t, files, { modules: build.isCommonJs === true ? 'commonjs' : 'module' });
    await build.make({ folder: app.folder, target });
    // As it is deployed, where the maps have the sources.
    const isDeployed = target === 'es2017' && build.needsSources !== true;
    if (isDeployed) rmSync(join(app.folder, 'src'), { recursive: true });
    // Each release in its own way: all errors of both are compared.
    for (const flags of target === 'es2022' ? FLAGS : FLAGS.slice(1)) {
      const known = server.total;
      await app.run([...flags, build.main], server);
      const events = (await readEvents(server)).slice(0, server.total - known);
      const how = ['node', ...flags].join(' ');
      t.equal(events.length, 2 * BUGS.length, `all of ${how}`);
      const built = { files, isMinified: build.isMinified === true };
      for (const event of events) releases.check(event, event.tags.bug ?? '', built, how);
    }
  }
  releases.end();
}
