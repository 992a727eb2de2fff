import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createProject } from '../helpers/project.ts';
import { createProjectFiles } from '../../src/event/stack/files.ts';
import { createSourceReader } from '../../src/event/stack/source-lines.ts';
import { createSourceTexts } from '../../src/event/stack/source-text.ts';

const TWENTY = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n');

t.test('five lines before and five after are read', async (t) => {
  const { root } = createProject(t, { 'a.js': TWENTY });
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  const file = join(root, 'a.js');
  t.same(read(file, 10), {
    pre_context: ['line 5', 'line 6', 'line 7', 'line 8', 'line 9'],
    context_line: 'line 10',
    post_context: ['line 11', 'line 12', 'line 13', 'line 14', 'line 15'],
  });
  t.same(read(file, 1)?.pre_context, [], 'at the beginning');
  t.same(read(file, 2)?.pre_context, ['line 1']);
  t.same(read(file, 20)?.post_context, [], 'at the end');
  for (const line of [0, -1, 21, 1.5, Number.NaN, Infinity]) {
    t.equal(read(file, line), undefined, `no line ${line}`);
  }
});

t.test('lines are counted as V8 counts them', async (t) => {
  const content = '\uFEFFone\r\ntwo\rthree\u2028four\u2029five\nsix';
  const { root } = createProject(t, { 'a.js': content });
  const lines = createSourceReader(createSourceTexts(createProjectFiles(root)))(
    join(root, 'a.js'),
    1,
  );
  t.same(lines, {
    pre_context: [],
    context_line: 'one',
    post_context: ['two', 'three', 'four', 'five', 'six'],
  });
});

t.test('lines that nobody wrote are not read', async (t) => {
  const { root } = createProject(t, {
    'a.js': ['x'.repeat(500), 'y'.repeat(501), 'z'].join('\n'),
  });
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  const file = join(root, 'a.js');
  t.equal(read(file, 1)?.context_line, 'x'.repeat(500), 'whole, for the scrubber');
  t.equal(read(file, 2), undefined);
  t.same(read(file, 3)?.pre_context[1], 'y'.repeat(500), 'beside the line it may be minified');
});

t.test('source files of the project are read, and nothing else of it', async (t) => {
  const shown = [
    'a.js',
    'a.cjs',
    'a.mjs',
    'a.jsx',
    'a.ts',
    'a.cts',
    'a.mts',
    'a.tsx',
    'a.vue',
    'A.JS',
    '..a.js',
    'deep/er/a.js',
  ];
  const hidden = [
    '.env',
    'config.json',
    'key.pem',
    'a.js.bak',
    'js',
    'node_modules/pkg/a.js',
    'packages/a/node_modules/pkg/a.js',
  ];
  const { root, opened } = createProject(
    t,
    Object.fromEntries([...shown, ...hidden].map((name) => [name, 'text'])),
  );
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  for (const name of shown) t.equal(read(join(root, name), 1)?.context_line, 'text', name);
  t.equal(opened.length, shown.length);
  for (const name of hidden) t.equal(read(join(root, name), 1), undefined, name);
  t.equal(opened.length, shown.length, 'nothing more was opened');
});

t.test('nothing outside of the project is opened', async (t) => {
  const { folder, root, opened } = createProject(t, {
    'a.js': 'text',
    'node_modules/pkg/x.js': 'text',
  });
  const secret = join(folder, 'secret.js');
  fs.writeFileSync(secret, 'secret');
  fs.mkdirSync(join(folder, 'project-2'));
  fs.writeFileSync(join(folder, 'project-2/a.js'), 'secret');
  fs.symlinkSync(secret, join(root, 'link.js'));
  fs.symlinkSync(folder, join(root, 'up'));
  fs.symlinkSync(join(root, 'node_modules/pkg/x.js'), join(root, 'dependency.js'));
  fs.writeFileSync(join(root, 'plain.txt'), 'secret');
  fs.symlinkSync(join(root, 'plain.txt'), join(root, 'renamed.js'));
  fs.symlinkSync('/dev/zero', join(root, 'zero.js'));
  fs.symlinkSync(join(root, 'loop.js'), join(root, 'loop.js'));
  fs.mkdirSync(join(root, 'folder.js'));
  execFileSync('mkfifo', [join(root, 'fifo.js')]);
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  const files = [
    '/etc/passwd',
    '/dev/zero',
    secret,
    join(folder, 'project-2/a.js'),
    `${root}/../secret.js`,
    `${root}/a.js/../../secret.js`,
    `${root}/up/secret.js`,
    `${root}/link.js`,
    `${root}/dependency.js`,
    `${root}/renamed.js`,
    `${root}/zero.js`,
    `${root}/loop.js`,
    `${root}/folder.js`,
    `${root}/fifo.js`,
    `${root}/missing.js`,
    `${root}/a.js\0`,
    `${root}/a.js\0.js`,
    `${root}/`,
    root,
    'a.js',
    './a.js',
    '',
    '<anonymous>',
    'node:fs',
    `file://${root}/a.js`,
    `${root}/${'a/'.repeat(5000)}a.js`,
  ];
  for (const file of files) t.equal(read(file, 1), undefined, JSON.stringify(file.slice(0, 80)));
  t.same(opened, []);
  t.equal(read(join(root, 'a.js'), 1)?.context_line, 'text', 'while the file beside is');
  t.same(opened, [join(root, 'a.js')]);
});

