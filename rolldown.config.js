// Makes what is published, beside the declarations, which are tsc's:
//
//   dist/cjs     CommonJS, which Node's `import` and `require` share, so that there is one of it in a process
//   dist/module  ES modules for bundlers, which ask for the condition `module`
//
// Which code lies in which file is the bundler's business: what several entries need is in files of their own.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { defineConfig, rolldown } from 'rolldown';

const ENTRIES = {
  index: 'src/index.ts',
  register: 'src/register.ts',
  testing: 'src/testing.ts',
  pino: 'transports/pino.ts',
  winston: 'transports/winston.ts',
  bunyan: 'transports/bunyan.ts',
  redis: 'src/fleet/redis.ts',
};

const SHARED = {
  platform: 'node',
  external: /^(?!\.|\/)/,
  // An error here would be one for whoever installs the package.
  onLog(level, log) {
    throw new Error(`${level}: ${log.message}`);
  },
};

/** Two files for what entries share: all that an `import` runs, and what is loaded with the first client. */
const FILES = {
  groups: [
    { name: 'core', test: /src[\\/]index\.ts$/, priority: 2 },
    {
      name: 'events',
      test: /src[\\/](?:pipeline\.ts|exit[\\/]|event[\\/]|notes[\\/])/,
      priority: 1,
    },
  ],
};

/** For bundlers: what is no import of theirs, and what may be left out. */
const ANNOTATIONS = { annotation: true, jsdoc: false, legal: false };

const OUTPUT = {
  // Names stay: those of classes are read by people, those of functions by what leaves them out of stacks.
  minify: {
    compress: { keepNames: { class: true, function: true } },
    mangle: { keepNames: { class: true, function: false } },
  },
  chunkFileNames: '[name].js',
  entryFileNames: '[name].js',
  comments: false,
  exports: 'named',
  externalLiveBindings: false,
  cleanDir: true,
};

export default defineConfig([
  {
    ...SHARED,
    // What is loaded late is an entry, since it is loaded by its file.
    input: {
      ...ENTRIES,
      'main/client': 'src/main/client.ts',
      'in-thread': 'src/in-thread.ts',
      cli: 'src/cli/main.ts',
    },
    external: [SHARED.external, './main/client.js', './in-thread.js'],
    plugins: [exitWorker(), late(), typeOfFiles(), ascii(), deflatedCommands()],
    output: { ...OUTPUT, codeSplitting: FILES, dir: 'dist/cjs', format: 'cjs' },
  },
  {
    ...SHARED,
    input: ENTRIES,
    plugins: [exitWorker(), atOnce(), ascii()],
    output: {
      ...OUTPUT,
      codeSplitting: FILES,
      dir: 'dist/module',
      format: 'esm',
      comments: ANNOTATIONS,
    },
  },
]);

/**
 * Puts the whole of the exit worker, as a text, in the place of the module that stands for it. Deflated it
 * takes 15 KB in place of 34, twice; to inflate it takes under a millisecond, at the end of a process.
 */
function exitWorker() {
  return inPlaceOf('exit/code.cts', async () => {
    const bundle = await rolldown({ ...SHARED, input: 'src/exit/worker.ts' });
    const { output } = await bundle.generate({ ...OUTPUT, minify: true, format: 'cjs' });
    await bundle.close();
    const text = deflateRawSync(output[0].code, { level: 9 }).toString('base64');
    return `export function code(): string {
      const bytes = Buffer.from('${text}', 'base64');
      return process.getBuiltinModule('node:zlib').inflateRawSync(bytes).toString();
    }`;
  });
}

/** Has Node load what is loaded late as it is written in the source: by the paths of files. */
function late() {
  return inPlaceOf('late.cts', () => readFileSync('src/late.cts', 'utf8'));
}

/** Has bundlers see it imported as anything else is. */
function atOnce() {
  return inPlaceOf('late.cts', () => `export * from './src/at-once.ts';`);
}

/** Other TypeScript for a module. */
function inPlaceOf(file, load) {
  const id = `${fileURLToPath(new URL('.', import.meta.url))}${file.replaceAll(/\W/g, '-')}.ts`;
  return {
    name: file,
    resolveId: {
      filter: { id: /\.cts$/ },
      handler: (path) => (file.endsWith(path.replace(/^.*\.\//, '')) ? id : undefined),
    },
    load: { filter: { id: new RegExp(`${file.replaceAll(/\W/g, '-')}\\.ts$`) }, handler: load },
  };
}

/** Has Node read the files beside it as CommonJS, in a package of ES modules. */
function typeOfFiles() {
  return {
    name: 'type-of-files',
    generateBundle() {
      const source = JSON.stringify({ type: 'commonjs' });
      this.emitFile({ type: 'asset', fileName: 'package.json', source });
    },
  };
}

/**
 * Writes other characters as escapes: with one beyond Latin-1 V8 holds the whole text in two bytes each, and
 * compiles it more slowly. They stand in texts and patterns only.
 */
function ascii() {
  return {
    name: 'ascii',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = chunk.code.replaceAll(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

/**
 * Deflates the commands, which few processes run: they take a third. To inflate one takes a millisecond. No
 * application loads them.
 */
function deflatedCommands() {
  return {
    name: 'deflated-commands',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        const isCommand = chunk.isDynamicEntry && /src[\\/]cli[\\/]/.test(chunk.facadeModuleId);
        if (!isCommand) continue;
        const text = deflateRawSync(chunk.code, { level: 9 }).toString('base64');
        chunk.code = `const code = require('node:zlib').inflateRawSync(Buffer.from('${text}', 'base64'));
new Function('exports', 'require', 'module', code.toString())(exports, require, module);
`;
      }
    },
  };
}

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
