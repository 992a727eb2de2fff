import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createPathRules } from '../../src/event/stack/paths.ts';

const TABLE: [string, string, boolean][] = [
  ['/app/src/a.js', 'src/a.js', true],
  ['/app/a.js', 'a.js', true],
  ['/app/src/../src/a.js', 'src/a.js', true],
  ['/app/src/../../etc/passwd', '/etc/passwd', false],
  ['/app/node_modules/pkg/x.js', 'node_modules/pkg/x.js', false],
  ['/app/packages/a/node_modules/@scope/pkg/x.js', 'node_modules/@scope/pkg/x.js', false],
  ['/app/node_modules/.pnpm/pkg@1.2.3/node_modules/pkg/x.js', 'node_modules/pkg/x.js', false],
  ['/app/.yarn/cache/pkg-npm-1.2.3-ab.zip/node_modules/pkg/x.js', 'node_modules/pkg/x.js', false],
  ['/app/.yarn/unplugged/x.js', '.yarn/unplugged/x.js', false],
  // The loader of Yarn's Plug'n'Play, and files that are only called alike.
  ['/app/.pnp.cjs', '.pnp.cjs', false],
  ['/app/.pnp.loader.mjs', '.pnp.loader.mjs', false],
  ['/app/src/pnp.js', 'src/pnp.js', true],
  ['/app/my_node_modules/x.js', 'my_node_modules/x.js', true],
  ['/app2/src/a.js', '/app2/src/a.js', false],
  ['/usr/lib/node_modules/npm/lib/x.js', 'node_modules/npm/lib/x.js', false],
  ['/opt/other/x.js', '/opt/other/x.js', false],
  [join(homedir(), 'tool/x.js'), '~/tool/x.js', false],
  ['node:fs', 'node:fs', false],
  ['node:internal/modules/cjs/loader', 'node:internal/modules/cjs/loader', false],
  ['<anonymous>', '<anonymous>', false],
  ['', '<anonymous>', false],
  ['  ', '<anonymous>', false],
  ['\u0000', '<anonymous>', false],
  ['/app/\u0000', '<anonymous>', true],
  ['/app/ \u0085', '<anonymous>', true],
  ['\u001b[1m', '<anonymous>', false],
  ['/app/\u001b[1m\u001b', '<anonymous>', true],
  ['/app/src/\u001b[1ma.js', 'src/a.js', true],
  ['native', 'native', false],
  ['data:text/javascript', 'data:text/javascript', false],
  ['wasm://wasm/0145fffe', 'wasm://wasm/0145fffe', false],
  ['evalmachine.<anonymous>', 'evalmachine.<anonymous>', false],
  ['C:\\other\\a.js', 'C:/other/a.js', false],
];

t.test('files are named and told apart by where they lie', async (t) => {
  for (const projectRoot of ['/app', '/app/']) {
    const rules = createPathRules({ projectRoot });
    for (const [file, relative, inApp] of TABLE) {
      t.equal(rules.relative(file), relative, file);
      t.equal(rules.inApp(file), inApp, `${file} is${inApp ? '' : ' not'} the application's`);
      t.equal(rules.relative(file), relative, `${file}, asked again`);
    }
  }
});

t.test('the same holds for paths of Windows', async (t) => {
  const rules = createPathRules({ projectRoot: 'C:\\work\\app' });
  const cases: [string, string, boolean][] = [
    ['C:\\work\\app\\src\\a.js', 'src/a.js', true],
    ['c:\\work\\app\\src\\a.js', 'src/a.js', true],
    ['C:/work/app/src/a.js', 'src/a.js', true],
    ['C:\\work\\app\\node_modules\\pkg\\x.js', 'node_modules/pkg/x.js', false],
    ['C:\\work\\lib\\x.js', '../lib/x.js', false],
    ['C:\\other\\x.js', 'C:/other/x.js', false],
    ['D:\\work\\app\\a.js', 'D:/work/app/a.js', false],
    ['\\\\server\\share\\x.js', '/server/share/x.js', false],
  ];
  for (const [file, relative, inApp] of cases) {
    t.equal(rules.relative(file), relative, file);
    t.equal(rules.inApp(file), inApp, file);
  }
});

t.test('a file beside the project has the same name in each release', async (t) => {
  for (const release of ['41', '42']) {
    const rules = createPathRules({ projectRoot: `/srv/releases/${release}/apps/web` });
    t.equal(
      rules.relative(`/srv/releases/${release}/packages/lib/x.js`),
      '../../packages/lib/x.js',
    );
  }
});

