import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bundledPath, withoutVirtual } from '../../src/event/stack/file-names.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { createProject } from '../helpers/project.ts';

t.test('what bundlers name is found from the package, or from the whole workspace', async (t) => {
  const project = createProject(t, {
    'apps/web/src/a.ts': '',
    'packages/lib/src/b.ts': '',
    'src/c.ts': '',
  });
  const at = (name: string): string => join(project.root, name);
  const rules = createPathRules({ projectRoot: project.root, packageRoot: at('apps/web') });
  for (const [written, expected] of [
    ['webpack://web/./src/a.ts', at('apps/web/src/a.ts')],
    ['webpack://web/./src/a.ts?1a2b', at('apps/web/src/a.ts')],
    ['webpack-internal:///./src/a.ts', at('apps/web/src/a.ts')],
    ['webpack-internal:///(rsc)/./src/a.ts', at('apps/web/src/a.ts')],
    ['webpack-internal:///(action-browser)/./src/a.ts', at('apps/web/src/a.ts')],
    ['rspack://web/./src/a.ts', at('apps/web/src/a.ts')],
    ['turbopack:///[project]/packages/lib/src/b.ts', at('packages/lib/src/b.ts')],
    ['turbopack://[project]/packages/lib/src/b.ts', at('packages/lib/src/b.ts')],
    ['webpack:///../../packages/lib/src/b.ts', at('packages/lib/src/b.ts')],
    ['webpack://web/../packages/lib/src/b.ts', at('packages/lib/src/b.ts')],
    ['webpack://web/./src/c.ts', at('src/c.ts')],
    ['webpack://web/./src/gone.ts', at('apps/web/src/gone.ts')],
    ['webpack://web/webpack/bootstrap', 'webpack://web/webpack/bootstrap'],
    ['webpack://web/external "fs"', 'webpack://web/external "fs"'],
    ['turbopack:///[turbopack]/runtime.ts', 'turbopack:///[turbopack]/runtime.ts'],
    ['https://cdn.test/src/a.ts', 'https://cdn.test/src/a.ts'],
    ['node:fs', 'node:fs'],
    [at('src/c.ts'), at('src/c.ts')],
  ] as const) {
    t.equal(rules.resolve(written), expected, written);
  }
  t.equal(bundledPath('src/a.ts'), undefined, 'a path is no name of a bundler');
});

t.test('a package of the workspace is ours by whatever link it was reached', async (t) => {
  const project = createProject(t, {
    'packages/lib/index.js': '',
    'node_modules/dep/index.js': '',
    'node_modules/.pnpm/other@1.0.0/node_modules/other/index.js': '',
    'apps/web/node_modules/.keep': '',
    'node_modules/@acme/.keep': '',
  });
  const at = (name: string): string => join(project.root, name);
  const link = (target: string, name: string): void =>
    symlinkSync(at(target), at(name), 'junction');
  link('packages/lib', 'node_modules/lib');
  link('packages/lib', 'node_modules/@acme/lib');
  link('packages/lib', 'apps/web/node_modules/lib');
  link('node_modules/.pnpm/other@1.0.0/node_modules/other', 'node_modules/other');
  symlinkSync(project.folder, at('node_modules/outside'), 'junction');
  const rules = createPathRules({ projectRoot: project.root });
  for (const [written, name, isOurs] of [
    ['node_modules/lib/index.js', 'packages/lib/index.js', true],
    ['node_modules/@acme/lib/index.js', 'packages/lib/index.js', true],
    ['apps/web/node_modules/lib/index.js', 'packages/lib/index.js', true],
    ['node_modules/lib/node_modules/x/a.js', 'node_modules/x/a.js', false],
    ['node_modules/dep/index.js', 'node_modules/dep/index.js', false],
    ['node_modules/other/index.js', 'node_modules/other/index.js', false],
    ['node_modules/outside/a.js', 'node_modules/outside/a.js', false],
    ['node_modules/gone/a.js', 'node_modules/gone/a.js', false],
    ['packages/lib/index.js', 'packages/lib/index.js', true],
  ] as const) {
    const file = rules.resolve(at(written));
    t.equal(rules.relative(file), name, written);
    t.equal(rules.inApp(file), isOurs, written);
  }
});

t.test("Yarn's virtual folders stand for those they are made of", async (t) => {
  for (const [written, expected] of [
    ['/ws/.yarn/__virtual__/lib-virtual-1a2b/1/packages/lib/a.js', '/ws/packages/lib/a.js'],
    ['/ws/__virtual__/lib-virtual-1a2b/0/packages/lib/a.js', '/ws/packages/lib/a.js'],
    ['/ws/.yarn/$$virtual/lib-1a2b/1/packages/lib/a.js', '/ws/packages/lib/a.js'],
    ['/ws/apps/web/__virtual__/lib-1a/2/packages/lib/a.js', '/ws/packages/lib/a.js'],
    ['/ws/__virtual__/a-1/0/__virtual__/b-2/0/lib/a.js', '/ws/lib/a.js'],
    ['/ws/__virtual__/lib-1a2b/999/a.js', '/a.js'],
    ['/ws/__virtual__/a.js', '/ws/__virtual__/a.js'],
    ['/ws/packages/lib/a.js', '/ws/packages/lib/a.js'],
  ] as const) {
    t.equal(withoutVirtual(written), expected, written);
  }
  const rules = createPathRules({ projectRoot: '/ws' });
  t.equal(
    rules.inApp(rules.resolve('/ws/.yarn/__virtual__/lib-virtual-1a/1/packages/lib/a.js')),
    true,
  );
  const zip = '/ws/.yarn/__virtual__/dep-virtual-1a/0/cache/dep.zip/node_modules/dep/a.js';
  t.equal(rules.inApp(rules.resolve(zip)), false);
});
