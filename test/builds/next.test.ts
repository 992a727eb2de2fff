import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { makeApp, readEvents, ROOT, type App, type ReadEvent } from '../helpers/app.ts';
import { runProgram } from '../helpers/child.ts';
import { tableIn } from '../helpers/docs.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { freePort } from '../helpers/free-port.ts';
import { BUGS, changed, Releases, sources, type Sources } from './releases.ts';

// A build takes some 15 s of a quiet core.
t.setTimeout(900_000);

const CLI = join(ROOT, 'dist/esm/src/cli/main.js');
const NEXT = join(ROOT, 'node_modules/next/dist/bin/next');

interface NextRelease {
  readonly what: string;
  readonly args: readonly string[];
  readonly files: Sources;
  /** Built as Next does it by itself, with this package in the bundle, and run without what it is built of. */
  readonly isStandalone: boolean;
}

/** Both of its bundlers, as if the application changed from one to the other with its next release. */
const RELEASES: readonly NextRelease[] = [
  { what: 'Turbopack, standalone', args: [], files: sources(), isStandalone: true },
  { what: 'webpack', args: ['--webpack'], files: changed(sources()), isStandalone: false },
];

function standaloneOf({ folder }: App): string {
  return join(folder, '.next/standalone', folder);
}

async function buildNext(t: Test, { files, args, isStandalone }: NextRelease): Promise<App> {
  const app = makeApp(t, files, { packages: ['next', 'react', 'react-dom'] });
  cpSync(join(ROOT, 'test/builds/next'), app.folder, { recursive: true });
  // What is linked counts as the application's own for bundlers.
  const installed = join(app.folder, 'node_modules/errsight');
  rmSync(installed);
  for (const part of ['package.json', 'dist/cjs', 'dist/module', 'entries']) {
    cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  }
  await placeErrsight(app);
  const ended = await runProgram(process.execPath, [NEXT, 'build', ...args], {
    cwd: app.folder,
    // On a machine with eight programs at a time, a build took over 240 s.
    patience: 600_000,
    env: {
      HOME: app.folder,
      NEXT_TELEMETRY_DISABLED: '1',
      ...(isStandalone && { STANDALONE: '1' }),
    },
  });
  if (ended.code === 0) {
    // As docs/frameworks.md says: Next leaves the maps behind.
    const server = join(app.folder, '.next/server');
    if (isStandalone) cpSync(server, join(standaloneOf(app), '.next/server'), { recursive: true });
    return app;
  }
  throw new Error(`next build ended with ${ended.code}\n${ended.stdout}${ended.stderr}`);
}

/** As people do, by `errsight init`; and with an option that the routes here are about. */
async function placeErrsight({ folder }: App): Promise<void> {
  const ended = await runProgram(process.execPath, [CLI, 'init', '--yes'], {
    cwd: folder,
    env: {},
  });
  const path = join(folder, 'instrumentation.js');
  if (ended.code !== 0 || !existsSync(path)) throw new Error(ended.stdout + ended.stderr);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('init()', 'init({ failedRequests: true })'));
}

