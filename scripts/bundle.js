// Makes what is published: few files instead of one for each source, since opening and parsing them is
// what an application's start pays for. The declarations beside them are tsc's.
//
//   src/index.js                         the names of the entry, taken from the core
//   src/core.js                          all that it needs to be imported
//   src/client.js                        what is loaded with the first client: events and delivery
//   transports/{pino,winston,bunyan}.js  the entries of loggers, on top of both
//   src/exit/worker.js, src/dev/cli.js   whole: they run on their own
//
// Each module lies in one of them only, so that its classes and its state exist once.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist/cjs');
const CORE = join(OUT, 'src/core.js');
const CLIENT = join(OUT, 'src/client.js');

const INDEX = 'src/index.ts';
/** Loaded with the first client: half of the code, which who has none need not pay. */
const LATE = 'src/main/client.ts';
const LOGGERS = ['transports/pino.ts', 'transports/winston.ts', 'transports/bunyan.ts'];
/** In each file that asks for it, so that tools see which path is made of it: the exit worker's. */
const OF_ALL = 'src/here.cts';
const PROGRAMS = ['src/exit/worker.ts', 'src/dev/cli.ts'];

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  // Of whitespace Prettier makes the published one; what goes are comments.
  minifyWhitespace: true,
  packages: 'external',
  logLevel: 'warning',
};

const require = createRequire(import.meta.url);
const imports = await readImports([INDEX, ...LOGGERS]);
const inCore = reached(INDEX, (file) => file !== LATE);
const inClient = clientFiles();

write('package.json', JSON.stringify({ type: 'commonjs' }));
for (const file of PROGRAMS) await build({ ...OPTIONS, entryPoints: [file], outfile: outOf(file) });
await buildShared(CORE, [INDEX]);
await buildShared(CLIENT, [LATE]);
write('src/index.js', entry(INDEX));
for (const file of LOGGERS) {
  const outfile = outOf(file);
  await build({ ...OPTIONS, entryPoints: [file], outfile, plugins: [takeFromOthers(outfile)] });
}

/** What each source imports of the others. */
async function readImports(entryPoints) {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints,
    outdir: OUT,
    metafile: true,
    write: false,
  });
  return new Map(
    Object.entries(metafile.inputs).map(([file, input]) => [
      file,
      input.imports.filter(({ external }) => !external).map(({ path }) => path),
    ]),
  );
}

/** A source and what it imports, by way of others too. */
function reached(from, isWanted) {
  const files = new Set([from]);
  // A set that grows is walked to its end.
  for (const file of files) {
    for (const imported of imports.get(file).filter(isWanted)) files.add(imported);
  }
  return files;
}

/** What the client needs, and what several loggers do; what only one needs goes into its entry. */
function clientFiles() {
  const files = reached(LATE, isBesidesCore);
  const ofLoggers = LOGGERS.map((logger) => reached(logger, isBesidesCore));
  for (const file of ofLoggers.flatMap((own) => [...own])) {
    if (ofLoggers.filter((own) => own.has(file)).length > 1) files.add(file);
  }
  return files;
}

function isBesidesCore(file) {
  return !inCore.has(file);
}

/** The published file in which a source lies; undefined for what goes into each that imports it. */
function homeOf(file) {
  if (file === OF_ALL) return undefined;
  if (inCore.has(file)) return CORE;
  return inClient.has(file) ? CLIENT : undefined;
}

/** A file that exports, by their names, modules that others import: `entries`, and all they ask for. */
async function buildShared(outfile, entries) {
  const asked = [...imports].flatMap(([file, all]) => (homeOf(file) === outfile ? [] : all));
  const modules = new Set([...entries, ...asked.filter((file) => homeOf(file) === outfile)]);
  await build({
    ...OPTIONS,
    stdin: {
      contents: Array.from(modules, (file) => `export * as ${nameOf(file)} from './${file}';`).join(
        '\n',
      ),
      resolveDir: ROOT,
    },
    outfile,
    plugins: [takeFromOthers(outfile)],
  });
  const text = withClassNames(readFileSync(outfile, 'utf8'));
  checkCharacters(text);
  writeFileSync(outfile, text);
}

/** Has a file take from the others what lies there. */
function takeFromOthers(outfile) {
  return {
    name: 'others',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir, namespace }) => {
        if (namespace === 'others') return { path, external: true };
        const file = relative(ROOT, join(resolveDir, path)).replaceAll('\\', '/');
        const home = homeOf(file);
        if (home === undefined || home === outfile) return undefined;
        return { path: file, namespace: 'others' };
      });
      onLoad({ filter: /./, namespace: 'others' }, ({ path }) => {
        const home = homeOf(path);
        const from = pathTo(home, outfile);
        if (path === LATE) return { contents: late(from) };
        const names = Object.keys(require(home)[nameOf(path)]);
        return {
          contents: [
            `import { ${nameOf(path)} as module } from '${from}';`,
            ...names.map((name) => `export const ${name} = module.${name};`),
          ].join('\n'),
        };
      });
    },
  };
}

/** Stands for the client where it is only made by `new`. */
function late(from) {
  return `export function Client(...options) {
    const { ${nameOf(LATE)}: { Client } } = require('${from}');
    return new Client(...options);
  }`;
}

/**
 * An entry's file. Each name is written down: where an ES module imports a CommonJS one, Node reads its
 * text for names, and the whole core took it 30 ms.
 */
function entry(file) {
  return [
    `'use strict';`,
    `Object.defineProperty(exports, '__esModule', { value: true });`,
    `const { ${nameOf(file)}: entry } = require('${pathTo(CORE, outOf(file))}');`,
    ...Object.keys(require(CORE)[nameOf(file)]).map((name) => `exports.${name} = entry.${name};`),
    '',
  ].join('\n');
}

/** Takes back the `_` that esbuild puts before the name of a class that names itself. */
function withClassNames(text) {
  const names = new Set([...text.matchAll(/\b(\w+)=class _\1\b/g)].map(([, name]) => name));
  return text.replaceAll(/\b_(\w+)/g, (written, name) => (names.has(name) ? name : written));
}

/** With one character beyond Latin-1 V8 holds the whole text in two bytes each, and parses it more slowly. */
function checkCharacters(text) {
  const [found] = /.{0,40}[^\0-\x7f]/.exec(text) ?? [];
  if (found !== undefined) throw new Error(`not ASCII, write it as an escape: ${found}`);
}

function outOf(file) {
  return join(OUT, file.replace(/\.ts$/, '.js'));
}

function nameOf(file) {
  return file.replace(/\.c?ts$/, '').replaceAll(/\W/g, '_');
}

function pathTo(file, from) {
  const path = relative(dirname(from), file).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

function write(name, text) {
  const path = join(OUT, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
