import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { strictServer } from '../helpers/errsight.ts';
import { installPacked, makeConsumer, type Consumer } from './consumer.ts';

const installed = await installPacked(t);
const tsc = join(fileURLToPath(import.meta.resolve('typescript/package.json')), '../bin/tsc');

/** As strict as a consumer can be, with the declarations of packages checked as well. */
const STRICT = {
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: false,
  isolatedModules: true,
  target: 'es2022',
  types: ['node'],
  rootDir: '.',
  outDir: 'out',
};

interface Setting {
  readonly name: string;
  readonly type?: 'module' | 'commonjs';
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether what was compiled is run as well. */
  readonly runs?: boolean;
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'module node16 in a package without a type',
    options: { module: 'node16' },
    runs: true,
  },
  { name: 'module node20 in a CommonJS package', type: 'commonjs', options: { module: 'node20' } },
  {
    name: 'module nodenext in an ES module',
    type: 'module',
    options: { module: 'nodenext' },
    runs: true,
  },
  {
    name: "a bundler's resolution",
    type: 'module',
    options: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'] },
    runs: true,
  },
  {
    name: "a bundler's resolution with modules preserved",
    options: { module: 'preserve' },
  },
];

/** Compiles some files of the fixture. */
async function compile(
  t: Parameters<typeof makeConsumer>[0],
  { type, options }: Omit<Setting, 'name'>,
  files: readonly string[],
  packages: readonly string[] = ['pino', '@types/node'],
): Promise<{ readonly project: Consumer; readonly errors: readonly string[] }> {
  const project = makeConsumer(t, installed, 'typescript', packages);
  const write = (name: string, content: object): void => {
    writeFileSync(join(project.folder, name), JSON.stringify(content));
  };
  write('package.json', { private: true, ...(type && { type }) });
  write('tsconfig.json', { compilerOptions: { ...STRICT, ...options }, files });
  const ended = await project.node([tsc, '--pretty', 'false']);
  const errors = errorsIn(ended.stdout);
  if (ended.stderr !== '' || (ended.code !== 0 && errors.length === 0)) {
    throw new Error(`tsc ended with ${ended.code}\n${ended.stdout}${ended.stderr}`);
  }
  return { project, errors };
}

/** The errors in a compiler's output, as `file:line code: message`. */
function errorsIn(output: string): string[] {
  return [...output.matchAll(/^(?:(\S+?)\((\d+),\d+\): )?error (TS\d+: .*)/gm)].map(
    ([, file = 'tsconfig.json', line = '0', error = '']) => `${file}:${line} ${error}`,
  );
}

/** What the comments of a file expect, as `file:line code`. */
function expectedErrors(folder: string, file: string): string[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  return lines.flatMap((line, index) =>
    (/ \/\/((?: TS\d+)+)$/.exec(line)?.[1] ?? '')
      .split(' ')
      .slice(1)
      .map((code) => `${file}:${index + 1} ${code}`),
  );
}

for (const setting of SETTINGS) {
  t.test(`with ${setting.name} what is right compiles, and what is wrong does not`, async (t) => {
    // In one run of the compiler, since each takes seconds.
    const files = ['app.ts', 'no-any.ts', 'wrong.ts', 'winston.ts', 'environment.ts'];
    const packages = ['pino', 'winston', '@types/node'];
    const project = await compileMarked(t, setting, files, packages);
    const mistakes = expectedErrors(project.folder, 'wrong.ts');
    t.ok(mistakes.length > 30, 'the mistakes are found');
    if (setting.runs !== true) return;

    const server = await strictServer(t);
    const ended = await project.node(['out/app.js'], server.env);
    t.match(ended, { code: 0, stderr: '' });
    t.strictSame(JSON.parse(ended.stdout), {
      ids: ['string', 'string', 'string'],
      answer: 17,
      arrived: true,
      accepted: 4,
      dropped: 0,
      mistakes: ['release', 'release'],
      loggers: 5,
      separate: 'info',
      nestedKey: 'payload',
      severity: 'fatal',
    });
    t.strictSame(server.events.map(({ level, message }) => `${level}: ${message}`).toSorted(), [
      'error: RangeError: an event',
      'error: SyntaxError: a line to the target',
      'error: TypeError: an exception',
      'fatal: a message',
      'info: a scope',
      'warning: a line to the stream',
    ]);
  });
}

/** What is found in files that hold mistakes has to be these. */
async function compileMarked(
  t: Parameters<typeof makeConsumer>[0] & Test,
  setting: Omit<Setting, 'name'>,
  files: readonly string[],
  packages: readonly string[],
): Promise<Consumer> {
  const { project, errors } = await compile(t, setting, files, packages);
  const expected = files.flatMap((file) => expectedErrors(project.folder, file));
  const found = errors.map((error) => error.replace(/: .*/, ''));
  if (!t.strictSame(found.toSorted(), expected.toSorted())) t.comment(errors.join('\n'));
  return project;
}

for (const type of ['module', 'commonjs'] as const) {
  t.test(`bunyan's stream in a ${type} needs no types of bunyan, and fits them`, async (t) => {
    const setting = { type, options: { module: 'nodenext', noImplicitAny: true } };
    await compileMarked(t, setting, ['bunyan.ts'], ['@types/node']);
    const { errors } = await compile(
      t,
      setting,
      ['bunyan-typed.ts'],
      ['bunyan', '@types/bunyan', '@types/node'],
    );
    t.strictSame(errors, []);
  });
}

t.test('the direct API needs no types of Node', async (t) => {
  const options = { module: 'nodenext', types: [] };
  const { errors } = await compile(t, { type: 'module', options }, ['plain.ts'], []);
  t.strictSame(errors, []);
});
