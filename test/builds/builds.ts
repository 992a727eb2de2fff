/** The ways in which TypeScript applications are built for Node. */
import { readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformFile, type JscConfig, type Options as SwcOptions } from '@swc/core';
import { build as esbuild, transform, type BuildOptions } from 'esbuild';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { ROOT } from '../helpers/app.ts';
import { runProgram } from '../helpers/child.ts';

/** A build of one release. The second one has other targets, since a minifier's names follow from all. */
export interface Release {
  /** The application, with its sources in `src`. */
  readonly folder: string;
  readonly target: 'es2017' | 'es2022';
}

type SwcTarget = NonNullable<JscConfig['target']>;

export interface Build {
  readonly what: string;
  /** Builds `src/main.ts`. */
  readonly make: (release: Release) => Promise<void>;
  /** What is run then. */
  readonly main: string;
  readonly isCommonJs?: true;
  /** Whether classes lose their names. */
  readonly isMinified?: true;
  /** Whether it runs only where the sources are, or its maps name them and do not have them. */
  readonly needsSources?: true;
}

/** Types are not what this is about. */
async function tsc({ folder, target }: Release, args: readonly string[]): Promise<void> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const basics = ['--noCheck', '--rewriteRelativeImportExtensions', '--module', 'nodenext'];
  const folders = ['--rootDir', 'src', '--outDir', 'dist', '--target', target];
  const all = [compiler, ...basics, ...folders, ...args, 'src/main.ts'];
  const ended = await runProgram(process.execPath, all, { cwd: folder });
  if (ended.code !== 0) throw new Error(`tsc ended with ${ended.code}\n${ended.stdout}`);
}

function swcOptions(target: SwcTarget): SwcOptions {
  return {
    configFile: false,
    swcrc: false,
    sourceMaps: true,
    jsc: { target, parser: { syntax: 'typescript' } },
  };
}

interface SwcRun {
  readonly type?: 'es6' | 'commonjs';
  readonly target?: SwcTarget;
  readonly minify?: boolean;
}

/** As `@swc/cli` does, file by file. */
async function swc(release: Release, run: SwcRun = {}): Promise<void> {
  const { type = 'commonjs', target = release.target, minify = false } = run;
  const basics = swcOptions(target);
  const jsc: JscConfig & { readonly rewriteRelativeImportExtensions: true } = {
    ...basics.jsc,
    rewriteRelativeImportExtensions: true,
    ...(minify && { minify: { compress: true, mangle: { toplevel: true } } }),
  };
  const [from, to] = [join(release.folder, 'src'), join(release.folder, 'dist')];
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const built = `${name.slice(0, -2)}js`;
    const { code, map } = await transformFile(join(from, name), {
      ...basics,
      jsc,
      minify,
      module: { type },
      sourceFileName: `../src/${name}`,
      outputPath: to,
    });
    writeFileSync(join(to, built), `${code}\n//# sourceMappingURL=${built}.map\n`);
    writeFileSync(join(to, `${built}.map`), map ?? '');
  }
}

async function bundle({ folder, target }: Release, options: BuildOptions): Promise<void> {
  await esbuild({
    absWorkingDir: folder,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    external: ['pino'],
    sourcemap: 'linked',
    target,
    logLevel: 'silent',
    ...options,
  });
}

export function pack({ folder, target }: Release, options: webpack.Configuration): Promise<void> {
  const loader = { loader: join(ROOT, 'node_modules/swc-loader'), options: swcOptions(target) };
  return new Promise((resolve, reject) => {
    webpack(
      {
        context: folder,
        entry: './src/main.ts',
        target: 'node',
        output: { path: join(folder, 'dist'), filename: 'main.cjs' },
        externals: { errsight: 'commonjs errsight', pino: 'commonjs pino' },
        module: { rules: [{ test: /\.ts$/, use: loader }] },
        ...options,
      },
      (error, stats) => {
        if (error === null && stats?.hasErrors() === false) resolve();
        else reject(error ?? new Error(stats?.toString()));
      },
    );
  });
}

