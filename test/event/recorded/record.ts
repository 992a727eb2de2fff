/**
 * Records stacks of the Node that runs this file, for `recorded.test.ts`. By hand, after a build:
 *
 *     npx -y -p node@20.19.0 -c 'node dist/esm/test/event/recorded/record.js'
 *     npx -y -p node@22 -c 'node dist/esm/test/event/recorded/record.js'
 *     npx -y -p node@24 -c 'node dist/esm/test/event/recorded/record.js'
 *
 * Each replaces `node<major>.json`, and what is built of `app/typed`. All three are to be recorded
 * again when a file in `app` changes: the lines and columns of the scenarios are part of the table.
 *
 * Every scenario runs twice: once for the stack's text, and once, in a process of its own, for what
 * V8's call sites say of the same error.
 */
import { execFileSync, fork } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { createMapReader } from './original.ts';
import type { MapReader } from './original.ts';
import { FLAGS, RECORDED_FOLDER, RECORDED_ROOT } from './recording.ts';
import type { Facts, Flag, Place, RecordedFrame, RecordedStack } from './recording.ts';

const repository = join(RECORDED_FOLDER, '../../..');
const app = join(RECORDED_FOLDER, 'app');
const ODD_FOLDER = 'src/odd (1) [x] #2 100% ünï 日本 %20';

/** What the child sends: `frames` when asked for facts, else `stack`. */
interface Told {
  readonly class: string;
  readonly message: string;
  readonly stack: string;
  readonly frames: readonly Facts[];
}

interface Run {
  readonly file: string;
  readonly scenario: string;
  readonly flag: Flag;
  readonly thread: 'main' | 'thread';
}

function makeApp(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'recorded-')));
  cpSync(app, folder, { recursive: true });
  renameSync(join(folder, 'modules'), join(folder, 'node_modules'));
  const store = 'node_modules/.pnpm/pnpm-dep@1.0.0/node_modules/pnpm-dep';
  cpSync(join(app, 'modules/dep'), join(folder, store), { recursive: true });
  symlinkSync(join(folder, store), join(folder, 'node_modules/pnpm-dep'));
  for (const name of ['odd.cjs', 'odd.mjs']) {
    mkdirSync(join(folder, ODD_FOLDER), { recursive: true });
    renameSync(join(folder, 'src', name), join(folder, ODD_FOLDER, name));
  }
  return folder;
}

/** A CommonJS program with maps beside it, one of ES modules with maps inside, and a bundle. */
async function buildTyped(folder: string): Promise<void> {
  const typed = join(folder, 'typed');
  rmSync(join(typed, 'dist'), { recursive: true, force: true });
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const common = ['--target es2022 --strict --rewriteRelativeImportExtensions --skipLibCheck'];
  const kinds = {
    plain: '--module commonjs --moduleResolution bundler --sourceMap',
    inline: '--module preserve --moduleResolution bundler --inlineSourceMap --inlineSources',
  };
  for (const [kind, options] of Object.entries(kinds)) {
    const out = `--rootDir src --outDir dist/${kind} src/main.ts`;
    const args = [...common, options, out].join(' ').split(' ');
    execFileSync(process.execPath, [tsc, ...args], { cwd: typed, stdio: 'inherit' });
  }
  writeFileSync(join(typed, 'dist/inline/package.json'), '{ "type": "module" }\n');
  await build({
    absWorkingDir: folder,
    entryPoints: ['typed/src/main.ts'],
    outfile: 'typed/dist/bundle/main.js',
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    format: 'cjs',
  });
  rmSync(join(app, 'typed/dist'), { recursive: true, force: true });
  cpSync(join(typed, 'dist'), join(app, 'typed/dist'), { recursive: true });
}

async function findRuns(folder: string): Promise<readonly Run[]> {
  const files = [
    ...['plain', 'inline', 'bundle'].map((kind) => `typed/dist/${kind}/main.js`),
    ...['calls.cjs', 'async.cjs', 'code.cjs', 'node.cjs', 'errors.cjs'].map(
      (name) => `src/${name}`,
    ),
    'src/module.mjs',
    `${ODD_FOLDER}/odd.cjs`,
    `${ODD_FOLDER}/odd.mjs`,
  ];
  const runs: Run[] = [];
  for (const name of files) {
    const file = join(folder, name);
    const scenarios = await loadScenarios(file);
    for (const flag of FLAGS) {
      for (const scenario of scenarios) {
        runs.push({ file, scenario, flag, thread: 'main' });
        const inThread = ['a private method', 'async functions'].includes(scenario);
        if (inThread) runs.push({ file, scenario, flag, thread: 'thread' });
      }
    }
  }
  return runs;
}

async function loadScenarios(file: string): Promise<readonly string[]> {
  const loaded = (await import(pathToFileURL(file).href)) as { default: Record<string, unknown> };
  const inner = loaded.default['default'] ?? loaded.default;
  return Object.keys(inner);
}

