/** `errsight init` in projects as people have them: the changed project runs, and its first error arrives. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';
import t, { type Test } from 'tap';
import { ROOT } from '../helpers/app.ts';
import { runProgram, type Ended } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { PROJECTS, type ProjectCase } from './projects.ts';

const CLI = join(ROOT, 'dist/esm/src/cli/main.js');
const PATIENCE = 60_000;

t.setTimeout(3 * PATIENCE);
t.jobs = 2;

type Files = Readonly<Record<string, string>>;

/** Writes a project into a folder of its own, which ends with the test. */
function write(
  sub: Pick<Test, 'teardown'>,
  files: Files,
  { under = '.', packages = {} }: Pick<ProjectCase, 'under' | 'packages'> = {},
): string {
  const temporary = mkdtempSync(join(tmpdir(), 'errsight-init-test-'));
  sub.teardown(() => rmSync(temporary, { recursive: true }));
  const folder = join(temporary, under);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const [name, real] of Object.entries({ ...packages, errsight: '.' })) {
    const place = join(temporary, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(real === '.' ? ROOT : join(ROOT, 'node_modules', real), place, 'junction');
  }
  return folder;
}

function init(folder: string, args: readonly string[] = [], env: Files = {}): Promise<Ended> {
  return runProgram(process.execPath, [CLI, 'init', ...args], { cwd: folder, env, patience: PATIENCE });
}

/** All files of a project, by their names. */
function read(folder: string): Files {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.includes('node_modules'));
  return Object.fromEntries(names.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

function compile(folder: string, { from, to }: NonNullable<ProjectCase['compile']>): void {
  mkdirSync(join(folder, 'dist'));
  for (const name of readdirSync(join(folder, from))) {
    const { code } = transformSync(readFileSync(join(folder, from, name), 'utf8'), {
      loader: 'ts',
      format: to,
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    });
    writeFileSync(join(folder, 'dist', name.replace(/ts$/, 'js')), code);
  }
}

for (const project of PROJECTS) {
  t.test(project.name, async (sub) => {
    const manifest = `${JSON.stringify({ name: 'shop', ...project.manifest })}\n`;
    const folder = write(sub, { 'package.json': manifest, ...project.files }, project);
    const before = read(folder);
    const server = await strictServer(sub);

    const changed = await init(folder, ['--yes']);
    sub.match(changed, { code: 0, stderr: '' }, 'it is changed');
    const after = read(folder);
    const different = Object.keys(after).filter((name) => after[name] !== before[name]);
    sub.strictSame(different.toSorted(), ['.env.example', ...project.changes].toSorted());
    for (const name of project.changes) checkLines(sub, before[name] ?? '', after[name] ?? '');

    const again = await init(folder, ['--yes']);
    sub.match(again, { code: 0, stdout: /Nothing is to be changed/ }, 'a second time');
    sub.strictSame(read(folder), after, 'changes nothing');

    if (project.compile !== undefined) compile(folder, project.compile);
    const variables = Object.entries(server.env).map(([name, value]) => `${name}=${value}\n`);
    if (project.readsEnv === true) writeFileSync(join(folder, '.env'), variables.join(''));
    const env = project.readsEnv === true ? {} : server.env;
    const ended = await runProgram(process.execPath, project.run, { cwd: folder, env, patience: PATIENCE });
    sub.notOk(/SyntaxError|ERR_MODULE/.test(ended.stderr), ended.stderr);
    sub.strictSame(
      server.events.map(({ message }) => message),
      [project.message],
      'its first error arrives, once',
    );
  });
}

/** What was there is there, as it was, with the same line ends. */
function checkLines(sub: Test, before: string, after: string): void {
  const eol = before.includes('\r\n') ? /[^\r]\n/ : /\r/;
  sub.notMatch(after, eol, 'the line ends are the same');
  sub.equal(after.startsWith('\uFEFF'), before.startsWith('\uFEFF'), 'and what it begins with');
  if (before.startsWith('#!')) sub.equal(after.split('\n')[0], before.split('\n')[0]);
}
