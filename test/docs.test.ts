/** Every block of code in the pages runs, and compiles. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import t, { type Test } from 'tap';
import { makeApp, ROOT, type App } from './helpers/app.ts';
import { runProgram, type Ended } from './helpers/child.ts';
import { strictServer, type TestErrsight } from './helpers/errsight.ts';
import { blocksOf, pages, type Block } from './helpers/markdown.ts';
import { OTHERS, PROGRAMS, type Setting } from './docs/programs.ts';

const LANGUAGES = new Set(['js', 'ts']);
const PACKAGES = ['winston', 'bunyan', 'express', 'esbuild', 'fastify', 'pino-http'];
const TYPES = ['bunyan', 'express', 'express-serve-static-core', 'node'];

/** Programs at a time; more of them make no machine of two cores faster. */
const AT_ONCE = 3;

const blocks = pages().flatMap(blocksOf);
const programs = blocks.filter(({ language }) => LANGUAGES.has(language));

function isCommonJs({ code }: Block): boolean {
  return code.includes('require(');
}

/** The whole program, as TypeScript. */
function whole({ code }: Block, { before = '', after = '', replace }: Setting): string {
  const block = replace === undefined ? code : code.replaceAll(...replace);
  return [before, block, after].filter((part) => part !== '').join('\n');
}

async function toRun(block: Block, setting: Setting): Promise<string> {
  const text = whole(block, setting);
  // What a page shows whole is run as it stands.
  if (text === block.code && block.language === 'js') return text;
  return (await transform(text, { loader: 'ts', format: isCommonJs(block) ? 'cjs' : 'esm' })).code;
}

interface Run {
  readonly app: App;
  readonly server: TestErrsight;
  readonly ended: Ended;
}

async function run(sub: Test, block: Block): Promise<Run> {
  const setting = PROGRAMS[block.name] ?? {};
  const modules = isCommonJs(block) ? 'commonjs' : 'module';
  const files = { ...setting.files, 'app.js': await toRun(block, setting) };
  const server = await strictServer(sub);
  const app = makeApp(sub, files, { modules, packages: PACKAGES });
  const env = { ...server.env, HOME: app.folder };
  const ended = await runProgram(process.execPath, ['app.js'], { cwd: app.folder, env });
  return { app, server, ended };
}

t.test('every program of the pages runs', async (sub) => {
  sub.setTimeout(600_000);
  sub.ok(programs.length > 25, 'they are found');
  const waiting = [...programs];
  const work = async (): Promise<void> => {
    for (let block = waiting.shift(); block !== undefined; block = waiting.shift()) {
      const { stdout = /^/, events } = PROGRAMS[block.name] ?? {};
      const { server, ended } = await run(sub, block);
      sub.match(ended, { code: 0, stdout, stderr: /^$/ }, block.name);
      if (events === undefined) continue;
      const found = server.events.map(({ message }) => message).toSorted();
      sub.strictSame(found, events.toSorted(), `the events of ${block.name}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
});

/** All strict but for programs in JavaScript outside of the README, whose parameters have no types. */
const STRICTNESS = [
  { what: 'the README and the programs in TypeScript', isTyped: true },
  { what: 'the programs in JavaScript', isTyped: false },
];

for (const { what, isTyped } of STRICTNESS) {
  t.test(`${what} compile`, async (sub) => {
    sub.setTimeout(600_000);
    const { folder } = makeApp(sub, {}, { packages: PACKAGES });
    const types = join(folder, 'node_modules/@types');
    mkdirSync(types);
    for (const name of TYPES)
      symlinkSync(join(ROOT, 'node_modules/@types', name), join(types, name));
    const files = programs
      .filter(({ page, language }) => isTyped === (page === 'README.md' || language === 'ts'))
      .filter(({ name }) => PROGRAMS[name]?.untyped === undefined)
      .map((block, index) => {
        const name = `${index}-${block.name.replaceAll(/\W+/g, '-')}.${isCommonJs(block) ? 'cts' : 'ts'}`;
        // `require` is an import to TypeScript, and each file a module of its own.
        const text = whole(block, PROGRAMS[block.name] ?? {}).replaceAll(
          /^const (\w+) = (require\('[^']+'\))/gm,
          'import $1_ = $2; const $1 = $1_',
        );
        writeFileSync(join(folder, name), `${text}\nexport {};\n`);
        return name;
      });
    sub.ok(files.length > 3, 'there are some');
    const compilerOptions = {
      strict: true,
      noImplicitAny: isTyped,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
      noEmit: true,
      skipLibCheck: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const ended = await runProgram(process.execPath, [tsc, '--pretty', 'false'], { cwd: folder });
    sub.match(ended, { stdout: /^$/, code: 0 });
  });
}

t.test('every other block is held to the truth by something', (sub) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const { name, language, code, page } of blocks) {
    if (LANGUAGES.has(language)) continue;
    if (language === 'json') sub.doesNotThrow(() => void JSON.parse(code), name);
    else if (language === 'sh') checkCommands(sub, name, code, page, manifest.scripts);
    else sub.ok(OTHERS[name], `${name}: ${OTHERS[name]}`);
  }
  const names = new Set(blocks.map(({ name }) => name));
  const gone = [...Object.keys(PROGRAMS), ...Object.keys(OTHERS)].filter(
    (name) => !names.has(name),
  );
  sub.strictSame(gone, [], 'nothing is said of blocks that are gone');
  sub.end();
});

/** npm's scripts and what they run exist; the test of the command has its options. */
function checkCommands(
  sub: Test,
  name: string,
  code: string,
  page: string,
  scripts: Readonly<Record<string, string>>,
): void {
  for (const line of code.split('\n')) {
    const commands = (line.split(' #')[0] ?? '').split('&&').map((command) => command.trim());
    for (const command of commands.filter((each) => each !== '')) {
      const [, script = /^npm (test)$/.exec(command)?.[1]] = /^npm run (\S+)$/.exec(command) ?? [];
      if (script !== undefined) sub.ok(scripts[script], `${name}: ${command}`);
      else if (command.startsWith('npx tap run ')) {
        const file = command.slice('npx tap run '.length);
        sub.doesNotThrow(() => readable(join(ROOT, file)), `${name}: ${command}`);
      } else if (/^(?:node|cd) /.test(command)) {
        const [, target = ''] = /^\S+ (\S+)/.exec(command) ?? [];
        const from = command.startsWith('cd') ? ROOT : dirname(join(ROOT, page));
        sub.doesNotThrow(() => readable(join(from, target)), `${name}: ${command}`);
      } else sub.match(command, KNOWN, `${name}: ${command}`);
    }
  }
}

const KNOWN =
  /^(?:npm ci(?: --prefix \S+)?(?: --ignore-scripts)?|npm install (?:errsight|redis)|(?:your-program \| )?npx errsight (?:dev|test|init|pipe|relay)\b.*)$/;

function readable(path: string): void {
  try {
    readFileSync(path);
  } catch (error) {
    // A folder is there as well.
    if (!(error instanceof Error && 'code' in error && error.code === 'EISDIR')) throw error;
  }
}
