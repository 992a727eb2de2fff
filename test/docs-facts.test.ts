/** What the pages say of the code is so: links, options, lines on stderr, names, folders. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import * as api from '../src/index.ts';
import { COMMANDS, helpOf } from '../src/cli/help.ts';
import { OptionReader } from '../src/options/reader.ts';
import {
  resolveInitOptions,
  resolveOptions,
  resolveTargetOptions,
} from '../src/options/resolve.ts';
import { DROP_REASONS } from '../src/stats.ts';
import { voices } from './docs/stderr.ts';
import { ROOT } from './helpers/app.ts';
import { anchorsOf, blocksOf, pages, proseOf, tableUnder } from './helpers/markdown.ts';

t.test('every link of the pages leads somewhere', (sub) => {
  const linked = new Set<string>();
  for (const page of pages()) {
    for (const [, link = ''] of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) {
        sub.ok(URL.canParse(link), `${page}: ${link}`);
        continue;
      }
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (page === 'README.md') linked.add(target);
      if (!existsSync(join(ROOT, target))) sub.fail(`${page}: ${link} is nowhere`);
      else if (anchor !== undefined && !anchorsOf(target).has(anchor)) {
        sub.fail(`${page}: ${link} has no such heading`);
      }
    }
  }
  const docs = pages().filter((page) => page.startsWith('docs/'));
  sub.strictSame(
    docs.filter((page) => !linked.has(page)),
    [],
    'the README leads to every page',
  );
  sub.end();
});

t.test('every command that the pages name exists', (sub) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const page of pages()) {
    for (const [, script = ''] of proseOf(page).matchAll(/npm run ([\w:]*\w)/g)) {
      sub.ok(scripts[script], `${page}: npm run ${script}`);
    }
  }
  sub.end();
});

interface ReadOption {
  readonly name: string;
  readonly variable: string | undefined;
}

/** Which options a function asks for, and by which variables. */
function asked(
  resolve: (options: object, env: Readonly<Record<string, string>>) => unknown,
): ReadonlyMap<string, ReadOption> {
  const found = new Map<string, ReadOption>();
  const left = new Set(['constructor', 'without', 'refuseUnknown', 'flag', 'misnamed']);
  const methods = Object.entries(Object.getOwnPropertyDescriptors(OptionReader.prototype)).filter(
    ([name, { value }]) => typeof value === 'function' && !left.has(name),
  );
  for (const [method, descriptor] of methods) {
    const original = descriptor.value as (...given: unknown[]) => unknown;
    const value = function (this: OptionReader, name: string, ...given: unknown[]): unknown {
      const [variable] = given;
      const isVariable = typeof variable === 'string' && variable.startsWith('ERRSIGHT_');
      found.set(name, { name, variable: isVariable ? variable : found.get(name)?.variable });
      return Reflect.apply(original, this, [name, ...given]);
    };
    Object.defineProperty(OptionReader.prototype, method, { ...descriptor, value });
  }
  try {
    resolve({}, {});
  } finally {
    for (const [method, descriptor] of methods) {
      Object.defineProperty(OptionReader.prototype, method, descriptor);
    }
  }
  return found;
}

const shared = asked(resolveOptions);
const ofInit = asked(resolveInitOptions);
const ofTarget = asked(resolveTargetOptions);

/** Where an option works, in the words of the page. */
function worksIn(name: string): string {
  if (shared.has(name)) return 'everywhere';
  if (ofInit.has(name)) return ofTarget.has(name) ? 'main thread' : '`init`';
  return 'pino';
}

/** Defaults that are no value, and how the page says them. */
const IN_WORDS: Readonly<Record<string, string>> = {
  projectRoot: 'the project',
  defaultTags: 'all of them',
  environment: "the platform's",
  release: 'found',
  proxy: 'the environment',
  captureStatus: 'from 500 on',
  maxQueueBytes: '32 MiB',
};

function defaultOf(name: string, config: Readonly<Record<string, unknown>>): string {
  const words = IN_WORDS[name];
  if (words !== undefined) return words;
  const value = config[name];
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'string' || typeof value === 'boolean') return `\`${String(value)}\``;
  return 'none';
}

/** Read by `flag`, or by nobody's option reader. */
const VARIABLES: Readonly<Record<string, string>> = {
  debug: '`ERRSIGHT_DEBUG`',
  proxy: '`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`',
};

