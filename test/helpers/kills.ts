import { mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { PATIENCE } from './child.ts';
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

/** Waits until there are no spools' files in a folder, or for too long. */
export function emptied(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const places = new Set(files(folder).map((name) => dirname(join(folder, name))));
    const look = (): void => {
      if (files(folder).length === 0) done();
    };
    const watchers = [...places].map((place) => watch(place, look));
    const timer = setTimeout(() => done(), PATIENCE);
    const done = (): void => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      resolve();
    };
    look();
  });
}

/** How often each event has arrived, by its number, and with which requests. */
export class Arrivals {
  readonly server: TestErrsight;
  readonly counts: Map<number, number> = new Map();
  /** The requests that brought an event: their places among all that the server got. */
  readonly #requests = new Map<number, number[]>();
  /** How many requests there were when each process ended. */
  readonly #ends: number[] = [];
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
    this.#requests.set(n, [...(this.#requests.get(n) ?? []), this.server.requests.length - 1]);
    this.#look();
  }

  /**
   * Events that came again although the process that had sent them lived on: it made another request
   * after that, so it had the answer. Only the last request of a process may come again.
   */
  get needlesslyTwice(): number[] {
    const { requests } = this.server;
    const processOf = (place: number): number => this.#ends.filter((end) => end <= place).length;
    const isLast = (place: number): boolean =>
      // By the connection, since what a dead process had sent may be read a moment later. Its port
      // can be given out again, but not to the next process.
      !requests.some(
        ({ remotePort }, later) =>
          later > place &&
          remotePort === requests[place]?.remotePort &&
          processOf(later) <= processOf(place) + 1,
      );
    return [...this.#requests].flatMap(([n, places]) =>
      places.slice(0, -1).every(isLast) ? [] : n,
    );
  }

  /** A process has ended, whose requests are those up to now. */
  ended(): void {
    this.#ends.push(this.server.requests.length);
  }

  /**
   * Which of these have not arrived; waits until all have, or for too long. Those that would go beyond
   * the usual limit of ErrSight wait for the end of a minute.
   */
  missing(numbers: readonly number[]): Promise<number[]> {
    return new Promise((resolve) => {
      const left = new Set(numbers);
      const timer = setTimeout(() => this.#done(left, resolve), PATIENCE);
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

/**
 * What must arrive of what a process has said before it was killed. Directly that is each event whose
 * call has returned. pino's worker says of each event that it has come to it; it is on the disk before
 * the worker comes to the next one, so that all but the last are certain. No time is allowed for
 * anything.
 */
function certainOf(way: Way, lines: readonly string[]): number[] {
  const said = lines.flatMap((line) => SAID[way].exec(line)?.[1] ?? []).map(Number);
  return way === 'direct' ? said : said.slice(0, -1);
}

const SAID: Readonly<Record<Way, RegExp>> = {
  direct: /^(\d+)$/,
  pino: /^heard (\d+)$/,
};

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
  const program: Live = startFixture(t, 'kill', {
    args: [way, 'endless', String(first)],
    env,
    onLine(line) {
      if (SAID[way].test(line)) seen += 1;
      if (seen === lines) setTimeout(() => program.kill(), ms);
    },
  });
  const ended = await program.ended;
  t.match(ended, { signal: 'SIGKILL', stderr: '' });
  const certain = certainOf(way, program.lines);
  t.ok(certain.length >= lines - 1, `${certain.length} events are certain, of ${lines} and more`);
  return certain;
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
    const moment = { first: kill * STRIDE, lines: random(2, 150), ms: random(0, 5) };
    certain.push(...(await killAfter(t, way, env, moment)));
    arrivals.ended();
  }
  server.intercept = undefined;
  await collect(t, way, env, async () => {
    t.strictSame(await arrivals.missing(certain), [], 'nothing is missing');
    // Often nothing was missing from the start. Then the files may not have been taken over yet, and
    // `close` would leave them to the next process.
    await emptied(folder);
  });
  t.strictSame(files(folder), [], 'nothing is left on the disk');
  const twice = arrivals.all.length - arrivals.counts.size;
  t.comment(`${certain.length} certain, ${arrivals.counts.size} arrived, ${twice} twice`);
  t.strictSame(arrivals.needlesslyTwice, [], 'twice is only what was in flight at a kill');
  if (isDown) t.equal(twice, 0, 'nothing was taken before the last process');
}
