// Makes what is published, beside the declarations, which are tsc's:
//
//   dist/cjs     CommonJS, which Node's `import` and `require` share, so that there is one of it in a process
//   dist/module  ES modules for bundlers, which ask for the condition `module`: they lead to the same code, so that
//                it is in the package once, and once in a bundle that has both `import` and `require`
//
// Which code lies in which file is the bundler's business: what several entries need is in files of their own.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { defineConfig, rolldown } from 'rolldown';
import { minify } from 'terser';

const ENTRIES = {
  index: 'src/index.ts',
  register: 'src/register.ts',
  testing: 'src/testing.ts',
  pino: 'transports/pino.ts',
  winston: 'transports/winston.ts',
  bunyan: 'transports/bunyan.ts',
  redis: 'src/fleet/redis.ts',
};

/** What is loaded late, from files of their own: see `src/late.cts` and the other `.cts` files that are named late. */
const LATE = {
  'main/client': 'src/main/client.ts',
  'main/init': 'src/main/init.ts',
  'main/pino/lines': 'src/main/pino/lines.ts',
  'main/pino/with': 'src/main/pino/with.ts',
  'main/locals/locals': 'src/main/locals/locals.ts',
  'main/signals': 'src/main/signals.ts',
  'main/requests/frameworks': 'src/main/requests/frameworks.ts',
  'main/late-uses': 'src/main/late-uses.ts',
  making: 'src/event/making.ts',
  spooling: 'src/delivery/spool/spooling.ts',
  'in-thread': 'src/in-thread.ts',
};

const SHARED = {
  platform: 'node',
  external: /^(?!\.|\/)/,
  // An error here would be one for whoever installs the package. That the build is slow is none.
  onLog(level, log) {
    if (log.code === 'PLUGIN_TIMINGS') return;
    throw new Error(`${level}: ${log.message}`);
  },
};

/**
 * Files for what entries share: all that an `import` runs, what any client or logger needs in whichever thread, what
 * watches the main thread, and what makes events. What two of them need is in the one that is loaded first.
 */
const FILES = {
  groups: [
    { name: 'core', test: /src[\\/]index\.ts$/, priority: 5 },
    {
      name: 'base',
      test: /src[\\/](?:lib|options|stream-options|main[\\/]no-watches|notes[\\/](?:pending|revive)|event[\\/](?:scrub[\\/]hidden|make[\\/](?:contexts|failed-request|request)))\b/,
      priority: 4,
    },
    {
      name: 'main',
      test: /src[\\/]main[\\/](?:pino[\\/]lines|watch[\\/]watches|signals|uncaught)\.ts$/,
      priority: 3,
    },
    {
      name: 'delivery',
      test: /src[\\/](?:pipeline\.ts|pipeline[\\/]|exit[\\/]|event[\\/](?:make[\\/](?:\w+-step|scope-field)|scrub[\\/]limits))/,
      priority: 2,
    },
    { name: 'events', test: /src[\\/]event[\\/]/, priority: 1 },
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
  // It would be in each file, and nobody asks for it.
  generatedCode: { symbols: false },
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
      ...LATE,
      cli: 'src/cli/main.ts',
    },
    external: [SHARED.external, ...Object.keys(LATE).map((name) => `./${name}.js`)],
    plugins: [
      threadCode('exit/code.cts', 'src/exit/worker.ts', 'code'),
      threadCode('main/locals/thread.cts', 'src/main/locals/worker.ts', 'threadCode'),
      late('src/late.cts'),
      late('src/event/late-making.cts'),
      late('src/delivery/spool/late-spool.cts'),
      pageFiles(),
      page(),
      edge(),
      typeOfFiles(),
      builtins(),
      plainExports(),
      ascii(),
      modules(),
      smaller(),
    ],
    output: {
      ...OUTPUT,
      codeSplitting: FILES,
      dir: 'dist/cjs',
      format: 'cjs',
      comments: ANNOTATIONS,
    },
  },
]);

/**
 * Puts the whole program of a thread, as a text, in the place of the module that stands for it. Packed by Brotli
 * that of the exit takes 19 KB in place of 44; it was 21 by deflate. Unpacking takes under a millisecond on a usual machine.
 */
function threadCode(file, input, name) {
  return inPlaceOf(file, async () => {
    const bundle = await rolldown({ ...SHARED, input });
    const { output } = await bundle.generate({ ...OUTPUT, minify: true, format: 'cjs' });
    await bundle.close();
    const text = packed(Buffer.from(await smallerOf(output[0].code))).toString('base64');
    return `export function ${name}(): string {
      const bytes = Buffer.from('${text}', 'base64');
      return process.getBuiltinModule('node:zlib').brotliDecompressSync(bytes).toString();
    }`;
  });
}

/** The page of `errsight dev`, its three files as one. The limit is that of its whole size, in bytes. */
const MAX_PAGE = 80_000;
/** In their order, since the last rule counts. */
const STYLES = ['base', 'list', 'event', 'panels', 'narrow'];

