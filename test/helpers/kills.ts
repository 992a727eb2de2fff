import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { strictServer, type StrictServerOptions, type TestErrsight } from './errsight.ts';
import { startFixture, type Live } from './live.ts';

export const WAYS = ['direct', 'pino'] as const;
export type Way = (typeof WAYS)[number];

/** A folder for spools, gone with the test. */
export function makeFolder(t: Pick<Test, 'teardown'>): string {
  const made = mkdtempSync(join(tmpdir(), 'errsight-kill-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true, maxRetries: 5 }));
  return made;
}

/** The spools' files in a folder. */
export function files(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.filter((name) => name.endsWith('.spool'));
}

/** How often each event has arrived, by its number. */
export class Arrivals {
  readonly server: TestErrsight;
  readonly counts: Map<number, number> = new Map();
  #look: () => void = () => undefined;

  private constructor(server: TestErrsight) {
    this.server = server;
  }

  static async start(t: Test, options: StrictServerOptions = {}): Promise<Arrivals> {
    const box: { made?: Arrivals } = {};
    const server = await strictServer(t, {
      ...options,
      onEvent: ({ message }) => box.made?.add(Number(/\d+$/.exec(message)?.[0])),
    });
    return (box.made = new Arrivals(server));
  }

  add(n: number): void {
    this.counts.set(n, (this.counts.get(n) ?? 0) + 1);
    this.#look();
  }

  /** Which of these have not arrived; waits until all have, or `ms` are over. */
  missing(numbers: readonly number[], ms: number): Promise<number[]> {
    return new Promise((resolve) => {
      const left = new Set(numbers);
      const timer = setTimeout(() => this.#done(left, resolve), ms);
      this.#look = () => {
        for (const n of left) if (this.counts.has(n)) left.delete(n);
        if (left.size > 0) return;
        clearTimeout(timer);
        this.#done(left, resolve);
      };
      this.#look();
    });
  }

  #done(left: ReadonlySet<number>, resolve: (left: number[]) => void): void {
    this.#look = () => undefined;
    resolve([...left]);
  }

  /** The numbers of all that has arrived, in order, each as often as it has. */
  get all(): number[] {
    return [...this.counts]
      .flatMap(([n, count]) => Array<number>(count).fill(n))
      .toSorted((a, b) => a - b);
  }
}

/** A moment of a process that logs. */
interface Moment {
  readonly n: number;
  readonly at: number;
}

function moments(lines: readonly string[], line: RegExp): Moment[] {
  return lines.flatMap((text) => {
    const [, n, at] = line.exec(text) ?? [];
    return n === undefined ? [] : [{ n: Number(n), at: Number(at) }];
  });
}

/** ms that a line may take from the thread that logged it to the disk, by the worker. */
const ON_ITS_WAY = 50;

/** ms by which whatever else the machine does has delayed a worker so far. */
let delay = 0;

/** What must arrive of what a process has said before it was killed. */
function certainOf(way: Way, lines: readonly string[], killedAt: number): number[] {
  const returned = moments(lines, /^(\d+) (\d+)$/);
  if (way === 'direct') return returned.map(({ n }) => n);
  const at = new Map(returned.map((each) => [each.n, each.at]));
  const heard = moments(lines, /^heard (\d+) (\d+)$/);
  delay = Math.max(delay, ...heard.map((each) => each.at - (at.get(each.n) ?? each.at)));
  const last = heard.at(-1)?.n ?? -1;
  return returned
    .filter((each) => each.n < last || each.at + ON_ITS_WAY + delay <= killedAt)
    .map(({ n }) => n);
}

/**
 * Has a process log from `first` on, and kills it after so many lines and ms. Resolves with what must
 * arrive.
 */
async function killAfter(
  t: Test,
  way: Way,
  env: Readonly<Record<string, string>>,
  { first, lines, ms }: { readonly first: number; readonly lines: number; readonly ms: number },
): Promise<number[]> {
  let seen = 0;
  let killedAt = Infinity;
  const program: Live = startFixture(t, 'kill', {
    args: [way, 'endless', String(first)],
    env,
    onLine() {
      seen += 1;
      if (seen !== lines) return;
      setTimeout(() => {
        killedAt = Date.now();
        program.kill();
      }, ms);
    },
  });
  const ended = await program.ended;
  t.match(ended, { signal: 'SIGKILL', stderr: '' });
  return certainOf(way, program.lines, killedAt);
}

/** Starts a process that sends what others have left, and ends it once `arrived` says so. */
export async function collect(
  t: Test,
  way: Way,
  env: Readonly<Record<string, string>>,
  arrived: () => Promise<unknown>,
): Promise<void> {
  const program = startFixture(t, 'kill', { args: [way, 'collect'], env });
  await program.line((line) => line === 'logged');
  await arrived();
  program.tell('close');
  const ended = await program.ended;
  t.match(ended, { code: 0, signal: null, stderr: '' });
}

/** Events whose numbers are one process's. */
const STRIDE = 100_000;
/** A whole number from `low` to `high`. */
function random(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}

/** Kills so many processes one after the other; each takes over what those before have left. */
export async function killMany(
  t: Test,
  way: Way,
  { kills, isDown }: { readonly kills: number; readonly isDown: boolean },
): Promise<void> {
  const arrivals = await Arrivals.start(t);
  const { server } = arrivals;
  if (isDown) server.intercept = (_request, response) => Boolean(response.writeHead(503).end());
  const folder = makeFolder(t);
  const env = { ...server.env, SPOOL: folder };
  const certain: number[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    const moment = { first: kill * STRIDE, lines: random(1, 150), ms: random(0, 5) };
    certain.push(...(await killAfter(t, way, env, moment)));
  }
  server.intercept = undefined;
  await collect(t, way, env, async () => {
    t.strictSame(await arrivals.missing(certain, 30_000), [], 'nothing is missing');
  });
  t.strictSame(files(folder), [], 'nothing is left on the disk');
  const twice = arrivals.all.length - arrivals.counts.size;
  t.comment(
    `delay ${delay} ms, ${certain.length} certain, ${arrivals.counts.size} arrived, ${twice} twice`,
  );
  // At most what was in flight when a process was killed.
  t.ok(twice <= (isDown ? 0 : kills * 50), `${twice} arrived twice`);
}
