import { join } from 'node:path';
import t from 'tap';
import { ROOT } from './helpers/app.ts';

interface Checks {
  readonly changelogProblems: (changelog: string, version: string) => string[];
  readonly gitProblems: (
    git: { readonly status: string; readonly branch: string; readonly tags: readonly string[] },
    version: string,
  ) => string[];
  readonly packedProblems: (
    files: readonly (readonly [string, Buffer])[],
    root: string,
  ) => string[];
  readonly entryProblems: (manifest: unknown, names: ReadonlySet<string>) => string[];
}

const { changelogProblems, gitProblems, packedProblems, entryProblems } = (await import(
  join(ROOT, 'scripts/release/checks.js')
)) as Checks;

const READY = '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-11-29\n\n- A line.\n';

const CHANGELOGS: readonly (readonly [
  name: string,
  changelog: string,
  problems: readonly RegExp[],
])[] = [
  ['is ready', READY, []],
  ['has no section', READY.replace('1.2.0', '1.1.0'), [/no section for 1\.2\.0/]],
  ['has no date', READY.replace(' - 2026-11-29', ''), [/no date/]],
  ['has no real date', READY.replace('11-29', '13-29'), [/no date/]],
  ['says nothing', READY.replace('- A line.', ''), [/is empty/]],
  ['has more', READY.replace('[Unreleased]', '[Unreleased]\n\n- News.'), [/Unreleased/]],
];

for (const [name, changelog, problems] of CHANGELOGS) {
  t.test(`a changelog that ${name}`, async (t) => {
    t.match(changelogProblems(changelog, '1.2.0'), problems);
    t.equal(changelogProblems(changelog, '1.2.0').length, problems.length);
  });
}

t.test('what is published is committed, on main, and new', async (t) => {
  const git = { status: '', branch: 'main', tags: ['v1.1.0'] };
  t.strictSame(gitProblems(git, '1.2.0'), []);
  t.match(gitProblems({ ...git, status: ' M src/index.ts' }, '1.2.0'), [/not committed/]);
  t.match(gitProblems({ ...git, branch: 'fix' }, '1.2.0'), [/fix/]);
  t.match(gitProblems({ ...git, tags: ['v1.2.0'] }, '1.2.0'), [/already/]);
});

t.test('what is packed is small, and only what belongs there', async (t) => {
  const files = [
    ['package.json', Buffer.from('{}')],
    ['dist/cjs/index.js', Buffer.from('0')],
  ] as const;
  t.strictSame(packedProblems(files, '/home/ada/errsight'), []);
  const more = (name: string, content: Buffer): string[] =>
    packedProblems([...files, [name, content]], '/home/ada/errsight');
  t.match(more('test/index.test.js', Buffer.from('0')), [/no part/]);
  t.match(more('.env', Buffer.from('0')), [/no part/]);
  t.match(more('dist/cjs/index.js.map', Buffer.from('0')), [/source map/]);
  t.match(more('dist/cjs/a.js', Buffer.from('at /home/ada/errsight/a.ts')), [/built in/]);
  t.match(more('dist/cjs/a.js', Buffer.alloc(750_000)), [/750000/]);
});

t.test('every file that package.json names has to be packed', async (t) => {
  const manifest = {
    main: './dist/a.js',
    bin: { errsight: './dist/cli.js' },
    exports: { '.': { import: { types: './dist/a.d.ts', default: './dist/a.js' } } },
  };
  const names = ['dist/a.js', 'dist/a.d.ts', 'dist/cli.js'];
  t.strictSame(entryProblems(manifest, new Set(names)), []);
  for (const name of names) {
    const others = new Set(names.filter((each) => each !== name));
    t.match(entryProblems(manifest, others), [new RegExp(name)]);
  }
});
