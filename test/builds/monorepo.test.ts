import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import t, { type Test } from 'tap';
import { readEvents, ROOT, type ReadFrame } from '../helpers/app.ts';
import { runProgram } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

// Some forty processes, one after the other.
t.setTimeout(600_000);

const LIB = `export interface Order {
  readonly items: readonly number[];
}

export class Till {
  total({ items }: Order): number {
    if (items.length === 0) throw new RangeError('an order without items'); // here
    return items.length;
  }
}
`;

const MAIN = `import { captureException, close, init } from 'errsight';
import pino from 'pino';
import { Till } from 'SHOP';

interface Nothing {}

init();
const logger = pino(pino.transport({ target: 'errsight/pino' }));
for (const way of ['direct', 'pino']) {
  try {
    new Till().total({ items: [] });
  } catch (err: unknown) {
    if (way === 'direct') captureException(err);
    else logger.error({ err }, 'it broke');
  }
}
await close();
`;

/** In all runs. */
const FRAMES = [
  [true, 'packages/shop/src/index.ts', 7, 'Till.total', LIB.split('\n')[6]],
  [true, 'apps/web/src/main.ts', 11, '', '    new Till().total({ items: [] });'],
];

function placeOf(frame: ReadFrame): unknown {
  return [frame.in_app, frame.filename, frame.lineno, frame.function, frame.context_line];
}

/** How a workspace lies on the disk. */
interface Layout {
  readonly what: string;
  /** What makes it a workspace. */
  readonly files: Readonly<Record<string, unknown>>;
  /** Where the application finds its packages. */
  readonly modules: string;
  /** Whether it finds those of the workspace there as well, and does not import them by their path. */
  readonly isLinked: boolean;
}

const WORKSPACES = { private: true, workspaces: ['apps/*', 'packages/*'] };

const LAYOUTS: readonly Layout[] = [
  {
    what: 'workspaces of npm or Yarn',
    files: { 'package.json': WORKSPACES },
    modules: 'node_modules',
    isLinked: true,
  },
  {
    what: 'workspaces of pnpm',
    files: { 'package.json': {}, 'pnpm-workspace.yaml': 'packages: [apps/*, packages/*]' },
    modules: 'apps/web/node_modules',
    isLinked: true,
  },
  {
    what: 'Nx',
    files: { 'package.json': {}, 'nx.json': {}, 'apps/web/project.json': {} },
    modules: 'node_modules',
    isLinked: false,
  },
  {
    what: 'Turborepo',
    files: {
      'package.json': WORKSPACES,
      'turbo.json': { tasks: {} },
      'apps/web/turbo.json': { extends: ['//'], tasks: {} },
    },
    modules: 'apps/web/node_modules',
    isLinked: true,
  },
];

/** Makes the workspace, with all that is compiled in `dist` folders, and gives its folder. */
async function makeWorkspace(test: Pick<Test, 'teardown'>, layout: Layout): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-workspace-')));
  test.teardown(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: unknown): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(folder, name), text);
  };
  const compile = async (name: string, text: string): Promise<void> => {
    const source = name.replace('/dist/', '/src/').replace(/js$/, 'ts');
    const options = { loader: 'ts', sourcemap: 'inline', sourcesContent: false } as const;
    // A source is named from its map on.
    const sourcefile = `../src/${source.split('/').at(-1)}`;
    write(source, text);
    write(name, (await transform(text, { ...options, sourcefile })).code);
  };
  for (const [name, content] of Object.entries(layout.files)) write(name, content);
  write('apps/web/package.json', { name: 'web', type: 'module' });
  write('packages/shop/package.json', { type: 'module', exports: './dist/index.js' });
  // Another project, in which somebody happens to be.
  write('elsewhere/package.json', {});
  await compile('packages/shop/dist/index.js', LIB);
  const specifier = layout.isLinked ? '@acme/shop' : '../../../packages/shop/dist/index.js';
  await compile('apps/web/dist/main.js', MAIN.replace('SHOP', specifier));
  const links = { errsight: ROOT, pino: join(ROOT, 'node_modules/pino') };
  const shop = layout.isLinked && { '@acme/shop': join(folder, 'packages/shop') };
  for (const [name, target] of Object.entries({ ...links, ...shop })) {
    const link = join(folder, layout.modules, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, 'junction');
  }
  return folder;
}

const SUPPORT = join(ROOT, 'node_modules/source-map-support/register.js');

/** Where and how the application is started. */
const RUNS: readonly (readonly [cwd: string, flags: readonly string[]])[] = [
  ['apps/web', []],
  ['', []],
  ['packages/shop/src', []],
  ['elsewhere', []],
  ['/', []],
  ['/', ['--enable-source-maps']],
  ['/', ['--require', SUPPORT]],
];

for (const layout of LAYOUTS) {
  t.test(`${layout.what}: one issue from any working directory`, async (t) => {
    const server = await strictServer(t);
    const folder = await makeWorkspace(t, layout);
    const issues = new Set<string>();
    for (const [cwd, flags] of RUNS) {
      const how = ['node', ...flags, 'in', cwd].join(' ');
      const known = server.total;
      const ended = await runProgram(
        process.execPath,
        [...flags, join(folder, 'apps/web/dist/main.js')],
        { cwd: cwd === '/' ? cwd : join(folder, cwd), env: server.env },
      );
      t.match(ended, { code: 0, stderr: '' }, how);
      const events = (await readEvents(server)).slice(0, server.total - known);
      t.equal(events.length, 2, `${how}: directly, and through pino`);
      for (const event of events) {
        t.strictSame(event.metadata.exception_frames?.slice(0, 2).map(placeOf), FRAMES, how);
        issues.add(event.fingerprint);
      }
    }
    t.equal(issues.size, 1);
  });
}
