/** The release and the environment where nobody names them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commitOf } from '../../src/options/git-head.ts';
import { resolveOptions } from '../../src/options/resolve.ts';
import { PLATFORMS } from '../../src/options/platforms.ts';
import { releaseOf } from '../../src/options/release.ts';
import { tableUnder } from '../helpers/markdown.ts';

const COMMIT = 'a'.repeat(40);

function said(env: Record<string, string>, options: object = {}): object {
  const { environment, environmentBy, release, releaseBy } = resolveOptions(options, env);
  return { environment, environmentBy, release, releaseBy };
}

t.test('an option wins over our variable, that over the platform, that over NODE_ENV', (t) => {
  const heroku = { HEROKU_SLUG_COMMIT: COMMIT };
  const vercel = { VERCEL_ENV: 'preview', NODE_ENV: 'production' };
  const rows: readonly (readonly [
    what: string,
    env: Record<string, string>,
    options: object,
    object,
  ])[] = [
    [
      'nothing',
      {},
      {},
      { environment: 'production', environmentBy: 'the default', release: undefined },
    ],
    ['NODE_ENV', { NODE_ENV: 'test' }, {}, { environment: 'test', environmentBy: '`NODE_ENV`' }],
    ['NODE_ENV, blank', { NODE_ENV: '  ' }, {}, { environment: 'production' }],
    ['NODE_ENV of a template', { NODE_ENV: 'undefined' }, {}, { environment: 'production' }],
    ['NODE_ENV, too long', { NODE_ENV: 'x'.repeat(201) }, {}, { environment: 'production' }],
    ['a platform', vercel, {}, { environment: 'preview', environmentBy: '`VERCEL_ENV` of Vercel' }],
    [
      'ours',
      { ...vercel, ERRSIGHT_ENV: 'qa' },
      {},
      { environment: 'qa', environmentBy: '`ERRSIGHT_ENV`' },
    ],
    [
      'an option',
      { ...vercel, ERRSIGHT_ENV: 'qa' },
      { environment: 'mine' },
      { environment: 'mine', environmentBy: 'the option' },
    ],
    [
      'an empty option',
      { ERRSIGHT_ENV: 'qa' },
      { environment: '' },
      { environmentBy: '`ERRSIGHT_ENV`' },
    ],
    ['a platform', heroku, {}, { release: COMMIT, releaseBy: '`HEROKU_SLUG_COMMIT` of Heroku' }],
    [
      'ours',
      { ...heroku, ERRSIGHT_RELEASE: '7' },
      {},
      { release: '7', releaseBy: '`ERRSIGHT_RELEASE`' },
    ],
    [
      'an option',
      { ERRSIGHT_RELEASE: '7' },
      { release: '8' },
      { release: '8', releaseBy: 'the option' },
    ],
    ['none', { ...heroku, ERRSIGHT_RELEASE: '7' }, { release: false }, { release: false }],
    ['too long', { HEROKU_SLUG_COMMIT: 'x'.repeat(121) }, {}, { release: undefined }],
    ['a platform before a builder', { GITHUB_SHA: 'b', ...heroku }, {}, { release: COMMIT }],
  ];
  for (const [what, env, options, expected] of rows) t.match(said(env, options), expected, what);
  t.throws(() => said({}, { release: true }), { message: /1 to 120 characters, or `false`, got/ });
  t.end();
});

/** What is written there as it stands, where that differs from what is meant. */
const MEANT: Readonly<Record<string, readonly [written: string, meant: string]>> = {
  FLY_IMAGE_REF: ['registry.fly.io/shop:deployment-01H9', 'deployment-01H9'],
  WEBSITE_SLOT_NAME: ['Production', 'production'],
  AZURE_FUNCTIONS_ENVIRONMENT: ['Staging', 'staging'],
};

t.test('each variable of each platform is read, and only where it is that platform', (t) => {
  for (const { name, mark, ...variables } of PLATFORMS) {
    const marked: Record<string, string> = mark === undefined ? {} : { [mark]: 'true' };
    for (const what of ['release', 'environment'] as const) {
      for (const variable of variables[what] ?? []) {
        const [written, meant] = MEANT[variable] ?? ['what it says', 'what it says'];
        const expected = { [what]: meant, [`${what}By`]: `\`${variable}\` of ${name}` };
        t.match(said({ ...marked, [variable]: ` "${written}"\n` }), expected, variable);
        if (mark !== undefined) t.notMatch(said({ [variable]: written }), expected, `not ${name}`);
      }
    }
  }
  const unsaid = {
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    BUILDKITE_COMMIT: 'HEAD',
    FLY_IMAGE_REF: 'shop',
  };
  for (const [variable, value] of Object.entries(unsaid)) {
    t.match(said({ [variable]: value }), { release: undefined }, `${variable}: ${value}`);
  }
  for (const { mark = 'A', release = [] } of PLATFORMS) {
    for (const variable of release) {
      for (const value of ['HEAD', 'unknown', 'Unknown', 'null', 'undefined', 'none', 'N/A']) {
        const env = { [mark]: 'true', [variable]: value };
        t.match(said(env), { release: undefined }, `${variable}: ${value}`);
      }
    }
  }
  t.end();
});