t.test('a project may itself lie in node_modules, or be the whole disk', async (t) => {
  const tool = createPathRules({ projectRoot: '/usr/lib/node_modules/tool' });
  t.equal(tool.relative('/usr/lib/node_modules/tool/bin/x.js'), 'bin/x.js');
  t.equal(tool.inApp('/usr/lib/node_modules/tool/bin/x.js'), true);
  t.equal(tool.inApp('/usr/lib/node_modules/tool/node_modules/dep/x.js'), false);
  const disk = createPathRules({ projectRoot: '/' });
  t.equal(disk.relative('/srv/x.js'), 'srv/x.js');
  t.equal(disk.inApp('/srv/x.js'), true);
});

t.test('a source beside the root is ours if the file that was built from it is', async (t) => {
  const rules = createPathRules({
    projectRoot: '/mono/apps/web',
    inAppExclude: ['shared/vendor/'],
  });
  const built = '/mono/apps/web/dist/main.js';
  const cases: readonly (readonly [source: string, from: string | undefined, boolean])[] = [
    ['/mono/packages/shared/x.ts', built, true],
    ['/mono/packages/shared/x.ts', undefined, false],
    ['/mono/packages/shared/x.ts', '/mono/apps/web/node_modules/dep/index.js', false],
    ['/mono/node_modules/dep/x.ts', built, false],
    ['/mono/packages/shared/vendor/x.ts', built, false],
    ['webpack://web/webpack/bootstrap', built, false],
  ];
  for (const [source, from, inApp] of cases) t.equal(rules.inApp(source, from), inApp, source);
});

t.test('the words of the user win over the default, and the longer over the shorter', async (t) => {
  const cases: [
    string,
    { include?: (string | RegExp)[]; exclude?: (string | RegExp)[] },
    boolean,
  ][] = [
    ['/app/node_modules/@acme/a/x.js', { include: ['@acme/'] }, true],
    ['/app/node_modules/@acme/a/x.js', { include: [/^node_modules\/@acme\//] }, true],
    ['/app/src/generated/x.js', { exclude: ['src/generated/'] }, false],
    ['/app/src/generated/x.js', { exclude: [/\/generated\//] }, false],
    ['/app/src/generated/x.js', { exclude: ['/app/src/generated'] }, false],
    ['/opt/shared/x.js', { include: ['/opt/shared'] }, true],
    ['/app/src/vendor/ours/x.js', { include: ['vendor/ours/'], exclude: ['vendor/'] }, true],
    ['/app/src/vendor/x.js', { include: ['vendor/ours/'], exclude: ['vendor/'] }, false],
    ['/app/node_modules/@acme/log/x.js', { include: ['@acme/'], exclude: ['@acme/log'] }, false],
    ['/app/node_modules/@acme/log/x.js', { include: ['@acme/'], exclude: ['@acme/'] }, false],
    ['/app/node_modules/a/x.js', { include: [/^(?!src)/] }, true],
    ['/app/node_modules/a/x.js', { include: [''] }, false],
    ['node:events', { include: ['events'] }, false],
    ['webpack:///./src/a.js', { include: ['webpack:///./src/'] }, true],
  ];
  for (const [file, { include = [], exclude = [] }, inApp] of cases) {
    const rules = createPathRules({
      projectRoot: '/app',
      inAppInclude: include,
      inAppExclude: exclude,
    });
    t.equal(rules.inApp(file), inApp, `${file} with ${String(include)} and not ${String(exclude)}`);
  }
});

t.test('a pattern that remembers where it was gives the same answer each time', async (t) => {
  const global = /generated/g;
  const sticky = /src\/a/y;
  const rules = createPathRules({ projectRoot: '/app', inAppExclude: [global, sticky] });
  for (const name of ['1', '2', '3', '4']) {
    t.equal(rules.inApp(`/app/generated/${name}.js`), false);
    t.equal(rules.inApp(`/app/src/a${name}.js`), false);
    t.equal(rules.inApp(`/app/lib/src/a${name}.js`), true, 'sticky means from the beginning');
  }
  t.equal(global.lastIndex, 0, "the user's own pattern is left alone");
});

t.test('a root that is a link stands for the folder it leads to as well', async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-paths-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'releases/42'), { recursive: true });
  symlinkSync(join(folder, 'releases/42'), join(folder, 'current'), 'junction');
  const rules = createPathRules({ projectRoot: join(folder, 'current') });
  for (const root of ['releases/42', 'current']) {
    t.equal(rules.relative(join(folder, root, 'src/a.js')), 'src/a.js');
    t.equal(rules.inApp(join(folder, root, 'src/a.js')), true);
  }
});

t.test('the answers stay right for more files than are remembered', async (t) => {
  const rules = createPathRules({ projectRoot: '/app' });
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 5000; index += 1) {
      if (rules.relative(`/app/${index}.js`) !== `${index}.js`) t.fail(`file ${index}`);
    }
  }
});
