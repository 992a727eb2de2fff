import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import type { Test } from 'tap';
import { stats } from '../../src/index.ts';
import { Batcher } from '../../src/delivery/batcher.ts';
import { ingest } from '../../src/dev/ingest.ts';
import { RateLimit } from '../../src/dev/rate-limit.ts';
import { Store } from '../../src/dev/store.ts';
import { loadMaking } from '../../src/event/late-making.cts';
import { MAX_EVENT_BYTES } from '../../src/event/wire/fit.ts';
import { FileRecorder, trespass } from './opened-files.ts';
import type { SilentRule } from '../../src/dev/silent.ts';
import { API_KEY, MARKER, SECRET_PARTS } from './planted.ts';

/**
 * `ERRSIGHT_FUZZ_RUNS=20 node dist/esm/test/….test.js` tries twenty times as much; tap's runner would
 * end it too soon.
 */
const FACTOR = Number(process.env['ERRSIGHT_FUZZ_RUNS'] ?? '1');

export function runs(count: number): { numRuns: number } {
  return { numRuns: Math.ceil(count * FACTOR) };
}

/** Options of every attacked client; nothing is sent. */
export function attackedOptions(root: string): object {
  return {
    apiKey: API_KEY,
    host: 'http://127.0.0.1:9',
    environment: 'test',
    projectRoot: root,
    scrubKeys: ['iban'],
  };
}

/**
 * Everything that no value may do, watched for one test: events are caught before they are queued,
 * files as they are opened, and the process where it complains.
 */
export class Attack {
  readonly root: string;
  readonly #events: Buffer[] = [];
  readonly #files: FileRecorder;
  readonly #alarms: string[] = [];

  readonly #overlooked: readonly SilentRule[];

  /** `overlooked` are losses that are the attacker's own will. */
  constructor(
    t: Pick<Test, 'teardown' | 'setTimeout'>,
    { overlooked = [] }: { readonly overlooked?: readonly SilentRule[] } = {},
  ) {
    this.#overlooked = overlooked;
    // Ten seconds on a machine that has nothing else to do; thirty were too few where others worked.
    t.setTimeout(1_200_000 * Math.max(1, FACTOR));
    this.root = makeProject(t);
    this.#watchProcess(t);
    // Its place is on the prototype: the public API does not show the pipelines it makes.
    const add = Object.getOwnPropertyDescriptor(Batcher.prototype, 'add') ?? {};
    Batcher.prototype.add = (bytes) => this.#events.push(Buffer.from(bytes));
    t.teardown(() => Object.defineProperty(Batcher.prototype, 'add', add));
    // Our own code is loaded late, and that is no file that a value has opened.
    loadMaking();
    this.#files = new FileRecorder(t);
  }

  /** Runs one case, and throws what is wrong with it. `events` is how many it has to make. */
  check(action: () => unknown, events?: number): Buffer[] {
    this.#events.length = 0;
    const { duplicate } = stats().dropped;
    const touched = this.#files.during(() => void action());
    const made = this.#events.splice(0);
    const problems = [
      ...touched.map((file) => trespass(file, this.root)).filter((each) => each !== undefined),
      ...made.flatMap((bytes) => problemsOf(bytes, this.#overlooked)),
    ];
    // Some values are one object in all cases, such as `process`: they were reported before.
    const told = made.length + stats().dropped.duplicate - duplicate;
    if (events !== undefined && told !== events) problems.push(`${told} events`);
    if (problems.length > 0) throw new Error([...new Set(problems)].slice(0, 10).join('\n'));
    return made;
  }

  /** What the process had to complain about: some of it comes a few turns later. */
  async alarms(): Promise<readonly string[]> {
    for (let turn = 0; turn < 5; turn += 1) await tick();
    return this.#alarms;
  }

  #watchProcess(t: Pick<Test, 'teardown'>): void {
    for (const event of ['unhandledRejection', 'uncaughtException', 'warning']) {
      const listener = (what: unknown): void => {
        this.#alarms.push(`${event}: ${what instanceof Error ? what.message : typeof what}`);
      };
      process.on(event, listener);
      t.teardown(() => process.off(event, listener));
    }
  }
}

/** What the real server would refuse or lose of an event, and what must not be in it. */
export function problemsOf(bytes: Buffer, overlooked: readonly SilentRule[] = []): string[] {
  const problems: string[] = [];
  const text = bytes.toString();
  if (bytes.length > MAX_EVENT_BYTES) problems.push(`${bytes.length} bytes`);
  for (const [what, part] of SECRET_PARTS) {
    const at = text.indexOf(part);
    if (at >= 0) problems.push(`${what} leaves: ${text.slice(Math.max(0, at - 80), at + 30)}`);
  }
  const now = Date.now();
  const answer = ingest(
    {
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat([Buffer.from('['), bytes, Buffer.from(']')]),
    },
    {
      rateLimit: new RateLimit(0),
      store: new Store(1),
      isPaused: () => false,
      now: () => now,
      onLoss: ({ rule, path, detail }) => {
        if (!overlooked.includes(rule)) problems.push(`${rule} ${path}: ${detail}`);
      },
      onEvent: () => undefined,
      onQueued: () => undefined,
    },
  );
  if (answer.status !== 202) problems.push(`the server answers ${answer.status}`);
  return problems;
}

/** A line of the project's own file, which may leave. */
export const OWN_LINE = 'export const own = 1;';

/** A project with all that must not be opened in it and around it. Gone when the test ends. */
function makeProject(t: Pick<Test, 'teardown'>): string {
  const outside = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-attack-')));
  t.teardown(() => rmSync(outside, { recursive: true, force: true }));
  const root = join(outside, 'project');
  for (const folder of ['src', 'node_modules/dep', 'folder.js']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  const secret = `const secret = '${MARKER}';\n`;
  for (const file of ['../secret.js', '.env', 'data.json', 'node_modules/dep/index.js']) {
    writeFileSync(join(root, file), secret.repeat(20));
  }
  writeFileSync(join(root, 'src/own.js'), `${OWN_LINE}\n`.repeat(20));
  writeFileSync(join(root, 'src/binary.js'), '\0binary\n'.repeat(20));
  symlinkSync('../secret.js', join(root, 'link.js'));
  symlinkSync('..', join(root, 'up'));
  symlinkSync('/etc/passwd', join(root, 'passwd.js'));
  symlinkSync('loop.js', join(root, 'loop.js'));
  symlinkSync('node_modules/dep/index.js', join(root, 'dep.js'));
  symlinkSync('src/own.js', join(root, 'own-link.js'));
  execFileSync('mkfifo', [join(root, 'fifo.js')]);
  return root;
}