function page() {
  return {
    name: 'page',
    async generateBundle() {
      const bundle = await rolldown({
        input: 'src/dev/page/main.ts',
        platform: 'browser',
        tsconfig: false,
        onLog: (level, log) => SHARED.onLog(level, log),
      });
      const { output } = await bundle.generate({ minify: true, format: 'esm', comments: false });
      await bundle.close();
      const files = {
        html: readFileSync('src/dev/page/page.html', 'utf8').replaceAll(/>\s+</g, '><'),
        css: STYLES.map((name) => readFileSync(`src/dev/page/styles/${name}.css`, 'utf8'))
          .join('')
          .replaceAll(/\s+/g, ' ')
          .replaceAll(/ ?([{};,]) ?/g, '$1'),
        js: output[0].code,
      };
      const source = Buffer.from(JSON.stringify(files));
      if (source.length > MAX_PAGE) throw new Error(`the page has ${source.length} bytes`);
      this.emitFile({ type: 'asset', fileName: 'page.br', source: packed(source) });
    },
  };
}

function packed(text) {
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_LGWIN]: 22,
  };
  return brotliCompressSync(text, { params });
}

/** What edge runtimes get, which have none of Node's modules. */
function edge() {
  return {
    name: 'edge',
    async generateBundle() {
      const bundle = await rolldown({ ...SHARED, input: 'src/edge.ts', platform: 'neutral' });
      const { output } = await bundle.generate({ ...OUTPUT, format: 'esm' });
      await bundle.close();
      this.emitFile({ type: 'asset', fileName: 'edge.mjs', source: output[0].code });
    },
  };
}

/** Has the command find it beside itself. */
function pageFiles() {
  const found = `join(__dirname, 'page.br')`;
  const written = readFileSync('src/dev/page-files.cts', 'utf8');
  return inPlaceOf('dev/page-files.cts', () => written.replace(/join\(__dirname, .*?\)/, found));
}

/** Has Node load what is loaded late as it is written in the source: by the paths of files. */
function late(file) {
  return inPlaceOf(file, () => readFileSync(file, 'utf8'));
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
 * Takes Node's own modules from `process`, without `require`: a bundle of ES modules has none. Engines that
 * package.json allows all have it.
 */
function builtins() {
  return {
    name: 'builtins',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        const parts = chunk.code.split(
          /\b(?:require|process\.getBuiltinModule)\((?=["`]node:[\w/]+["`]\))/,
        );
        // A short name for what stands in some files 20 times.
        const isOften = parts.length > 3;
        const code = parts.join(isOften ? '$node(' : 'process.getBuiltinModule(');
        const [start] = /^(?:#!.*\n)?/.exec(code);
        const name = `${start}const $node=process.getBuiltinModule;`;
        chunk.code = isOften ? name + code.slice(start.length) : code;
      }
    },
  };
}

/**
 * Exports values in place of getters. Those are for what changes later, and nothing does that is exported: the linter
 * sees to it. They took a fifth of the text that an `import` compiles.
 */
function plainExports() {
  const getter =
    /Object\.defineProperty\(exports,"([\w$]+)",\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g;
  return {
    name: 'plain-exports',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = chunk.code.replaceAll(getter, 'exports.$1=$2');
      }
    },
  };
}

/** What is shorter than this exports what others have. Node and bundlers look there for names, so it stays as it is. */
const SHORT = 2_000;

/** Comments by which they leave an import to Node. */
const FOR_BUNDLERS = /webpackIgnore|turbopackIgnore|@vite-ignore/;

/** Terser takes 9 KB more off what the bundler has minified. */
function smaller() {
  return {
    name: 'smaller',
    async generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk' && chunk.code.length >= SHORT)
          chunk.code = await smallerOf(chunk.code);
      }
    },
  };
}

async function smallerOf(text) {
  // The name of such a class is that of its variable, which gets a shorter one.
  const named = text.replaceAll(/\b([A-Z][\w$]*)=class(?=\{| extends )/g, '$1=class $1');
  const { code } = await minify(named, {
    ecma: 2022,
    toplevel: true,
    keep_classnames: true,
    // Functions without `this` become arrows, which takes off 5 KB. Only classes are called by `new` here.
    compress: { passes: 3, unsafe_arrows: true },
    format: { ascii_only: true, comments: FOR_BUNDLERS, preserve_annotations: true },
  });
  // In front of anything but a call it means nothing, and Rollup warns of it.
  return code.replaceAll(/\/\*#__PURE__\*\/(?!new\b|[\w$.]*\()/g, '');
}

/** Writes an ES module for each entry, with the names that it exports. */
function modules() {
  return {
    name: 'modules',
    writeBundle(_options, bundle) {
      mkdirSync('dist/module', { recursive: true });
      for (const { name, isEntry, exports } of Object.values(bundle)) {
        if (isEntry && name in ENTRIES)
          writeFileSync(`dist/module/${name}.js`, moduleOf(name, exports));
      }
    },
  };
}

function moduleOf(name, exports) {
  const from = `'../cjs/${name}.js'`;
  if (exports.length === 0) return `import ${from};\n`;
  const named = exports.filter((each) => each !== 'default');
  const lines = named.length > 0 ? [`export { ${named.join(', ')} } from ${from};`] : [];
  if (exports.includes('default')) {
    // To most bundlers the default of a CommonJS module is the module; Rollup looks into it.
    lines.push(`import all from ${from};`, 'export default all.default ?? all;');
  }
  return `${lines.join('\n')}\n`;
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
        if (chunk.type !== 'chunk') continue;
        chunk.code = chunk.code
          .replaceAll(/[^\0-\x7f]/g, escaped)
          // Bundlers know the shorter form too.
          .replaceAll('/* @__PURE__ */ ', '/*#__PURE__*/');
      }
    },
  };
}

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
