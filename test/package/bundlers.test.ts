import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build, type BuildOptions } from 'esbuild';
import { rollup, type Plugin } from 'rollup';
import t from 'tap';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { strictServer } from '../helpers/errsight.ts';
import { installPacked, makeConsumer, type Consumer } from './consumer.ts';

const require = createRequire(import.meta.url);
// Their types are not those of what `import` gives.
const commonjs = require('@rollup/plugin-commonjs') as () => Plugin;
const json = require('@rollup/plugin-json') as () => Plugin;
const ncc = require('@vercel/ncc') as (
  input: string,
  options: object,
) => Promise<{ readonly code: string; readonly map: string }>;

/** What bunyan tries to load, and works without. */
const OPTIONAL = ['dtrace-provider', 'mv', 'safe-json-stringify', 'source-map-support'];

const installed = await installPacked(t);
t.setTimeout(600_000);

/** What an ES module has to be given that is made of CommonJS modules, as those of loggers are. */
const banner = {
  js: `import { createRequire } from 'node:module';
    import { fileURLToPath } from 'node:url';
    import { dirname } from 'node:path';
    const require = createRequire(import.meta.url);
    const __filename = fileURLToPath(import.meta.url);
    const __dirname = dirname(__filename);`,
};

interface Bundler {
  readonly what: string;
  /** Makes a program of `file`, and says what is to be run. */
  readonly bundle: (folder: string, file: string) => Promise<string>;
}

function esbuild(what: string, options: BuildOptions): Bundler {
  return {
    what: `esbuild, ${what}`,
    async bundle(folder, file) {
      const main = options.format === 'cjs' ? 'main.cjs' : 'main.mjs';
      await build({
        absWorkingDir: folder,
        entryPoints: { main: file },
        outdir: 'out',
        outExtension: { '.js': main.slice(-4) },
        bundle: true,
        platform: 'node',
        sourcemap: true,
        external: OPTIONAL,
        logLevel: 'error',
        ...options,
      });
      return join('out', main);
    },
  };
}

const BUNDLERS: readonly Bundler[] = [
  esbuild('an ES module', { format: 'esm', banner }),
  esbuild('CommonJS', { format: 'cjs' }),
  esbuild('minified', { format: 'cjs', minify: true }),
  esbuild('split', { format: 'esm', splitting: true, minify: true, banner }),
  {
    what: 'webpack',
    async bundle(folder, file) {
      const compiler = webpack({
        context: folder,
        mode: 'production',
        target: 'node20',
        devtool: 'source-map',
        // Takes most of the time, and others are minified.
        optimization: { minimize: false },
        entry: `./${file}`,
        output: { path: join(folder, 'out'), filename: 'main.cjs' },
      });
      const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
        compiler.run((error, result) => (error === null ? resolve(result) : reject(error)));
      });
      if (stats?.hasErrors() !== false) throw new Error(stats?.toString('errors-only'));
      // Of optional packages of bunyan's there are others.
      const warnings = stats.toJson({ warnings: true }).warnings ?? [];
      const ours = warnings.filter(({ moduleName }) => /errsight/.test(moduleName ?? ''));
      if (ours.length > 0) throw new Error(JSON.stringify(ours));
      return 'out/main.cjs';
    },
  },
  {
    what: 'Rollup',
    async bundle(folder, file) {
      const made = await rollup({
        input: join(folder, file),
        plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json()],
        onwarn(warning) {
          if (/errsight/.test(warning.id ?? '')) throw new Error(warning.message);
        },
      });
      const out = join(folder, 'out');
      await made.write({ dir: out, format: 'cjs', entryFileNames: 'main.cjs', sourcemap: true });
      await made.close();
      return 'out/main.cjs';
    },
  },
  {
    what: "Vite's build for a server",
    async bundle(folder, file) {
      await vite({
        root: folder,
        configFile: false,
        logLevel: 'silent',
        build: { ssr: file, outDir: 'out', sourcemap: true },
        ssr: { noExternal: true },
      });
      return `out/${file.replace('.mjs', '.js')}`;
    },
  },
  {
    what: 'ncc',
    async bundle(folder, file) {
      const { code, map } = await ncc(join(folder, file), {
        sourceMap: true,
        sourceMapRegister: false,
        quiet: true,
      });
      // As its command names them.
      writeFileSync(join(folder, 'index.mjs'), code);
      writeFileSync(join(folder, 'index.mjs.map'), map);
      return 'index.mjs';
    },
  },
];

