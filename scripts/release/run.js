// Looks whether this version can be published: `npm run release`. With `-- --publish` it then tags and
// publishes it. It publishes the very file that it has looked at.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { changelogProblems, entryProblems, gitProblems, packedProblems } from './checks.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isPublishing = process.argv.includes('--publish');

function run(command, args, options = {}) {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', ...options }).trim();
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    });
}

/** Builds and packs it, installs the file in an empty project and starts it. */
function checkPacked(folder) {
  run('npm', ['ci'], { stdio: 'inherit' });
  run('npm', ['run', 'check:package'], { stdio: 'inherit' });
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--offline', '--no-audit', tarball], { cwd: folder });
  const installed = join(folder, 'node_modules/errsight');
  const files = filesIn(installed);
  const problems = [
    ...packedProblems(files, ROOT.replace(/\/$/, '')),
    ...entryProblems(manifest, new Set(files.map(([name]) => name))),
  ];
  const said = run('npx', ['--offline', 'errsight', '--version'], { cwd: folder });
  if (!said.includes(manifest.version)) problems.push(`the command says that it is ${said}`);
  return { problems, tarball };
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const { version } = manifest;
const folder = mkdtempSync(join(tmpdir(), 'errsight-release-'));
try {
  const git = {
    status: run('git', ['status', '--porcelain']),
    branch: run('git', ['branch', '--show-current']),
    tags: run('git', ['tag', '--list']).split('\n'),
  };
  const { problems: packed, tarball } = checkPacked(folder);
  const problems = [
    ...gitProblems(git, version),
    ...changelogProblems(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), version),
    ...packed,
  ];
  for (const problem of problems) process.stderr.write(`- ${problem}\n`);
  if (problems.length > 0) {
    process.exitCode = 1;
  } else if (isPublishing) {
    run('git', ['tag', `v${version}`]);
    run('npm', ['publish', tarball], { stdio: 'inherit' });
  } else {
    process.stdout.write(`${version} can be published: npm run release -- --publish\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
