// Makes what is published: few files instead of one for each source, since opening and parsing them is
// what an application's start pays for. The declarations beside them are tsc's.
//
//   src/core.js                       everything that entries share, once per process
//   src/index.js, transports/pino.js  the names of an entry, taken from the core
//   transports/{winston,bunyan}.js    what needs the logger's own package, on top of the core
//   src/exit/worker.js, src/dev/cli.js   whole: they run on their own
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist/cjs');
const CORE = join(OUT, 'src/core.js');

/** Entries of which the core has everything. */
const SHARED = ['src/index.ts'];
/** Entries that load a logger's package: only who uses it has it. */
const LOGGERS = ['transports/pino.ts', 'transports/winston.ts', 'transports/bunyan.ts'];
/** Files of theirs that nobody else needs. */
const OF_LOGGERS = /^transports\/(?:pino|lines|handshake|long-line|winston|bunyan)/;
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
  metafile: true,
  logLevel: 'warning',
};

writeFile('package.json', JSON.stringify({ type: 'commonjs' }));
for (const file of PROGRAMS) await build({ ...OPTIONS, entryPoints: [file], outfile: outOf(file) });

const modules = [...SHARED, ...(await neededByLoggers())];
await build({
  ...OPTIONS,
  stdin: {
    contents: modules.map((file) => `export * as ${nameOf(file)} from './${file}';`).join('\n'),
    resolveDir: ROOT,
  },
  outfile: CORE,
});
nameClasses(CORE);
checkCharacters(CORE);
const core = createRequire(import.meta.url)(CORE);
for (const file of SHARED) writeFile(relative(OUT, outOf(file)), entry(file));
for (const file of LOGGERS) {
  const plugins = [takeFromCore(outOf(file))];
  await build({ ...OPTIONS, entryPoints: [file], outfile: outOf(file), plugins });
}

function outOf(file) {
  return join(OUT, file.replace(/\.ts$/, '.js'));
}

function nameOf(file) {
  return file.replace(/\.c?ts$/, '').replaceAll(/\W/g, '_');
}

function writeFile(name, text) {
  const path = join(OUT, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Takes back the `_` that esbuild puts before the name of a class that names itself. */
function nameClasses(file) {
  const text = readFileSync(file, 'utf8');
  const names = new Set([...text.matchAll(/\b(\w+)=class _\1\b/g)].map(([, name]) => name));
  writeFileSync(
    file,
    text.replaceAll(/\b_(\w+)/g, (written, name) => (names.has(name) ? name : written)),
  );
}

/** With one character beyond Latin-1 V8 holds the whole text in two bytes each, and parses it more slowly. */
function checkCharacters(file) {
  const [found] = /.{0,40}[^\0-\x7f]/.exec(readFileSync(file, 'utf8')) ?? [];
  if (found !== undefined) throw new Error(`not ASCII, write it as an escape: ${found}`);
}

/** The core's modules that those of loggers import. */
async function neededByLoggers() {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: LOGGERS,
    outdir: OUT,
    write: false,
  });
  const imported = Object.entries(metafile.inputs)
    .filter(([file]) => OF_LOGGERS.test(file))
    .flatMap(([, { imports }]) => imports.filter(({ external }) => !external))
    .map(({ path }) => path);
  return [...new Set(imported)].filter((file) => !OF_LOGGERS.test(file)).toSorted();
}

/**
 * An entry's file. Each name is written down: where an ES module imports a CommonJS one, Node reads its
 * text for names, and the whole core took it 30 ms.
 */
function entry(file) {
  const module = core[nameOf(file)];
  return [
    `'use strict';`,
    `Object.defineProperty(exports, '__esModule', { value: true });`,
    `const { ${nameOf(file)}: entry } = require('${toCore(outOf(file))}');`,
    ...Object.keys(module).map((name) => `exports.${name} = entry.${name};`),
    '',
  ].join('\n');
}

function toCore(from) {
  const path = relative(dirname(from), CORE).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** Has a bundle take from the core what lies there, so that each class and each state exists once. */
function takeFromCore(outfile) {
  return {
    name: 'core',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir, namespace }) => {
        if (namespace === 'core') return { path, external: true };
        const file = relative(ROOT, join(resolveDir, path)).replaceAll('\\', '/');
        return OF_LOGGERS.test(file) ? undefined : { path: file, namespace: 'core' };
      });
      onLoad({ filter: /./, namespace: 'core' }, ({ path }) => ({
        contents: [
          `import { ${nameOf(path)} as module } from '${toCore(outfile)}';`,
          ...Object.keys(core[nameOf(path)]).map(
            (name) => `export const ${name} = module.${name};`,
          ),
        ].join('\n'),
      }));
    },
  };
}