/** As its plugins for esbuild do. */
async function roll({ folder, target }: Release, minify: boolean): Promise<void> {
  const bundled = await rollup({
    input: join(folder, 'src/main.ts'),
    external: ['errsight', 'pino'],
    plugins: [
      {
        name: 'esbuild',
        transform: async (code, id) =>
          transform(code, { loader: 'ts', target, sourcemap: true, sourcefile: id }),
        renderChunk: async (code) =>
          minify ? transform(code, { minify, target, sourcemap: true }) : null,
      },
    ],
  });
  await bundled.write({ dir: join(folder, 'dist'), sourcemap: true, format: 'es' });
  await bundled.close();
}

async function ssr({ folder, target }: Release, minify: boolean): Promise<void> {
  await vite({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: { ssr: 'src/main.ts', outDir: 'dist', sourcemap: true, minify, target },
    // As it is with a package that was installed: here it is linked, which makes it a source.
    ssr: { external: ['errsight'] },
  });
}

/** Each file by itself. */
export const COMPILERS: readonly Build[] = [
  {
    what: 'tsc',
    make: (release) => tsc(release, ['--sourceMap']),
    main: 'dist/main.js',
    needsSources: true,
  },
  {
    what: 'tsc, to CommonJS, with maps in the files',
    make: (release) => tsc(release, ['--inlineSourceMap', '--inlineSources']),
    main: 'dist/main.js',
    isCommonJs: true,
  },
  { what: 'swc', make: (release) => swc(release), main: 'dist/main.js', isCommonJs: true },
  {
    what: 'swc, to ES modules',
    make: (release) => swc(release, { type: 'es6' }),
    main: 'dist/main.js',
  },
  {
    what: 'swc, for ES5',
    make: (release) => swc(release, { target: 'es5' }),
    main: 'dist/main.js',
    isCommonJs: true,
  },
  {
    what: 'swc, minified',
    make: (release) => swc(release, { minify: true }),
    main: 'dist/main.js',
    isCommonJs: true,
    isMinified: true,
  },
];

export const ESBUILD: readonly Build[] = [
  {
    what: 'esbuild, to CommonJS',
    make: (release) => bundle(release, { format: 'cjs', outExtension: { '.js': '.cjs' } }),
    main: 'dist/main.cjs',
  },
  {
    what: 'esbuild, to CommonJS, minified',
    make: (release) =>
      bundle(release, { format: 'cjs', outExtension: { '.js': '.cjs' }, minify: true }),
    main: 'dist/main.cjs',
    isMinified: true,
  },
  {
    what: 'esbuild, to an ES module',
    make: (release) => bundle(release, { format: 'esm', packages: 'external' }),
    main: 'dist/main.js',
  },
  {
    what: 'esbuild, to an ES module, minified',
    make: (release) => bundle(release, { format: 'esm', packages: 'external', minify: true }),
    main: 'dist/main.js',
    isMinified: true,
  },
  {
    what: 'esbuild, minified, with the names of functions kept',
    make: (release) =>
      bundle(release, { format: 'esm', packages: 'external', minify: true, keepNames: true }),
    main: 'dist/main.js',
  },
];

export const WEBPACK: readonly Build[] = [
  {
    what: 'webpack, for production',
    make: (release) => pack(release, { mode: 'production', devtool: 'source-map' }),
    main: 'dist/main.cjs',
    isMinified: true,
  },
  {
    what: 'webpack, for development',
    make: (release) => pack(release, { mode: 'development', devtool: 'eval-source-map' }),
    main: 'dist/main.cjs',
    needsSources: true,
  },
];

/** Rollup, and Vite, which is built on its like. */
export const ROLLUP: readonly Build[] = [
  { what: 'Rollup', make: (release) => roll(release, false), main: 'dist/main.js' },
  {
    what: 'Rollup, minified',
    make: (release) => roll(release, true),
    main: 'dist/main.js',
    isMinified: true,
  },
  {
    what: "Vite's build for a server",
    make: (release) => ssr(release, false),
    main: 'dist/main.js',
  },
  {
    what: "Vite's build for a server, minified",
    make: (release) => ssr(release, true),
    main: 'dist/main.js',
    isMinified: true,
  },
];
