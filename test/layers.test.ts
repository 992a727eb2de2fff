import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

// The tests run from dist/esm/test; the sources are what is checked.
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Which part of the package a file belongs to, and which parts each may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: ['lib'],
  leaf: ['leaf', 'lib'],
  options: ['leaf', 'lib', 'options', 'event types'],
  event: ['leaf', 'lib', 'event', 'event types'],
  'event types': ['event types'],
  delivery: ['leaf', 'lib', 'delivery'],
  // What pino's main thread tells its worker of a line.
  notes: ['leaf', 'lib', 'event', 'event types', 'notes'],
  pipeline: ['leaf', 'lib', 'options', 'event', 'event types', 'delivery', 'pipeline'],
  exit: ['leaf', 'lib', 'options', 'delivery', 'pipeline', 'exit'],
  // With the first use of it; `late.cts` says why.
  late: ['main', 'transports', 'options', 'late'],
  main: [
    'leaf',
    'lib',
    'options',
    'event',
    'event types',
    'pipeline',
    'exit',
    'notes',
    'late',
    'main',
  ],
  index: ['leaf', 'lib', 'options', 'event', 'event types', 'pipeline', 'late', 'main', 'index'],
  // Those of winston and bunyan run on the main thread; that pino's does not is looked at below.
  transports: [
    'leaf',
    'lib',
    'options',
    'event',
    'event types',
    'pipeline',
    'exit',
    'notes',
    'main',
    'transports',
  ],
  dev: ['leaf', 'lib', 'event types', 'dev'],
  fleet: ['leaf', 'lib', 'event', 'event types', 'fleet'],
  cli: [
    'leaf',
    'lib',
    'options',
    'event types',
    'delivery',
    'notes',
    'pipeline',
    'transports',
    'fleet',
    'dev',
    'cli',
  ],
};

const EVENT_TYPES = new Set(
  ['event.ts', 'record.ts', 'level.ts'].map((name) => `src/event/${name}`),
);

/** Those of the direct API, which may use each other. */
const ENTRIES = new Set(
  ['edge.ts', 'index.ts', 'register.ts', 'testing.ts'].map((name) => `src/${name}`),
);

const LATE = new Set(['in-thread.ts', 'late.cts'].map((name) => `src/${name}`));

function partOf(file: string): string {
  if (EVENT_TYPES.has(file)) return 'event types';
  if (ENTRIES.has(file)) return 'index';
  if (LATE.has(file)) return 'late';
  if (file === 'src/pipeline.ts') return 'pipeline';
  const folder = /^(?:src\/)?(\w+)\//.exec(file)?.[1] ?? 'none';
  return folder === 'none' || !(folder in MAY_IMPORT) ? 'leaf' : folder;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.c?ts$/.test(name))
    .map((name) => posix.join(folder, ...name.split(sep)));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(([, path = '']) =>
    relative(root, resolve(root, dirname(file), path)).replaceAll(sep, '/'),
  );
}

t.test('imports go one way', (t) => {
  const files = [...sources('src'), ...sources('transports')];
  t.ok(files.length > 20, 'the sources are found');
  for (const file of files) {
    for (const target of importsOf(file)) {
      const from = partOf(file);
      const to = partOf(target);
      if (!MAY_IMPORT[from]?.includes(to)) t.fail(`${file} (${from}) imports ${target} (${to})`);
    }
  }
  t.end();
});

t.test("nothing that pino's worker loads lies in src/main", (t) => {
  const seen = new Set<string>();
  const queue = ['transports/pino.ts'];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    queue.push(...importsOf(file));
  }
  t.ok(seen.has('src/pipeline.ts'), 'the walk reaches the pipeline');
  t.strictSame(
    [...seen].filter((file) => file.startsWith('src/main/')),
    [],
  );
  t.end();
});