function tell(folder: string, run: Run, mode: 'text' | 'facts'): Promise<Told> {
  const { promise, resolve, reject } = withResolvers<Told>();
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(join(folder, 'child.cjs'), [run.file, run.scenario, mode, run.thread], {
    cwd: folder,
    env,
    execArgv: run.flag === '' ? [] : [run.flag],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.once('message', (told) => {
    child.kill();
    // The folder, in paths and URLs alike: its name needs no encoding.
    const text = JSON.stringify(told).replaceAll(folder, RECORDED_ROOT);
    resolve(JSON.parse(text) as Told);
  });
  child.once('exit', () => reject(new Error(`${run.file}: ${run.scenario} told nothing`)));
  return promise;
}

/** Promise.withResolvers, which Node 20 has not. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}

/** Where the scenario's source has the comment that stands before what evaluates its code. */
function findEvaluation(run: Run): Omit<Place, 'file'> | undefined {
  const comment = `/*evaluates ${run.scenario}*/ `;
  const source = readFileSync(run.file, 'utf8');
  const lines = source.split('\n');
  const line = lines.findIndex((text) => text.includes(comment));
  if (line < 0) return undefined;
  return { line: line + 1, column: (lines[line] ?? '').indexOf(comment) + comment.length + 1 };
}

function frameOf(facts: Facts, text: string, run: Run, folder: string, maps: MapReader) {
  const recorded = (name: string): string => name.replace(folder, RECORDED_ROOT);
  const frame: { -readonly [K in keyof RecordedFrame]: RecordedFrame[K] } = { facts };
  if (facts.eval && facts.file === undefined) {
    const place = findEvaluation(run);
    // Which file is known, and its name is no URL in what is expected.
    if (place) frame.evaluated = { file: recorded(run.file), ...place };
  }
  const { file = '', line = 0, column = 0 } = facts;
  const actual = file.replace(RECORDED_ROOT, folder);
  const path = actual.startsWith('file:') ? fileURLToPath(actual) : actual;
  const original = maps(path, line, column);
  if (!original) return frame;
  frame.original = {
    file: recorded(original.file),
    line: original.line,
    function: original.function,
  };
  if (run.flag !== '') {
    const place = {
      file: recorded(original.file),
      line: original.line,
      column: original.column,
    };
    frame.mapped = { ...place, function: nameBefore(text, place) };
  }
  return frame;
}

/** The name that Node writes before a place that is known. */
function nameBefore(text: string, { file, line, column }: Place): string {
  const place = `${file}:${line}:${column}`;
  const call = text.replace(/^\s+at (?:async )?/, '');
  if (call === place) return '';
  if (!call.endsWith(` (${place})`)) throw new Error(`"${text}" is not at ${place}`);
  return call.slice(0, -` (${place})`.length);
}

/** A frame's line has the place that its facts tell, or the two runs did not go the same way. */
function checkTwin(frame: RecordedFrame, text: string, scenario: string): void {
  const { file, line, column } = frame.mapped ?? frame.facts;
  const place = `${file}:${line}:${column}`;
  const isPlaced = file !== undefined && line !== undefined && !file.startsWith('wasm:');
  if (isPlaced && !text.includes(place)) throw new Error(`${scenario}: "${text}" is not ${place}`);
}

/** A JSON array with one of its values a line. */
function rows(values: Iterable<string>): string {
  return `[\n${[...values].join(',\n')}\n]`;
}

async function record(folder: string): Promise<void> {
  await buildTyped(folder);
  const maps = createMapReader();
  const frames = new Map<string, number>();
  const stacks = new Map<string, { stack: Omit<RecordedStack, 'flags'>; flags: Flag[] }>();

  async function recordRun(run: Run): Promise<void> {
    const told = await tell(folder, run, 'text');
    const twin = await tell(folder, run, 'facts');
    // The frames are the last lines of the text: as many as there are call sites.
    const lines = told.stack.split('\n').slice(-twin.frames.length);
    const indexes = twin.frames.map((facts, index) => {
      const text = lines[index] ?? '';
      const frame = frameOf(facts, text, run, folder, maps);
      checkTwin(frame, text, run.scenario);
      const key = JSON.stringify(frame);
      const known = frames.get(key) ?? frames.size;
      frames.set(key, known);
      return known;
    });
    const kind = run.file.includes('/dist/') ? ` (${basename(dirname(run.file))})` : '';
    const thread = run.thread === 'thread' ? ' in a worker thread' : '';
    const stack = {
      scenario: `${run.scenario}${kind}${thread}`,
      class: told.class,
      message: told.message,
      stack: told.stack,
      frames: indexes,
    };
    const key = JSON.stringify(stack);
    stacks.set(key, { stack, flags: [...(stacks.get(key)?.flags ?? []), run.flag] });
  }

  for (const run of await findRuns(folder)) await recordRun(run);

  const told = [...stacks.values()].map(({ stack, flags }) => JSON.stringify({ flags, ...stack }));
  const [major] = process.versions.node.split('.');
  writeFileSync(
    join(RECORDED_FOLDER, `node${major}.json`),
    `{"node":"${process.versions.node}",\n"frames":${rows(frames.keys())},\n` +
      `"stacks":${rows(told)}}\n`,
  );
  process.stdout.write(`${told.length} different stacks, ${frames.size} different frames\n`);
}

const folder = makeApp();
try {
  await record(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