t.test('files that are too large or binary are not shown', async (t) => {
  const { root, opened } = createProject(t, {
    'large.js': 'x\n'.repeat(512 * 1024 + 1),
    'full.js': 'x\n'.repeat(512 * 1024),
    'binary.js': Buffer.from([0x78, 0, 0x0a, 0x78]),
    'empty.js': '',
  });
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  t.equal(read(join(root, 'large.js'), 1), undefined, 'over 1 MiB');
  t.equal(read(join(root, 'full.js'), 1)?.context_line, 'x', 'exactly 1 MiB');
  t.equal(read(join(root, 'binary.js'), 1), undefined);
  t.equal(read(join(root, 'empty.js'), 1)?.context_line, '');
  t.equal(opened.length, 4);
});

t.test('a file is read once, and so is one that cannot be', async (t) => {
  const { root, opened } = createProject(t, { 'a.js': TWENTY, 'binary.js': 'a\0' });
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  for (let line = 1; line <= 20; line += 1) {
    t.equal(read(join(root, 'a.js'), line)?.context_line, `line ${line}`);
    t.equal(read(join(root, 'binary.js'), line), undefined);
  }
  t.same(opened, [join(root, 'a.js'), join(root, 'binary.js')]);

  fs.writeFileSync(join(root, 'late.js'), 'text');
  fs.rmSync(join(root, 'late.js'));
  t.equal(read(join(root, 'late.js'), 1), undefined);
  fs.writeFileSync(join(root, 'late.js'), 'text');
  t.equal(read(join(root, 'late.js'), 1), undefined, 'a failure is remembered');
});

t.test('the 50 files used last are remembered', async (t) => {
  const names = Array.from({ length: 51 }, (_, index) => `f${index}.js`);
  const { root, opened } = createProject(t, Object.fromEntries(names.map((name) => [name, name])));
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  const readAll = (some: string[]): void => {
    for (const name of some) t.equal(read(join(root, name), 1)?.context_line, name);
  };
  readAll(names.slice(0, 50));
  readAll(['f0.js', 'f50.js', 'f0.js']);
  t.equal(opened.length, 51, 'the one that was used again is still there');
  readAll(['f1.js']);
  t.equal(opened.length, 52, 'the one used longest ago is not');
});

t.test('no more than 8 MiB of text is remembered', async (t) => {
  const names = Array.from({ length: 9 }, (_, index) => `f${index}.js`);
  const { root, opened } = createProject(
    t,
    Object.fromEntries(names.map((name) => [name, 'x\n'.repeat(512 * 1024)])),
  );
  const read = createSourceReader(createSourceTexts(createProjectFiles(root)));
  for (const name of names) read(join(root, name), 1);
  read(join(root, 'f8.js'), 1);
  t.equal(opened.length, 9);
  read(join(root, 'f0.js'), 1);
  t.equal(opened.length, 10);
});

t.test('the root may be reached by a link, or not exist', async (t) => {
  const { folder, root } = createProject(t, { 'a.js': 'text' });
  fs.symlinkSync(root, join(folder, 'current'));
  const read = createSourceReader(createSourceTexts(createProjectFiles(join(folder, 'current'))));
  t.equal(read(join(root, 'a.js'), 1)?.context_line, 'text', 'a file by its real path');
  t.equal(read(join(folder, 'current/a.js'), 1)?.context_line, 'text', 'and by the link');
  t.equal(
    createSourceReader(createSourceTexts(createProjectFiles(join(folder, 'none'))))(
      join(root, 'a.js'),
      1,
    ),
    undefined,
  );
});
