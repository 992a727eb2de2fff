import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { DEV_READ_KEY } from '../../src/dev/server.ts';
import { runProgram } from './child.ts';
import type { TestErrsight } from './errsight.ts';

/** This repository; the tests run from dist/esm/test. */
export const ROOT: string = fileURLToPath(new URL('../../../../', import.meta.url));

/** How an application reports: by `captureException`, or through pino's worker. */
export const WAYS = ['direct', 'pino'] as const;
export type Way = (typeof WAYS)[number];

/** How its files are written. */
export type Modules = 'module' | 'commonjs';

/** An application in a folder of its own. */
export interface App {
  readonly folder: string;
  /** Runs one of its files with Node; fails where it does not end by itself, and well. */
  run(args: readonly string[], server: TestErrsight): Promise<void>;
}

export interface AppOptions {
  readonly modules?: Modules;
  /** Folders between the temporary one and the application. */
  readonly under?: string;
  /** Packages of this repository that it finds beside this one and pino. */
  readonly packages?: readonly string[];
}

/** `report(err, bug)` as an application would write it; the first argument says which way. */
const REPORT = `
const logger = way === 'pino' ? pino(pino.transport({ target: 'errsight/pino' })) : undefined;
if (way === 'direct') init();

function report(err, bug) {
  if (way === 'direct') captureException(err, { tags: { bug } });
  else logger.error({ err, errsight: { tags: { bug } } }, 'it broke');
}
`;

const REPORTS: Readonly<Record<Modules, string>> = {
  module: `import { captureException, init } from 'errsight';
import pino from 'pino';
const way = process.argv[2];
${REPORT}
export { report };
`,
  commonjs: `const { captureException, init } = require('errsight');
const pino = require('pino');
const way = process.argv[2];
${REPORT}
module.exports = { report };
`,
};

/**
 * Writes an application with a `report.js` into a temporary folder, where it finds the built
 * package and pino. It ends with the test.
 */
export function makeApp(
  t: Pick<Test, 'teardown'>,
  files: Readonly<Record<string, string>>,
  { modules = 'module', under = 'app', packages = [] }: AppOptions = {},
): App {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-app-')));
  t.teardown(() => rmSync(temporary, { recursive: true }));
  const folder = join(temporary, under);
  const all = {
    'package.json': JSON.stringify({ type: modules }),
    'report.js': REPORTS[modules],
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/errsight'), 'junction');
  for (const name of ['pino', ...packages]) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
  return {
    folder,
    async run(args, server) {
      const ended = await runProgram(process.execPath, args, { cwd: folder, env: server.env });
      if (ended.code === 0 && ended.stderr === '') return;
      throw new Error(`${args.join(' ')} ended with ${ended.code}\n${ended.stdout}${ended.stderr}`);
    },
  };
}

/** What the read API says of one event. */
export interface ReadEvent {
  readonly id: number;
  readonly fingerprint: string;
  readonly message: string;
  readonly tags: {
    readonly bug?: string;
    readonly route?: string;
    readonly request_method?: string;
    readonly status?: string;
  };
  readonly metadata: {
    readonly exception_frames?: readonly ReadFrame[];
    readonly full_path?: string;
  };
}

export interface ReadFrame {
  readonly filename: string;
  readonly function: string;
  readonly lineno?: number;
  readonly in_app: boolean;
  readonly context_line?: string;
}

async function ask<T>(server: TestErrsight, path: string): Promise<T> {
  const response = await fetch(`${server.url}/api/v1/${path}`, {
    headers: { 'X-API-Key': DEV_READ_KEY },
  });
  const { data } = (await response.json()) as { data: T };
  return data;
}

/** All events, with everything that the read API says of them. */
export async function readEvents(server: TestErrsight): Promise<ReadEvent[]> {
  const ids: number[] = [];
  for (let page = 1; ids.length < server.total; page += 1) {
    const path = `events?per_page=100&page=${page}`;
    const listed = await ask<readonly { id: number }[]>(server, path);
    if (listed.length === 0) break;
    ids.push(...listed.map(({ id }) => id));
  }
  return Promise.all(ids.map((id) => ask<ReadEvent>(server, `events/${id}`)));
}

/** How often it says that an issue occurred. */
export async function occurrences(server: TestErrsight, fingerprint: string): Promise<number> {
  return (await ask<{ occurrences: number }>(server, `issues/${fingerprint}`)).occurrences;
}

/** Where an event says that it failed: its newest frame of the application. */
export function failedAt({ metadata }: ReadEvent): ReadFrame | undefined {
  return metadata.exception_frames?.find((frame) => frame.in_app);
}