t.test('of an image on Fly the tag is taken, or else the digest', (t) => {
  const digest = `sha256:${'a'.repeat(64)}`;
  for (const [image, release] of [
    [`registry.fly.io/my-app:v1@${digest}`, 'v1'],
    [`registry.fly.io/my-app@${digest}`, digest],
    ['localhost:5000/my-app:v1', 'v1'],
    ['localhost:5000/my-app', undefined],
    ['my-app:v1', 'v1'],
  ] as const) {
    t.match(said({ FLY_IMAGE_REF: image }), { release }, image);
  }
  t.end();
});

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

const MANIFEST = JSON.stringify({ name: 'shop', version: '1.2.3' });

t.test('the commit is read from the files of git, wherever they keep it', (t) => {
  const ref = 'refs/heads/fix/löwe';
  const packed = `# pack-refs with: peeled fully-peeled sorted \n${'b'.repeat(40)} refs/heads/a\n`;
  const kinds: Readonly<
    Record<string, readonly [files: Record<string, string>, string | undefined]>
  > = {
    'a branch': [{ '.git/HEAD': `ref: ${ref}\n`, [`.git/${ref}`]: `${COMMIT}\n` }, COMMIT],
    'no branch': [{ '.git/HEAD': `${COMMIT}\n` }, COMMIT],
    'SHA-256': [{ '.git/HEAD': `${'c'.repeat(64)}\n` }, 'c'.repeat(64)],
    packed: [
      {
        '.git/HEAD': `ref: ${ref}\n`,
        '.git/packed-refs': `${packed}${COMMIT} ${ref}\n^${'d'.repeat(40)}\n`,
      },
      COMMIT,
    ],
    'packed, without an end': [
      { '.git/HEAD': `ref: ${ref}`, '.git/packed-refs': `${packed}${COMMIT} ${ref}` },
      COMMIT,
    ],
    'packed, behind many': [
      {
        '.git/HEAD': `ref: ${ref}\n`,
        '.git/packed-refs': `${`${'b'.repeat(40)} refs/tags/some-version\n`.repeat(3_000)}${COMMIT} ${ref}\n`,
      },
      COMMIT,
    ],
    'a name that leads to a name': [
      {
        '.git/HEAD': 'ref: refs/heads/a',
        '.git/refs/heads/a': `ref: ${ref}`,
        [`.git/${ref}`]: COMMIT,
      },
      COMMIT,
    ],
    'a worktree': [
      {
        '.git': 'gitdir: main/.git/worktrees/wt\n',
        'main/.git/worktrees/wt/HEAD': `ref: ${ref}\n`,
        'main/.git/worktrees/wt/commondir': '../..\n',
        [`main/.git/${ref}`]: `${COMMIT}\n`,
      },
      COMMIT,
    ],
    'a submodule': [
      {
        '.git': 'gitdir: outer/.git/modules/shop\n',
        'outer/.git/modules/shop/HEAD': `ref: ${ref}\n`,
        'outer/.git/modules/shop/packed-refs': `${packed}${COMMIT} ${ref}\n`,
      },
      COMMIT,
    ],
    'a worktree whose branch is packed': [
      {
        '.git': 'gitdir: main/.git/worktrees/wt\r\n',
        'main/.git/worktrees/wt/HEAD': `ref: ${ref}\r\n`,
        'main/.git/worktrees/wt/commondir': '../..\r\n',
        'main/.git/packed-refs': `${packed}${COMMIT} ${ref}\n`,
      },
      COMMIT,
    ],
    'a worktree without a branch': [
      { '.git': 'gitdir: main/wt', 'main/wt/HEAD': COMMIT, 'main/wt/commondir': '..' },
      COMMIT,
    ],
    'a branch that is newer than the packed one': [
      {
        '.git/HEAD': `ref: ${ref}\n`,
        [`.git/${ref}`]: `${COMMIT}\n`,
        '.git/packed-refs': `${'b'.repeat(40)} ${ref}\n`,
      },
      COMMIT,
    ],
    // Git then keeps names in tables of its own, and leaves this in HEAD for older programs.
    'a reftable': [
      {
        '.git/HEAD': 'ref: refs/heads/.invalid\n',
        '.git/refs/heads': 'this repository uses the reftable format\n',
        '.git/reftable/tables.list': '0x000000000001-0x000000000002-e7e8ddd4.ref\n',
        '.git/reftable/0x000000000001-0x000000000002-e7e8ddd4.ref': 'REFT\u0001',
      },
      undefined,
    ],
    'a reftable of a worktree': [
      {
        '.git': 'gitdir: main/.git/worktrees/wt\n',
        'main/.git/worktrees/wt/HEAD': 'ref: refs/heads/.invalid\n',
        'main/.git/worktrees/wt/refs/heads': 'this repository uses the reftable format\n',
        'main/.git/worktrees/wt/commondir': '../..\n',
      },
      undefined,
    ],
    'no commit yet': [{ '.git/HEAD': `ref: ${ref}\n` }, undefined],
    'a circle': [
      { '.git/HEAD': 'ref: refs/heads/a', '.git/refs/heads/a': 'ref: refs/heads/a' },
      undefined,
    ],
    'a way out': [{ '.git/HEAD': 'ref: refs/../../secret', secret: COMMIT }, undefined],
    'an absolute way out': [{ '.git/HEAD': 'ref: /etc/hostname' }, undefined],
    'a file that leads nowhere': [{ '.git': 'gitdir: ../nowhere\n' }, undefined],
    'a file of something else': [{ '.git': '\0\0\0' }, undefined],
    'a folder without anything': [{ '.git/description': '' }, undefined],
    'a text that is no commit': [{ '.git/HEAD': '<html>' }, undefined],
    'a huge line': [{ '.git/HEAD': 'f'.repeat(10_000_000) }, undefined],
    'a huge list': [
      {
        '.git/HEAD': 'ref: refs/heads/z',
        '.git/packed-refs': `${'x'.repeat(8_000_000)}\n${COMMIT} refs/heads/z`,
      },
      undefined,
    ],
  };
  for (const [kind, [files, expected]] of Object.entries(kinds)) {
    const root = t.testdir();
    const folder = join(root, kind);
    write(folder, { 'package.json': MANIFEST, ...files });
    t.equal(commitOf(folder), expected, kind);
    t.strictSame(
      releaseOf(folder, 120),
      expected === undefined
        ? { value: 'shop@1.2.3', by: 'package.json' }
        : { value: expected, by: 'the commit in `.git`' },
      kind,
    );
  }
  t.end();
});

