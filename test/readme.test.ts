import t, { type Test } from 'tap';
import { printEvent } from '../src/dev/print.ts';
import { makeApp, type App } from './helpers/app.ts';
import { runProgram, type Ended } from './helpers/child.ts';
import { strictServer, type TestErrsight } from './helpers/errsight.ts';
import { blocksOf, proseOf, readPage, tableUnder } from './helpers/markdown.ts';

const STARTS = ['pino', 'winston', 'bunyan', 'No logger'] as const;

const PACKAGES = ['winston', 'bunyan'];

/** "One line to throw", as the README says it. */
const THROW = /Add `(throw [^`]*)` to the end/.exec(readPage('README.md'))?.[1] ?? '';

/** How the README runs it. */
const RUN = /`node (--env-file[^`]*)`/.exec(readPage('README.md'))?.[1] ?? '';

function programOf(heading: string, page = 'README.md'): string {
  const block = blocksOf(page).find(({ name }) => name === `${page}, ${heading}`);
  if (block === undefined) throw new Error(`${page} has no program under ${heading}`);
  return block.code;
}

interface Run {
  readonly app: App;
  readonly server: TestErrsight;
  readonly ended: Ended;
}

async function run(sub: Test, program: string): Promise<Run> {
  const server = await strictServer(sub);
  // As `errsight dev` prints them.
  const lines = Object.entries(server.env).map(([name, value]) => `  ${name}=${value}\n`);
  const files = { 'app.mjs': program, '.env': lines.join('') };
  // What `npm init` makes of a folder today.
  const app = makeApp(sub, files, { packages: PACKAGES, modules: 'commonjs' });
  const ended = await runProgram(process.execPath, RUN.split(' '), { cwd: app.folder });
  return { app, server, ended };
}

t.test('the README is short', (sub) => {
  const lines = readPage('README.md').trimEnd().split('\n');
  sub.ok(lines.length <= 150, `${lines.length} lines`);
  for (const start of STARTS) {
    const count = programOf(start).trimEnd().split('\n').length;
    sub.ok(count <= 8, `${start}: ${count} lines`);
  }
  sub.end();
});

for (const start of STARTS) {
  t.test(`by the README a user of ${start} sees an error, and a crash`, async (sub) => {
    sub.match(THROW, /^throw /);
    const { server, ended } = await run(sub, `${programOf(start)}${THROW};\n`);
    sub.equal(ended.code, 1, 'it ends as without us');
    sub.match(ended.stderr, /Error: it works\n {4}at /);
    sub.notMatch(ended.stderr, /errsight:/);
    const said = server.events.toSorted((a, b) => a.level.localeCompare(b.level));
    sub.match(said, [
      {
        level: 'error',
        message: 'Error: the card was declined',
        metadata: {
          exception_class: 'Error',
          exception_frames: [{ filename: 'app.mjs', context_line: /the card was declined/ }],
          ...(start !== 'No logger' && { log_message: 'checkout failed' }),
        },
      },
      {
        level: 'fatal',
        message: 'Error: it works',
        metadata: { exception_frames: [{ filename: 'app.mjs', context_line: `${THROW};` }] },
      },
    ]);
    sub.equal(said.length, 2, 'each once');
    if (start === 'winston') checkPicture(sub, server);
  });
}

/** What differs from run to run, and where a list is broken into lines. */
function settled(text: string): readonly string[] {
  return text
    .replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
    .replace(/issue [0-9a-f]{8}/, 'issue ID')
    .replace(/\d+ of libraries/, 'N of libraries')
    .replaceAll(/\b(node|hostname|sdk|server)=\S+/g, '$1=…')
    .replaceAll(/runtime=node \d+/g, 'runtime=…')
    .split(/\s{2,}|\n/)
    .filter((part) => part !== '');
}

function checkPicture(sub: Test, server: TestErrsight): void {
  const shown = blocksOf('docs/cli.md').find(({ language }) => language === 'text')?.code ?? '';
  const crash = server.events.find(({ level }) => level === 'fatal');
  const issue = server.issues.find(({ fingerprint }) => fingerprint === crash?.fingerprint);
  if (crash === undefined || issue === undefined) throw new Error('no crash has arrived');
  sub.strictSame(
    settled(shown),
    settled(printEvent(crash, issue)),
    'the picture is what is printed',
  );
}

t.test('what the page of pino shows of the target arrives whole', async (sub) => {
  const { server, ended } = await run(sub, programOf('The target alone', 'docs/pino-setup.md'));
  sub.match(ended, { code: 0, stderr: /^$/ });
  sub.match(server.events, [
    {
      level: 'error',
      message: 'the card was declined',
      release: '1.4.2',
      user_context: { id: '42' },
      metadata: {
        exception_frames: [{ filename: 'app.mjs', context_line: /the card was declined/ }],
        exception_causes: [{ class: 'Error', message: 'connection reset' }],
        log_message: 'checkout failed',
        orderId: 17,
      },
    },
  ]);
  sub.equal(server.events.length, 1);
});

for (const logger of ['winston', 'bunyan'] as const) {
  t.test(`what the page of ${logger} shows runs as it is written`, async (sub) => {
    const { server, ended } = await run(sub, programOf(logger, `docs/${logger}.md`));
    sub.match(ended, { code: 0, stderr: /^$/ });
    sub.match(server.events, [
      {
        level: 'error',
        message: 'Error: the card was declined',
        user_context: { id: '42' },
        metadata: {
          exception_class: 'Error',
          exception_frames: [{ filename: 'app.mjs', context_line: /the card was declined/ }],
          log_message: 'checkout failed',
        },
        breadcrumbs: [{ message: 'the cart was opened', data: { items: 3 } }],
      },
    ]);
    sub.equal(server.events.length, 1);
  });
}

function cells(line = ''): string[] {
  return line.split('|').map((each) => each.trim());
}

/** The row of the benchmark's table, by the names of its columns. */
function measured(name: string): ReadonlyMap<string, string> {
  const lines = proseOf('docs/benchmarks.md').split('\n');
  const head = cells(lines.find((line) => line.includes('main thread, µs an error')));
  const row = cells(lines.find((line) => cells(line)[1] === name));
  return new Map(head.map((title, index) => [title, row[index] ?? '']));
}

/** As prose writes it. */
function grouped(number: string): string {
  return number.replace(/^(\d+)(\d{3})(?=\.|$)/, '$1,$2');
}

function get(row: ReadonlyMap<string, string>, key = ''): string {
  return grouped(row.get(key) ?? '');
}

t.test('the numbers of the README are those that were measured', (sub) => {
  const ours = measured('**errsight/pino**');
  const alone = measured('pino/file');
  const around = measured('**errsight/pino, withErrsight**');
  const sentry = measured('@sentry/node, pino');
  const [lost, time, packages, size] = [
    'lost of 5,000',
    'main thread, µs an error',
    'packages',
    'MB',
  ];
  const text = readPage('README.md');
  for (const claim of [
    `loses ${get(ours, lost)} of 5,000 errors`,
    `loses ${get(sentry, lost)} of them`,
    `${get(ours, time)} µs on the main thread with`,
    `${get(alone, time)} without`,
    `\`withErrsight\` knows more of a line, and takes ${get(around, time)}`,
    `${get(sentry, time)} with \`@sentry/node\``,
    `${get(sentry, packages)} packages of ${Math.round(Number(get(sentry, size)))} MB`,
  ]) {
    sub.ok(text.includes(claim), claim);
  }
  sub.ok(Number(get(ours, time)) <= Number(get(alone, time)), 'no time is added');

  const names = ['**errsight/pino**', '@sentry/node, pino', 'pino-sentry-transport', 'pino-loki'];
  const rows = tableUnder('README.md', 'How it compares');
  sub.equal(rows.length, 5);
  const keys = [size, time, lost, 'import, ms'];
  for (const [column, name] of names.entries()) {
    const row = measured(name);
    for (const [index, key = ''] of keys.entries()) {
      // test/package/install.test.ts holds our own size.
      const said = name === '**errsight/pino**' && key === size ? '0.7' : row.get(key);
      sub.equal(rows[index]?.[column + 1], said, `${name}: ${key}`);
    }
    const has = row.get('arrives with') ?? '';
    const missing = ['fields', 'source', 'cause'].filter((part) => !has.includes(part));
    const said = missing.length === 0 ? 'nothing' : missing.map((part) => `its ${part}`).join(', ');
    sub.equal(rows[4]?.[column + 1], said, `${name}: what is lost`);
  }
  sub.end();
});

t.test('the demo and the tests are started as the README says', (sub) => {
  const commands = blocksOf('README.md').filter(({ name }) => name.includes('Working on it'));
  sub.strictSame(
    commands.map(({ code }) => code),
    ['npm ci && npm run demo\n', 'npm ci && npm test\n'],
  );
  sub.end();
});

t.test('the options that the README names are as the page of options has them', (sub) => {
  const page = new Map(tableUnder('docs/options.md', 'Options').map((row) => [row[0], row]));
  const rows = tableUnder('README.md', 'The options that everyone sets');
  sub.equal(rows.length, 6);
  for (const [option = '', variable, fallback = ''] of rows) {
    const [, default_, known] = page.get(option) ?? [];
    sub.strictSame([variable, fallback.split(':')[0]], [known, default_?.split(':')[0]], option);
  }
  sub.end();
});
