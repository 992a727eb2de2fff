/** `errsight init`: puts errsight into a project. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { readOptions } from './args.ts';
import { diffOf } from './init/diff.ts';
import { placeStart } from './init/frameworks.ts';
import { placeLoggers } from './init/loggers.ts';
import type { Plan } from './init/plan.ts';
import { lookAt, shown, type Project } from './init/project.ts';
import type { Source } from './init/source.ts';
import { print } from './output.ts';
import { testWith } from './trial.ts';

const ENV_EXAMPLE = '.env.example';

/** Resolves with the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = readOptions('init', args, {
    yes: { type: 'boolean' },
    cwd: { type: 'string' },
    entry: { type: 'string' },
  });
  const project = lookAt(resolve(flags.cwd ?? '.'), flags.entry);
  if (project.packages.length > 0 && !hasOwnEntry(project)) {
    print(describeRoot(project));
    return 0;
  }
  const plan: Plan = { done: [], advice: [], files: new Map() };
  placeStart(project, plan);
  placeLoggers(project, plan);
  placeVariables(project, plan);
  for (const source of project.sources) if (source.isChanged) placeSource(project, source, plan);
  const isMissing = !isInstalled(project);
  print(describe(project, plan, isMissing));
  if (plan.files.size === 0 && !isMissing) return 0;
  if (flags.yes !== true) {
    print('\nNothing was changed yet. errsight init --yes does it.\n');
    return 0;
  }
  if (isMissing && !install(project)) return 1;
  for (const [path, { after }] of plan.files) writeFileSync(path, after);
  if (plan.files.size > 0)
    print(`\nChanged: ${[...plan.files.keys()].map((path) => shown(project, path)).join(', ')}\n`);
  return tryIt();
}

function hasOwnEntry({ folder, entry, packages }: Project): boolean {
  if (entry === undefined) return false;
  return !packages.some((each) => entry.startsWith(join(folder, each) + sep));
}

/** The root of a monorepo is no application itself. */
function describeRoot({ packages }: Project): string {
  return `This is the root of a monorepo. Nothing was changed. Choose the package that is started:

${packages.map((each) => `  npx errsight init --cwd ${each}\n`).join('')}`;
}

/** The last step: whether an event arrives. Without a key there is nothing to try yet. */
function tryIt(): Promise<number> | number {
  if ((process.env['ERRSIGHT_API_KEY'] ?? '') === '') {
    print(`
Next: set ERRSIGHT_API_KEY to the write key of your project, and see whether an event arrives:

  npx errsight test        or, with the variables in a file: npx errsight test --env .env
  npx errsight dev -- npm start        without a key, on this machine; or what else starts your program
`);
    return 0;
  }
  print('\n');
  return testWith({});
}

function describe(project: Project, plan: Plan, isMissing: boolean): string {
  const parts = [];
  if (isMissing) parts.push(`To install: ${project.add.join(' ')}`);
  if (plan.done.length > 0) parts.push(`Found: ${plan.done.join(', ')}`);
  for (const [path, { before, after }] of plan.files) {
    parts.push(diffOf(shown(project, path), before, after).trimEnd());
  }
  for (const { what, lines } of plan.advice) {
    parts.push([what, ...lines.map((line) => `  ${line}`)].join('\n'));
  }
  if (parts.length === 0) parts.push('errsight is there already. Nothing is to be changed.');
  return `${parts.join('\n\n')}\n`;
}

function placeVariables({ folder }: Project, plan: Plan): void {
  const path = join(folder, ENV_EXAMPLE);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  const text = before ?? '';
  const missing = [
    ['ERRSIGHT_API_KEY', ''],
    ['ERRSIGHT_HOST', 'https://errsight.com'],
  ].filter(([name]) => !new RegExp(`^\\s*(?:#\\s*|export\\s+)?${name}\\s*=`, 'm').test(text));
  if (missing.length === 0) return;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const start = text === '' || text.endsWith('\n') ? text : `${text}${eol}`;
  const lines = [
    '# ErrSight: the write key of the project, without which nothing is sent',
    ...missing.map((pair) => pair.join('=')),
  ];
  plan.files.set(path, { before, after: `${start}${lines.join(eol)}${eol}` });
}

/** A change that breaks the file's syntax is none. */
function placeSource(project: Project, source: Source, plan: Plan): void {
  const after = source.changed();
  if (isSound(source, after)) {
    plan.files.set(source.path, { before: source.text, after });
    return;
  }
  plan.advice.push({
    what: `${shown(project, source.path)} is not understood well enough to be changed. By hand it would be:`,
    lines: diffOf(shown(project, source.path), source.text, after).trimEnd().split('\n'),
  });
}

/** Asks Node, where it knows the language. */
function isSound({ path, style }: Source, text: string): boolean {
  if (!/(?:\.[cm]?js|[\\/][^.\\/]+)$/.test(path)) return true;
  const folder = mkdtempSync(join(tmpdir(), 'errsight-init-'));
  try {
    const file = join(folder, style === 'import' ? 'check.mjs' : 'check.cjs');
    writeFileSync(file, text);
    const options = { stdio: 'ignore', env: { ...process.env, NODE_OPTIONS: '' } } as const;
    return spawnSync(process.execPath, ['--check', file], options).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isInstalled({ folder, has }: Project): boolean {
  if (has('errsight')) return true;
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules/errsight/package.json'))) return true;
    if (dirname(at) === at) return false;
  }
}

function install({ folder, add: [command, ...args] }: Project): boolean {
  print(`\n$ ${[command, ...args].join(' ')}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return true;
  print(
    `\nIt could not be installed (${error?.message ?? `status ${status}`}). Nothing was changed.\n`,
  );
  return false;
}
