import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { makeApp, readEvents, ROOT, type App } from '../helpers/app.ts';
import { runProgram } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { freePort } from '../helpers/free-port.ts';
import { BUGS, changed, Releases, sources, type Sources } from './releases.ts';

// A build takes some 15 s of a quiet core.
t.setTimeout(300_000);
const PATIENCE = 150_000;

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
  const ended = await runProgram(process.execPath, [NEXT, 'build', ...args], {
    cwd: app.folder,
    env: {
      HOME: app.folder,
      NEXT_TELEMETRY_DISABLED: '1',
      ...(isStandalone && { STANDALONE: '1' }),
    },
    patience: PATIENCE,
  });
  if (ended.code === 0) {
    // As docs/frameworks.md says: Next leaves the maps behind.
    const server = join(app.folder, '.next/server');
    if (isStandalone) cpSync(server, join(standaloneOf(app), '.next/server'), { recursive: true });
    return app;
  }
  throw new Error(`next build ended with ${ended.code}\n${ended.stdout}${ended.stderr}`);
}

/** Starts the server, and asks for each of the routes that fail. */
async function visit(
  t: Test,
  app: App,
  { env }: TestErrsight,
  { isStandalone }: NextRelease,
): Promise<void> {
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
  child.kill('SIGTERM');
  await ended;
}

/** The status of the answer, as soon as the server listens. */
async function ask(url: string): Promise<number> {
  for (let left = 600; ; left -= 1) {
    try {
      return (await fetch(url)).status;
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
    const events = (await readEvents(server)).slice(0, server.total - known);
    t.equal(events.length, BUGS.length, `all of ${what}`);
    for (const event of events) {
      const bug = decodeURIComponent(event.metadata.full_path?.split('/').at(-1) ?? '');
      releases.check(event, bug, { files, isMinified: true }, what);
    }
  }
  releases.end();
});