t.test(
  'what is no file is not opened: a pipe would never end',
  { skip: process.platform === 'win32' },
  (t) => {
    const root = t.testdir({ '.git': {}, 'package.json': MANIFEST });
    execFileSync('mkfifo', [join(root, '.git/HEAD')]);
    t.match(releaseOf(root, 120), { by: 'package.json' });
    const looped = t.testdir({ 'package.json': MANIFEST });
    symlinkSync('.git', join(looped, '.git'));
    t.match(releaseOf(looped, 120), { by: 'package.json' });
    t.end();
  },
);

t.test('package.json says it last', (t) => {
  const texts: Readonly<Record<string, string | undefined>> = {
    [JSON.stringify({ version: '2.0.0' })]: '2.0.0',
    [`\uFEFF${MANIFEST}`]: 'shop@1.2.3',
    [JSON.stringify({ name: 'shop' })]: undefined,
    [JSON.stringify({ name: 'shop', version: 7 })]: undefined,
    [JSON.stringify({ name: 'x'.repeat(200), version: '1.0.0' })]: undefined,
    'no JSON': undefined,
    null: undefined,
  };
  for (const [index, [text, expected]] of Object.entries(texts).entries()) {
    const folder = join(t.testdirName, String(index));
    write(folder, { 'package.json': text, '.git/HEAD': '' });
    t.equal(releaseOf(folder, 120)?.value, expected, text.slice(0, 60));
  }
  t.equal(releaseOf(join(t.testdirName, '0', 'nowhere'), 120), undefined);
  t.end();
});

function code(names: readonly string[] = []): string {
  return names.map((each) => `\`${each}\``).join(', ');
}

t.test('the page has the platforms in their order, and says where each is described', (t) => {
  const rows = tableUnder('docs/releases-and-environments.md', 'Platforms');
  t.strictSame(
    rows.map(([name = '', ...rest]) => [/^\[(.+)\]\(https:/.exec(name)?.[1], ...rest]),
    PLATFORMS.map(({ name, release, environment, mark }) => [
      name,
      code(release),
      code(environment),
      mark === undefined ? '' : `\`${mark}\``,
    ]),
  );
  t.end();
});