/** Starts the server, asks for each of the routes that fail, and for pages. */
async function visit(
  t: Test,
  app: App,
  server: TestErrsight,
  { isStandalone }: NextRelease,
): Promise<void> {
  const { env, total: known } = server;
  const port = await freePort();
  const where = { PORT: String(port), HOSTNAME: '127.0.0.1' };
  const all = { HOME: app.folder, NEXT_TELEMETRY_DISABLED: '1', ...where, ...env };
  const pairs = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const command = isStandalone
    ? [join(standaloneOf(app), 'server.js')]
    : [NEXT, 'start', '--port', String(port), '--hostname', '127.0.0.1'];
  // `env -i`, since tap adds its own hooks to whatever environment `spawn` is given.
  const child = spawn('/usr/bin/env', ['-i', ...pairs, process.execPath, ...command], {
    cwd: app.folder,
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  t.teardown(() => child.kill('SIGKILL'));
  for (const bug of BUGS) {
    const answer = await ask(`http://127.0.0.1:${port}/orders/${encodeURIComponent(bug)}`);
    t.equal(answer, 500, bug);
  }
  const shop = `http://127.0.0.1:${port}/shop`;
  for (const [page, status] of Object.entries(PAGES)) {
    t.equal(await ask(`${shop}/${page}`), status, page);
  }
  await act(t, `${shop}/tea`);
  // What is on its way when the process ends would be sent again.
  await server.waitForEvents(known + BUGS.length + TOLD.length);
  child.kill('SIGTERM');
  await ended;
}

/** Pages, and what is answered. */
const PAGES: Readonly<Record<string, number>> = {
  broken: 500,
  missing: 404,
  moved: 307,
  tea: 200,
  guarded: 500,
  parts: 200,
  shown: 500,
  stream: 200,
  // Next loads `instrumentation.js` in this runtime too.
  edge: 200,
};

/** What arrives of them, and of the action. Of what its proxy throws Next tells nobody but by its answer. */
const TOLD = [
  'GET /shop/[id] (/shop/broken) 500: TypeError: the page broke in app/shop/[id]/page.js',
  'GET /shop/[id] (/shop/parts) 200: TypeError: a part broke in app/shop/[id]/page.js',
  'GET /shop/shown (/shop/shown) 500: Error: the page beside error.js broke in app/shop/shown/page.js',
  'GET /shop/stream (/shop/stream) 200: Error: the stream broke in app/shop/stream/route.js',
  'GET undefined (/shop/guarded) 500: GET without a route answered 500 in undefined',
  'POST /shop/[id] (/shop/tea) 500: RangeError: the action broke for tea in app/shop/[id]/page.js',
];

function told({ message, tags, metadata }: ReadEvent): string {
  const frame = metadata.exception_frames?.find((each) => each.in_app);
  const { request_method: method, route, status } = tags;
  const request = `${method} ${route} (${metadata.full_path}) ${status}`;
  return `${request}: ${message} in ${frame?.filename}`;
}

/** The rows of the table in the docs, and the paths of the requests that they are about. */
const ROWS: Readonly<Record<string, RegExp>> = {
  'a route handler throws': /^\/orders\/pay$/,
  'a page throws': /^\/shop\/broken$/,
  'a server action throws': /^\/shop\/tea$/,
  'notFound() or redirect()': /^\/shop\/(?:missing|moved)$/,
  'a part of a page throws when the answer has begun': /^\/shop\/parts$/,
  'a page throws, and your error.js is shown': /^\/shop\/shown$/,
  'the stream of a route handler breaks when the answer has begun': /^\/shop\/stream$/,
  'the proxy throws, with failedRequests': /^\/shop\/guarded$/,
};

function checkTable(t: Test, events: readonly ReadEvent[]): void {
  const table = tableIn('docs/frameworks.md', 'in Next 16');
  t.strictSame(Object.keys(table).toSorted(), Object.keys(ROWS).toSorted());
  for (const [row, path] of Object.entries(ROWS)) {
    const count = events.filter(({ metadata }) => path.test(metadata.full_path ?? '')).length;
    t.equal(
      count === 0 ? 'nothing' : count === 1 ? 'one' : String(count),
      table[row]?.['arrives'],
      row,
    );
  }
}

/** Sends the form of a page, as a browser does without any script. */
async function act(t: Test, url: string): Promise<void> {
  const page = await (await fetch(url)).text();
  const [, action = ''] = /name="(\$ACTION_ID_\w+)"/.exec(page) ?? [];
  t.not(action, '', 'the page has an action');
  const body = new FormData();
  body.set(action, '');
  body.set('item', 'tea');
  t.equal((await fetch(url, { method: 'POST', body })).status, 500);
}

/** The status of the answer, as soon as the server listens. */
async function ask(url: string): Promise<number> {
  for (let left = 2_400; ; left -= 1) {
    try {
      const response = await fetch(url, { redirect: 'manual' });
      // The end of a broken answer is a reset.
      await response.text().catch(() => '');
      return response.status;
    } catch (error) {
      if (left === 0) throw error;
      await delay(100);
    }
  }
}

t.test("what Next builds tells the source's lines and functions", async (t) => {
  const server = await strictServer(t);
  const releases = new Releases(t);
  for (const release of RELEASES) {
    const { what, files } = release;
    const app = await buildNext(t, release);
    const known = server.total;
    await visit(t, app, server, release);
    const all = (await readEvents(server)).slice(0, server.total - known);
    const ofPages = all.filter(({ metadata }) => metadata.full_path?.startsWith('/shop/'));
    t.strictSame(ofPages.map(told).toSorted(), TOLD, what);
    const events = all.filter(({ metadata }) => metadata.full_path?.startsWith('/orders/'));
    for (const { tags, metadata } of events) {
      t.match(tags, { route: '/orders/[bug]', request_method: 'GET' });
      t.match(metadata, { mechanism: 'next', handled: 'no' });
    }
    checkTable(t, all);
    t.equal(events.length, BUGS.length, `all of ${what}`);
    for (const event of events) {
      const bug = decodeURIComponent(event.metadata.full_path?.split('/').at(-1) ?? '');
      releases.check(event, bug, { files, isMinified: true }, what);
    }
  }
  releases.end();
});
