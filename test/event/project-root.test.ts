import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { findProject, findProjectRoot, surroundings } from '../../src/event/stack/project-root.ts';

const OWN = '/srv/app/node_modules/.pnpm/errsight@1/node_modules/errsight/dist/esm/src/x.js';

/** Writes files into a folder of their own; a name that ends with `/` is an empty folder. */
function tree(t: Test, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-root-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, text);
  }
  return folder;
}

t.test('a project is the nearest folder with a package.json', async (t) => {
  // A folder of that name is no package.json.
  const folder = tree(t, { 'project/package.json': '{}', 'project/src/deep/package.json/': '' });
  const project = join(folder, 'project');
  t.equal(findProjectRoot(join(project, 'src/deep')), project, 'from a folder below');
  t.equal(findProjectRoot(project), project, 'from itself');
  t.equal(findProjectRoot('/'), undefined, 'not where there is none');
});

t.test('a package.json that only says how files are read is no project', async (t) => {
  const own = '{"name":"shop","version":"1.0.0"}';
  for (const [where, text] of [
    ['dist', '{"type":"commonjs"}'],
    ['dist', '\uFEFF{ "type": "module" }'],
    ['dist/cjs', '{"type":"commonjs","sideEffects":false}'],
    ['.next', '{"type":"commonjs"}'],
    ['dist', '{"$schema":"x","imports":{"#a":"./a.js"}}'],
  ] as const) {
    const folder = tree(t, { 'package.json': own, [`${where}/package.json`]: text });
    t.equal(findProjectRoot(join(folder, where, 'deep')), folder, `${where} with ${text}`);
  }
  for (const text of ['{}', '{', '{"type":"module","name":"dist"}', '{"dependencies":{}}']) {
    const folder = tree(t, { 'package.json': own, 'dist/package.json': text });
    t.equal(findProjectRoot(join(folder, 'dist')), join(folder, 'dist'), text);
  }
  const alone = tree(t, { 'app/package.json': '{"type":"module"}' });
  t.equal(findProjectRoot(join(alone, 'app/src')), join(alone, 'app'), 'unless there is no other');
});

t.test('without a script the working directory counts, then the package around', async (t) => {
  const folder = tree(t, { 'project/package.json': '{}', 'project/src/a.js': '' });
  const project = join(folder, 'project');
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['the working directory', OWN, join(project, 'src'), project],
    ['around the package', OWN, '/', '/srv/app'],
    ['even in the root of the disk', '/node_modules/errsight/x.js', '/', '/'],
    ['of Windows', 'C:\\app\\node_modules\\errsight\\x.js', '/', 'C:\\app'],
    [
      'in an archive of Yarn',
      '/a/.yarn/cache/errsight-1.zip/node_modules/errsight/x.js',
      '/',
      '/a',
    ],
    ['nothing at all', '/src/errsight/x.js', '/', '/'],
  ];
  for (const [name, ownFile, cwd, expected] of rows) {
    t.equal(findProject({ ownFile, cwd }).root, expected, name);
  }
  t.equal(findProject(surroundings(OWN)).root, findProjectRoot(process.cwd()));
});

t.test('a package that lies apart is in another project than the application', async (t) => {
  const folder = tree(t, {
    'opt/nodejs/package.json': '{"name":"layer"}',
    'opt/nodejs/node_modules/errsight/package.json': '{}',
    'task/package.json': '{"name":"shop"}',
    'task/src/main.js': '',
    'bare/main.js': '',
    'runtime/index.mjs': '',
    'tool/package.json': '{"name":"tool"}',
    'tool/bin.js': '',
  });
  const at = (path: string): string => join(folder, path);
  const ownFile = at('opt/nodejs/node_modules/errsight/x.js');
  const layer = { ownFile, main: at('runtime/index.mjs') };
  for (const [what, around, expected] of [
    ['a layer of Lambda', { ...layer, cwd: at('task'), taskRoot: at('task') }, 'task'],
    ['from another folder', { ...layer, cwd: '/', taskRoot: at('task') }, 'task'],
    ['in a worker', { ownFile, cwd: '/', taskRoot: at('task') }, 'task'],
    ['without a package.json', { ...layer, cwd: '/', taskRoot: at('bare') }, 'bare'],
    ['no layer', { ...layer, cwd: '/', taskRoot: at('opt/nodejs') }, 'opt/nodejs'],
    [
      'required by its path',
      { ownFile, main: at('task/src/main.js'), cwd: at('task/src') },
      'task',
    ],
    ['started by a tool', { ownFile, main: at('tool/bin.js'), cwd: '/' }, 'opt/nodejs'],
    ['a tool, elsewhere', { ownFile, main: at('tool/bin.js'), cwd: at('task') }, 'opt/nodejs'],
  ] as const) {
    t.equal(findProject(around).root, at(expected), what);
  }
});

