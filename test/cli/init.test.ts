/** `errsight init` in projects as people have them: the changed project runs, and its first error arrives. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import t, { type Test } from 'tap';
import { runProgram } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { init, read, write } from './init-project.ts';
import { PROJECTS, type ProjectCase } from './projects.ts';

t.setTimeout(600_000);
t.jobs = 2;

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
    const ended = await runProgram(process.execPath, project.run, {
      cwd: folder,
      env,
    });
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

/** Files that are left as they are, and the lines that are printed for them. */
const LEFT: readonly (readonly [what: string, file: string, text: string, says: RegExp])[] = [
  [
    'a pino with a stream',
    'log.js',
    `const pino = require('pino');\npino({}, pino.destination(2));\n`,
    /pino\.multistream/,
  ],
  [
    'a pino whose options are made',
    'log.js',
    `import pino from 'pino';\nexport default pino(options());\n`,
    /pino\.multistream/,
  ],
  [
    'a pino with a formatter of levels',
    'log.js',
    `import { pino } from 'pino';\npino({ formatters: { level: (l) => ({ l }) } });\n`,
    /pino\.multistream/,
  ],
  [
    'a winston whose transports are elsewhere',
    'log.js',
    `import winston from 'winston';\nwinston.createLogger({ transports });\n`,
    /logger\.add\(new ErrsightTransport/,
  ],
  [
    'a bunyan with one stream',
    'log.js',
    `const { createLogger } = require('bunyan');\ncreateLogger({ name: 'x', stream: process.stderr });\n`,
    /logger\.addStream/,
  ],
  [
    'a Fastify with a logger of its own',
    'log.js',
    `import fastify from 'fastify';\nfastify({ logger: process.env.DEV ? {} : true });\n`,
    /logger: withErrsight/,
  ],
  [
    'a Fastify with options of another file',
    'log.js',
    `import Fastify from 'fastify';\nimport { options } from './options.js';\nFastify(options);\n`,
    /logger: withErrsight/,
  ],
  [
    'a Fastify with options that are spread',
    'log.js',
    `import Fastify from 'fastify';\nFastify({ ...options });\n`,
    /logger: withErrsight/,
  ],
  [
    'a default logger of winston without transports in sight',
    'log.js',
    `import winston from 'winston';\nwinston.error('a');\n`,
    /logger\.add\(new ErrsightTransport/,
  ],
  [
    'a bunyan that is passed on',
    'log.js',
    `import { createLogger as create } from 'bunyan';\nmake(create);\n`,
    /addStream\(createErrsightStream/,
  ],
  [
    'a pino that is passed on',
    'log.js',
    `import pino from 'pino';\nexport default make(pino);\n`,
    /pino\(withErrsight/,
  ],
  [
    'a handler that is a declaration',
    'handler.mjs',
    `export async function handler() {}\n`,
    /export const handler = wrapHandler/,
  ],
];

t.test(
  'what can not be placed is left alone, and the lines to add are printed each time',
  async (sub) => {
    const manifest = '{"type":"module","dependencies":{"fastify":"5"}}';
    for (const [what, file, text, says] of LEFT) {
      const folder = write(sub, { 'package.json': manifest, [file]: text });
      for (const args of [
        ['--yes', '--entry', file],
        ['--entry', file],
      ]) {
        const ended = await init(folder, args);
        sub.match(ended, { code: 0, stdout: says }, what);
        sub.notMatch(ended.stdout, /Nothing is to be changed/, what);
      }
      const line = /\brequire\(/.test(text)
        ? `require('errsight/register');`
        : `import 'errsight/register';`;
      sub.equal(read(folder)[file], `${line}\n${text}`, what);
    }
  },
);

t.test('at the root of a monorepo it names the packages', async (sub) => {
  const packages = {
    'packages/api/package.json': '{"main":"a.js"}',
    'packages/api/a.js': 'run()\n',
    'packages/old/package.json': '{}',
    'packages/notes/read.me': '',
    'server/package.json': '{}',
    'server/index.js': 'run()\n',
  };
  for (const [what, files] of [
    ['npm', { 'package.json': '{"workspaces":["packages/*","!packages/old","server"]}' }],
    ['yarn', { 'package.json': '{"workspaces":{"packages":["./packages/a*","server"]}}' }],
    [
      'pnpm',
      {
        'package.json': '{"scripts":{"start":"node packages/api/a.js"}}',
        'pnpm-workspace.yaml':
          'packages:\n  # all\n  - \'packages/**\'\n  - "!packages/old" # gone\n  - server\ncatalog:\n  a: 1\n',
      },
    ],
  ] as const) {
    const folder = write(sub, { ...files, ...packages });
    const before = read(folder);
    const { code, stdout } = await init(folder, ['--yes']);
    sub.equal(code, 0, what);
    sub.strictSame(
      [...stdout.matchAll(/npx errsight init --cwd (\S+)/g)].map(([, name]) => name),
      ['packages/api', 'server'],
      what,
    );
    sub.strictSame(read(folder), before, 'and changes nothing');
  }
});

t.test('a file that is not understood is left alone', async (sub) => {
  const texts = [
    'const a = (1;\n',
    "const text = 'it does not end\n",
    'const x = `a ${ b;\n',
    '/* no end',
    "app.use(<p>don't</p>);\n",
  ];
  const files = Object.fromEntries(texts.map((text, index) => [`${index}.js`, text]));
  const folder = write(sub, { 'package.json': '{}', ...files });
  const ended = await init(folder, ['--yes', '--entry', '0.js']);
  const says = /0\.js is not understood\. Add as its first line[^]*errsight\/register/;
  sub.match(ended, { code: 0, stdout: says });
  const after = read(folder);
  for (const [name, text] of Object.entries(files)) sub.equal(after[name], text);
});

t.test('what Node can not parse afterwards is not written', async (sub) => {
  // Sound brackets, and no JavaScript.
  const text = 'const pino = require("pino");\nlet let = 1;\npino();\n';
  const folder = write(sub, { 'package.json': '{}', 'index.js': text });
  sub.match(await init(folder, ['--yes']), { code: 0, stdout: /not understood well enough/ });
  sub.equal(read(folder)['index.js'], text);
});

t.test('without --yes nothing is changed, and the diff is shown', async (sub) => {
  const folder = write(sub, {
    'package.json': '{"main":"a.js"}',
    'a.js': "'use strict'\n\nrun()\n",
    '.env.example': 'A=1',
  });
  const before = read(folder);
  const ended = await init(folder);
  sub.match(ended, { code: 0, stderr: '', stdout: /Nothing was changed yet/ });
  sub.match(
    ended.stdout,
    `\
--- a/a.js
+++ b/a.js
@@ -1,3 +1,4 @@
 'use strict'
 
+require('errsight/register');
 run()
`,
  );
  sub.strictSame(read(folder), before);
});

t.test('it ends with what errsight test does', async (sub) => {
  const server = await strictServer(sub);
  const folder = write(sub, { 'package.json': '{"main":"a.js"}', 'a.js': 'run()\n' });
  const ended = await init(folder, ['--yes'], server.env);
  sub.match(ended, { code: 0, stdout: /Changed: \.env\.example, a\.js[^]*It has arrived/ });
  sub.equal(server.total, 1);
  sub.match(read(folder)['.env.example'], /^ERRSIGHT_API_KEY=\nERRSIGHT_HOST=https/m);
});

t.test('what is missing is installed by the package manager of the project', async (sub) => {
  const temporary = mkdtempSync(join(tmpdir(), 'errsight-init-test-'));
  sub.teardown(() => rmSync(temporary, { recursive: true }));
  const folder = join(temporary, 'packages/api');
  mkdirSync(join(temporary, 'bin'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(temporary, 'pnpm-lock.yaml'), '');
  writeFileSync(join(folder, 'package.json'), '{"main":"a.js"}');
  writeFileSync(join(folder, 'a.js'), 'run()\n');
  const pnpm = join(temporary, 'bin/pnpm');
  for (const [status, changed] of [
    [1, 'run()\n'],
    [0, "require('errsight/register');\nrun()\n"],
  ] as const) {
    writeFileSync(pnpm, `#!/bin/sh\necho "pnpm $*"\nexit ${status}\n`, { mode: 0o755 });
    const ended = await init(folder, ['--yes'], {
      PATH: `${join(temporary, 'bin')}:/usr/bin:/bin`,
    });
    sub.match(ended, { code: status, stdout: /\npnpm add errsight\n/ });
    sub.equal(read(folder)['a.js'], changed);
  }
});

t.test('where it can not work it says so', async (sub) => {
  const folder = write(sub, { 'package.json': 'no JSON' });
  sub.match(await init(join(folder, 'node_modules')), {
    code: 2,
    stderr: /there is no package\.json in/,
  });
  sub.match(await init(folder), { code: 2, stderr: /is not JSON/ });
  writeFileSync(join(folder, 'package.json'), '{}');
  sub.match(await init(folder, ['--entry', 'x.js']), {
    code: 2,
    stderr: /--entry: there is no x\.js/,
  });
  sub.match(await init(folder), {
    code: 0,
    stdout: /is not known \(--entry names it\)[^]*node --import errsight\/register/,
  });
});
