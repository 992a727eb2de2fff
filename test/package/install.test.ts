import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { installPacked, ROOT } from './consumer.ts';

const installed = await installPacked(t);
const modules = join(installed.folder, 'node_modules');

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(
  readFileSync(join(modules, 'errsight/package.json'), 'utf8'),
) as Manifest;

t.test('a project gets one package more, of 0.7 MB', (t) => {
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  t.strictSame(Object.keys(lock.packages), ['node_modules/errsight']);

  const files = readdirSync(join(modules, 'errsight'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const onDisk = files.reduce((sum, { blocks }) => sum + blocks * 512, 0);
  t.comment(`${files.length} files of ${bytes} bytes, which take ${onDisk} on this disk`);
  t.ok(bytes > 100_000, 'the code is there');
  // More would be 0.8 MB, and the README wrong.
  t.ok(bytes < 750_000, `${bytes} bytes are less than 750,000`);
  t.end();
});

/** The files of ours that a program loads. */
function loadedBy(code: string): string[] {
  // tap loads modules of its own.
  const list = `const ours = Object.keys(require.cache).filter((file) => /errsight.dist/.test(file));
    console.log(ours.map((file) => path.basename(file)).join())`;
  const given = ['-e', `const errsight = require('errsight'); ${code}; ${list}`];
  const { ERRSIGHT_API_KEY: _not, ...env } = process.env;
  return execFileSync(process.execPath, given, { cwd: installed.folder, env, encoding: 'utf8' })
    .trim()
    .split(',');
}

t.test('an import loads only what it needs', (t) => {
  t.strictSame(loadedBy(''), ['index.js', 'core.js']);
  t.strictSame(loadedBy('errsight.init()'), ['index.js', 'core.js', 'init.js', 'base.js']);
  const core = join(modules, 'errsight/dist/cjs/core.js');
  // Half of the time of an import is the compilation of this file.
  t.ok(statSync(core).size < 60_000, `${statSync(core).size} bytes`);
  t.end();
});

t.test('nothing that only this repository needs is published', (t) => {
  const names = readdirSync(join(modules, 'errsight'), { recursive: true, encoding: 'utf8' });
  t.strictSame(
    names.filter((name) => /\b(?:test|benchmarks|examples|node_modules)\b|\.map$/.test(name)),
    [],
  );
  t.end();
});

/** A class without a name of its own has that of what it is assigned to. */
function namesIn(text: string): string[] {
  const found = [...text.matchAll(/\bclass ([A-Z]\w*)|\b([A-Z]\w*)=class\b(?! [A-Z])/g)];
  return found.map(([, name, variable = '']) => name ?? variable);
}

t.test(
  'the code is ASCII, of which V8 compiles one byte each, and classes have their names',
  (t) => {
    // Not what a thread alone runs, which is deflated.
    const sources = ['src', 'transports'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        // The commands are deflated, and no bundler sees them.
        .filter((name) => name.endsWith('.ts') && !/^(?:dev|cli|fleet|main\/locals)\b/.test(name))
        .map((name) =>
          readFileSync(join(ROOT, folder, name), 'utf8').replaceAll(/^ *(?:\*|\/).*$/gm, ''),
        ),
    );
    const classes = new Set(sources.flatMap(namesIn));
    t.ok(classes.size > 30, 'the classes are found');
    const code = readdirSync(join(modules, 'errsight/dist'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(modules, 'errsight/dist', name), 'utf8'))
      .join('\n');
    t.notMatch(code, /[^\0-\x7f]/);
    const named = new Set(namesIn(code));
    t.strictSame(
      [...classes].filter((name) => !named.has(name)),
      [],
    );
    t.end();
  },
);

t.test('the ES modules for bundlers lead to the one copy of the code', (t) => {
  const folder = join(modules, 'errsight/dist/module');
  for (const name of readdirSync(folder)) {
    const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n');
    for (const line of lines) t.match(line, /^(?:import|export) /, `${name} is an ES module`);
    t.match(lines[0], `'../cjs/${name}'`);
  }
  const cjs = join(modules, 'errsight/dist/cjs');
  const queue = readdirSync(folder).map((name) => join(cjs, name));
  const seen = new Set(queue);
  for (const file of queue) {
    const code = readFileSync(file, 'utf8');
    for (const [, path = ''] of code.matchAll(/\brequire\(.(\.[^"'`)]+).\)/g)) {
      const next = join(file, '..', path);
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
    // A bundle of ES modules has no `require` for what is not bundled.
    t.notOk(/\brequire\(.node:/.test(code), `${file} requires nothing of Node`);
    t.notOk(/\b__(?:file|dir)name\b/.test(code), `${file} looks for no file`);
  }
  t.ok(seen.has(join(cjs, 'main/client.js')), 'what is loaded late is found');
  t.end();
});

t.test('the command that npm installs can be run', async (t) => {
  const file = join(modules, 'errsight', manifest.bin['errsight'] ?? 'no such file');
  t.equal(statSync(file).mode & 0o111, 0o111, 'the file is executable');
  const ended = await installed.run(join(modules, '.bin/errsight'), ['--version']);
  t.match(ended, { code: 0, stderr: '' });
  t.match(ended.stdout, manifest.version);
});

t.test('npx errsight dev --help says how it is used', async (t) => {
  const ended = await installed.run('npx', ['errsight', 'dev', '--help']);
  t.match(ended, { code: 0, stderr: '', stdout: /^errsight dev: [^]*--port <number>/ });
});