const LOGGERS = ['bunyan', 'direct', 'pino', 'stream', 'winston'];

/** How an application ends, and what it ends with. */
const ENDS: readonly (readonly [end: string, ended: object, reported: readonly string[]])[] = [
  ['itself', { code: 0, signal: null, stderr: '' }, LOGGERS],
  ['exit', { code: 3, signal: null, stderr: '' }, LOGGERS],
  // Of which Node prints the line, and that of a bundle is long.
  ['throw', { code: 1, signal: null }, [...LOGGERS, 'nobody']],
  ['signal', { code: null, signal: 'SIGTERM', stderr: '' }, LOGGERS],
];

/** A project with one program that a bundler has made, and nothing else. */
async function bundled(
  t: Parameters<typeof makeConsumer>[0],
  { bundle }: Bundler,
  file: string,
): Promise<Consumer & { readonly main: string }> {
  const project = makeConsumer(t, installed, 'bundled', ['bunyan', 'pino', 'winston']);
  writeFileSync(join(project.folder, 'package.json'), '{ "name": "shop", "type": "module" }');
  const main = await bundle(project.folder, file);
  // A bundle is taken elsewhere alone.
  for (const name of ['node_modules', 'loggers.mjs', 'orders.mjs', 'direct.mjs']) {
    rmSync(join(project.folder, name), { recursive: true });
  }
  return { ...project, main };
}

for (const bundler of BUNDLERS) {
  t.test(`what ${bundler.what} makes reports by every logger, however it ends`, async (t) => {
    const project = await bundled(t, bundler, 'loggers.mjs');
    await Promise.all(
      ENDS.map(async ([end, expected, reported]) => {
        const server = await strictServer(t);
        const ended = await project.node([project.main, end], server.env);
        t.match(ended, expected, end);
        t.match(
          server.events.toSorted((a, b) => a.message.localeCompare(b.message)),
          reported.toSorted().map((what) => ({
            level: what === 'nobody' ? 'fatal' : 'error',
            message: `RangeError: no stock for ${what}`,
            metadata: {
              exception_class: 'RangeError',
              exception_frames: [
                {
                  filename: 'orders.mjs',
                  function: 'order',
                  lineno: 2,
                  in_app: true,
                  context_line: /throw new RangeError/,
                },
                { filename: 'loggers.mjs', function: 'failed', in_app: true },
              ],
            },
          })),
          end,
        );
        t.equal(server.events.length, reported.length, `${end}: each once`);
      }),
    );
  });
}

t.test('an ES module of esbuild needs nothing to be given for the direct API', async (t) => {
  const server = await strictServer(t);
  const project = await bundled(t, esbuild('an ES module', { format: 'esm' }), 'direct.mjs');
  t.match(await project.node([project.main], server.env), { code: 3, stderr: '' });
  t.match(server.events, [{ message: 'RangeError: no stock for direct' }]);
});

t.test('modules of both kinds in one bundle have one errsight', async (t) => {
  for (const file of ['module.mjs', 'commonjs.cjs']) {
    const server = await strictServer(t);
    const project = makeConsumer(t, installed, 'bundled');
    const main = await esbuild('CommonJS', { format: 'cjs' }).bundle(project.folder, file);
    const ended = await project.node([main], server.env);
    t.match(ended, { code: 0, stderr: '' });
    t.strictSame(JSON.parse(ended.stdout), { oneClass: true });
    t.equal(server.events.length, 2, file);
  }
});
