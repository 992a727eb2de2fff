import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import t from 'tap';
import { failedAt, makeApp, readEvents, ROOT, WAYS, type App } from './helpers/app.ts';
import { runProgram } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

// The compiler and a dozen processes take their time on a busy machine.
t.setTimeout(600_000);

/** What compilers take out moves its lines: the error is thrown in line 13. */
const SHOP = `interface Order {
  readonly id: number;
  readonly total: number;
}

type Payment = { readonly order: Order; readonly card: string };

export class Till {
  private readonly payments: Payment[] = [];

  charge(payment: Payment): void {
    this.payments.push(payment);
    throw new Error('the card was declined'); // here
  }
}

export function pay(order: Order): void {
  const till: Till = new Till();

  return till.charge({ order, card: 'visa' });
}
`;

const MAIN = `import { report } from '../report.js';
import { pay } from './shop/till.js';

interface Nothing {}

try {
  pay({ id: 17, total: 3 });
} catch (err: unknown) {
  report(err, 'charge');
}

try {
  [17].forEach((id: number): void => {
    throw new Error(\`order \${id} is unknown\`); // callback
  });
} catch (err: unknown) {
  report(err, 'callback');
}
`;

const SOURCES = { 'src/shop/till.ts': SHOP, 'src/main.ts': MAIN };

const LINES = SHOP.split('\n');

type Wanted = Readonly<Record<string, unknown>>;

/** The newest frames of each, wherever the compiled code is run from. */
const FRAMES: Readonly<Record<string, readonly Wanted[]>> = {
  charge: [
    {
      filename: 'src/shop/till.ts',
      function: 'Till.charge',
      lineno: 13,
      context_line: LINES[12],
      in_app: true,
      pre_context: LINES.slice(7, 12),
      post_context: LINES.slice(13, 18),
    },
    {
      filename: 'src/shop/till.ts',
      function: 'pay',
      lineno: 20,
      context_line: LINES[19],
      in_app: true,
    },
    { filename: 'src/main.ts', lineno: 7, context_line: '  pay({ id: 17, total: 3 });' },
  ],
  callback: [{ filename: 'src/main.ts', function: '', lineno: 14, context_line: /\/\/ callback$/ }],
};

/** Compiles `src` into `dist` with this repository's compiler; types are not what this is about. */
async function compile(app: App, args: readonly string[]): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const basics = ['--noCheck', '--target', 'es2022', '--rootDir', 'src', '--outDir', 'dist'];
  const ended = await runProgram(
    process.execPath,
    [tsc, ...basics, ...args, ...Object.keys(SOURCES)],
    { cwd: app.folder },
  );
  if (ended.code !== 0) throw new Error(`tsc ended with ${ended.code}\n${ended.stdout}`);
}

type Kind = 'linked' | 'external' | 'inline';

async function bundle(app: App, sourcemap: Kind, minify: boolean): Promise<void> {
  await build({
    absWorkingDir: app.folder,
    entryPoints: ['src/main.ts'],
    outfile: 'dist/main.js',
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    external: ['../report.js'],
    sourcemap,
    minify,
    logLevel: 'silent',
  });
}

interface Build {
  readonly what: string;
  readonly make: (app: App) => Promise<void>;
  readonly modules?: 'commonjs';
  /** Whether functions keep their names. */
  readonly minified?: true;
}

const BUILDS: readonly Build[] = [
  {
    what: 'the compiler, maps beside the files',
    make: (app) => compile(app, ['--module', 'nodenext', '--sourceMap']),
  },
  {
    what: 'the compiler, maps with the sources in them',
    make: (app) => compile(app, ['--module', 'nodenext', '--sourceMap', '--inlineSources']),
  },
  {
    what: 'the compiler, maps in the files',
    make: (app) => compile(app, ['--module', 'nodenext', '--inlineSourceMap']),
  },
  {
    what: 'the compiler, to CommonJS',
    make: (app) => compile(app, ['--module', 'nodenext', '--sourceMap']),
    modules: 'commonjs',
  },
  { what: 'a bundle, its map beside it', make: (app) => bundle(app, 'linked', false) },
  {
    what: 'a bundle that does not name the map beside it',
    make: (app) => bundle(app, 'external', false),
  },
  { what: 'a bundle, its map in it', make: (app) => bundle(app, 'inline', false) },
  {
    what: 'a minified bundle, its map beside it',
    make: (app) => bundle(app, 'linked', true),
    minified: true,
  },
];

const FLAGS: readonly (readonly string[])[] = [[], ['--enable-source-maps']];

for (const { what, make, modules = 'module', minified = false } of BUILDS) {
  t.test(`${what}: the lines of the source, in one issue, however it is run`, async (t) => {
    const server = await strictServer(t);
    const app = makeApp(t, SOURCES, { modules });
    await make(app);
    for (const way of WAYS) {
      for (const flags of FLAGS) await app.run([...flags, 'dist/main.js', way], server);
    }
    const events = await readEvents(server);
    for (const [bug, wanted] of Object.entries(FRAMES)) {
      const found = events.filter(({ tags }) => tags.bug === bug);
      t.equal(found.length, WAYS.length * FLAGS.length, bug);
      for (const { metadata } of found) {
        const frames = metadata.exception_frames?.slice(0, wanted.length);
        // Of a minified file nobody knows all functions' names.
        t.match(frames, minified ? wanted.map(withoutFunction) : wanted);
      }
      // Node's own mapping calls a minified callback after its parameter.
      const most = minified && bug === 'callback' ? FLAGS.length : 1;
      const issues = new Set(found.map(({ fingerprint }) => fingerprint));
      t.ok(issues.size <= most, `${bug}: ${issues.size} issues, at most ${most}`);
    }
  });
}

function withoutFunction({ function: _name, ...rest }: Wanted): Wanted {
  return rest;
}

/** Makes a bundle name another map than its own, or none. */
function nameMap(file: string, map: string): void {
  const [code = ''] = readFileSync(file, 'utf8').split('//# sourceMappingURL=');
  // Where it is not named it is looked for.
  rmSync(`${file}.map`);
  writeFileSync(file, map === '' ? code : `${code}//# sourceMappingURL=${map}\n`);
}

t.test('builds without a map, or with one that is missing or broken, tell what runs', async (t) => {
  const server = await strictServer(t);
  const app = makeApp(t, SOURCES);
  const maps = ['', 'missing.js.map', 'data:application/json;base64,e30=', 'data:,{'];
  for (const map of maps) {
    await bundle(app, 'linked', false);
    nameMap(join(app.folder, 'dist/main.js'), map);
    for (const way of WAYS) await app.run(['dist/main.js', way], server);
  }
  const events = await readEvents(server);
  t.equal(events.length, 2 * maps.length * WAYS.length);
  for (const event of events) {
    t.match(failedAt(event), { filename: 'dist/main.js', context_line: /throw new Error/ });
  }
});