t.test('the table of options is what the reader of options reads', (sub) => {
  const all = new Map([...ofInit, ...ofTarget]);
  const { track, request, console: ofConsole, ...config } = resolveInitOptions({}, {});
  const { captureStatus, requestData, ...rest } = request;
  const values = {
    ...config,
    enabled: true,
    consoleBreadcrumbs: ofConsole.steps,
    ...track,
    ...rest,
  };
  sub.notOk(captureStatus(499) || !captureStatus(500), 'from 500 on');
  sub.strictSame(new Set(Object.values(requestData)), new Set([false]));
  sub.equal(config.maxQueueBytes, 32 * 1_048_576);

  const rows = tableUnder('docs/options.md', 'Options');
  const names = rows.map(([name = '']) => name.replaceAll('`', ''));
  sub.strictSame(names.toSorted(), [...all.keys()].toSorted(), 'all of them, each once');
  for (const [index, name] of names.entries()) {
    const [, default_, variable, works = ''] = rows[index] ?? [];
    const known = all.get(name)?.variable;
    sub.equal(default_, defaultOf(name, values), `the default of ${name}`);
    sub.equal(
      variable,
      VARIABLES[name] ?? (known === undefined ? '' : `\`${known}\``),
      `${name}'s variable`,
    );
    sub.equal(works.replace(' ¹', ''), worksIn(name), `where ${name} works`);
    const isModule = ['beforeSend', 'beforeBreadcrumb', 'transport'].includes(name);
    sub.equal(works.endsWith('¹'), isModule, `${name} as a module`);
  }

  const variables = [...all.values()].map(({ variable }) => variable);
  const expected = [...variables.filter((each) => each !== undefined), 'ERRSIGHT_DEBUG'];
  const started = tableUnder('docs/getting-started.md', '2. Set the environment');
  sub.strictSame(
    started.map(([variable = '']) => variable.replaceAll('`', '')).toSorted(),
    expected.toSorted(),
    'the variables of the first steps',
  );
  sub.end();
});

/** The lines of a table: the first cell of each row, without the marks of code. */
function linesUnder(heading: string): string[] {
  return tableUnder('docs/troubleshooting.md', heading).map(([cell = '']) =>
    cell.replace(/^(`+) ?([^]*?) ?\1$/, '$2'),
  );
}

const LISTS = [
  'About the way to ErrSight',
  'About events that are lost',
  'About your own code',
  'About the spool',
  'Lines with debug',
];

/** Whether a line is what a template makes. */
function isOf(template: string, line: string): boolean {
  const parts = template.split(/…+/).map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(line);
}

t.test('every line on stderr is explained, and no other', (sub) => {
  const { templates, unknown, speakers } = voices();
  sub.strictSame(unknown, [], 'the text of each call is found');
  sub.strictSame(
    speakers.toSorted(),
    [
      'src/fleet/redis.ts',
      'src/main/lambda-client.ts',
      'src/main/locals/locals.ts',
      'src/main/pino/side.ts',
      'src/main/pino/standby.ts',
      'src/main/pino/too-old.ts',
      'src/main/process-scope.ts',
      'src/main/requests/nobody.ts',
      'src/main/workers.ts',
      'src/options/resolve.ts',
      'src/pipeline.ts',
      'transports/pino.ts',
      'transports/pino/guard.ts',
    ],
    'those who have a voice',
  );
  sub.ok(templates.length > 25, `${templates.length} lines`);
  const explained = LISTS.flatMap(linesUnder).filter((line) => line !== '…');
  for (const template of templates) {
    const found = explained.filter((line) => isOf(template, line));
    sub.equal(found.length, 1, `explained once: ${template}`);
  }
  for (const line of explained) {
    sub.ok(
      templates.some((template) => isOf(template, line)),
      `is printed: ${line}`,
    );
  }
  sub.end();
});

t.test('the page of the commands has their options', (sub) => {
  for (const command of COMMANDS) {
    const options = [...helpOf(command).matchAll(/^ {2}(--\S+(?: <\w+>)?)/gm)].map(
      ([, option]) => option,
    );
    sub.ok(options.length > 1);
    sub.strictSame(
      tableUnder('docs/cli.md', `errsight ${command}`).map(([cell = '']) =>
        cell.replaceAll('`', ''),
      ),
      options.filter((option) => option !== '--help' && option !== '--version'),
      command,
    );
  }
  sub.end();
});

t.test('the page of the direct API names what there is', (sub) => {
  const rows = tableUnder('docs/direct.md', 'Without a logger');
  const named = rows.flatMap(([cell = '']) =>
    [...cell.matchAll(/`([A-Za-z]+)/g)].map(([, name = '']) => name),
  );
  const functions = Object.keys(api).filter((name) => name !== 'OptionError');
  sub.strictSame([...new Set(named)].toSorted(), functions.toSorted());
  sub.strictSame(
    tableUnder('docs/direct.md', 'What became of the events').map(([cell = '']) =>
      cell.replaceAll('`', ''),
    ),
    [...DROP_REASONS],
  );
  sub.end();
});

t.test('the drawing of the folders is the real one', (sub) => {
  const drawn = blocksOf('ARCHITECTURE.md')
    .find(({ name }) => name.endsWith('The folders'))
    ?.code.split('\n')
    .map((line) => /^( *)(\S+\/)(?: |$)/.exec(line))
    .filter((match) => match !== null);
  const paths: string[] = [];
  const stack: string[] = [];
  for (const [, indent = '', name = ''] of drawn ?? []) {
    stack.length = indent.length / 2;
    stack.push(name.slice(0, -1));
    paths.push(stack.join('/'));
  }
  const real = ['src', 'transports'].flatMap((folder) => [folder, ...foldersIn(folder)]);
  const others = ['test', 'benchmarks', 'docs', 'entries', 'examples', 'scripts'];
  sub.strictSame(paths.toSorted(), [...real, ...others].toSorted());
  sub.end();
});

function foldersIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(join(ROOT, path)).isDirectory());
}