/** What makes a folder the root of a workspace. */
const WORKSPACES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['npm and Yarn', { 'package.json': '{"workspaces":["packages/*"]}' }],
  ['npm, behind a byte order mark', { 'package.json': '\uFEFF{"workspaces":["packages/*"]}' }],
  ['Yarn, as an object', { 'package.json': '{"workspaces":{"packages":["packages/*"]}}' }],
  ['pnpm', { 'package.json': '{}', 'pnpm-workspace.yaml': 'packages: ["packages/*"]' }],
  ['Nx', { 'package.json': '{}', 'nx.json': '{}' }],
  ['Turborepo', { 'package.json': '{}', 'turbo.json': '{"tasks":{}}' }],
  ['Lerna', { 'package.json': '{}', 'lerna.json': '{}' }],
  ['Rush, which has no package.json', { 'rush.json': '{}' }],
];

t.test('the root is the workspace, from any working directory', async (t) => {
  for (const [name, files] of WORKSPACES) {
    const folder = tree(t, {
      ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`mono/${file}`, text])),
      'mono/packages/api/package.json': '{}',
      'mono/packages/api/turbo.json': '{"extends":["//"]}',
      'mono/packages/api/src/main.js': '',
      'mono/packages/lib/package.json': '{}',
      'mono/node_modules/errsight/package.json': '{}',
      'elsewhere/package.json': '{}',
    });
    const root = join(folder, 'mono');
    const api = join(root, 'packages/api');
    const ownFile = join(root, 'node_modules/errsight/dist/x.js');
    for (const cwd of [root, api, join(api, 'src'), join(root, 'packages'), folder, '/']) {
      const found = findProject({ ownFile, main: join(api, 'src/main.js'), cwd });
      t.same(found, { root, package: api }, `${name}, from ${cwd}`);
    }
    const elsewhere = join(folder, 'elsewhere');
    const main = join(api, 'src/main');
    t.equal(
      findProject({ ownFile, main, cwd: elsewhere }).root,
      root,
      'a script without extension',
    );
    t.equal(findProject({ ownFile, main: api, cwd: elsewhere }).package, api, 'a folder');
    t.equal(findProject({ ownFile, cwd: api }).root, root, 'in a worker');
    if (files['package.json'] === undefined) continue;
    t.equal(findProject({ ownFile, cwd: elsewhere }).root, root, 'in a worker from elsewhere');
  }
});

t.test('nothing above a repository belongs to a project', async (t) => {
  const folder = tree(t, {
    'package.json': '{"workspaces":["*"]}',
    'shop/.git/HEAD': '',
    'shop/package.json': '{}',
    'shop/node_modules/errsight/package.json': '{}',
    'shop/main.js': '',
  });
  const shop = join(folder, 'shop');
  const ownFile = join(shop, 'node_modules/errsight/x.js');
  t.same(findProject({ ownFile, main: join(shop, 'main.js'), cwd: folder }), {
    root: shop,
    package: shop,
  });
});

t.test('a tool that is installed is the application only where it brings its errors', async (t) => {
  const folder = tree(t, {
    'global/node_modules/tool/package.json': '{"dependencies":{"errsight":"1"}}',
    'global/node_modules/tool/dist/cli.js': '',
    'global/node_modules/runner/package.json': '{"dependencies":{"other":"1"}}',
    'global/node_modules/runner/cli.js': '',
    'global/node_modules/bundled/package.json': '{}',
    'global/node_modules/bundled/dist/cli.js': '',
    'work/package.json': '{}',
    'work/node_modules/errsight/package.json': '{}',
  });
  const installed = join(folder, 'global/node_modules');
  const cwd = join(folder, 'work');
  symlinkSync(join(installed, 'tool/dist/cli.js'), join(folder, 'tool'));
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['a tool with this package', join(folder, 'tool'), join(installed, 'errsight/x.js'), 'tool'],
    ['one that has it in its bundle', join(installed, 'bundled/dist/cli.js'), '', 'bundled'],
    ['a runner', join(installed, 'runner/cli.js'), join(cwd, 'node_modules/errsight/x.js'), ''],
  ];
  for (const [name, main, ownFile, tool] of rows) {
    const found = findProject({ ownFile: ownFile === '' ? main : ownFile, main, cwd });
    t.equal(found.root, tool === '' ? cwd : join(installed, tool), name);
  }
});
