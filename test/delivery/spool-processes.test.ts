import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate as tick } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { test, type Test } from 'tap';
import { append, findAtLeast, leftBehind, numbers, spoolRig, values } from './spool-rig.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/spool.js', import.meta.url));

/** A child with a spool, that does not outlive the test. */
function start(
  t: Pick<Test, 'teardown'>,
  mode: 'append' | 'take',
  folder: string,
): ChildProcessWithoutNullStreams {
  // `env -i`, since tap adds its own hooks to whatever environment `spawn` is given.
  const args = ['-i', process.execPath, FIXTURE, mode, folder];
  const child = spawn('/usr/bin/env', args, { stdio: 'pipe' });
  t.teardown(() => child.kill('SIGKILL'));
  child.stderr.pipe(process.stderr);
  return child;
}

/** Lets a child append, and kills it after it has said so many lines. Returns all it said. */
async function killAfter(t: Test, lines: number, folder: string): Promise<string[]> {
  const child = start(t, 'append', folder);
  const said: string[] = [];
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  const [, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  t.equal(signal, 'SIGKILL');
  return said;
}

function numbersAfter(sign: string, said: readonly string[]): number[] {
  return said.filter((line) => line.startsWith(sign)).map((line) => Number(line.slice(1)));
}

void test('kill -9 at any moment loses nothing whose append has returned', async (t) => {
  const moments = fc.sample(fc.integer({ min: 1, max: 3_000 }), 20);
  for (const moment of moments) {
    const rig = spoolRig(t);
    const said = await killAfter(t, moment, rig.folder);
    const found = await leftBehind(rig);

    const forgotten = new Set(numbersAfter('-', said));
    const perhaps = new Set(numbersAfter('?', said));
    const certain = numbersAfter('+', said).filter((n) => !perhaps.has(n));
    const missing = certain.filter((n) => !found.includes(n));
    t.strictSame(missing, [], `after ${said.length} lines nothing is missing`);
    t.equal(new Set(found).size, found.length, 'nothing comes twice');
    const unknown = found.filter((n) => forgotten.has(n) || n > certain.length * 2);
    t.strictSame(unknown, [], 'what was forgotten stays so');
    t.strictSame(rig.reports, []);
  }
});

void test('a process that was killed need not be stale: the next one takes over at once', async (t) => {
  const rig = spoolRig(t);
  const child = start(t, 'append', rig.folder);
  await once(child.stdout, 'data');
  const spool = rig.open();
  spool.start(() => undefined);
  await tick();
  t.equal(rig.files().length, 1);
  t.equal(spool.parked, 0, 'nothing is taken from a living process');
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
  t.ok((await findAtLeast(spool, 1)) > 0);
});

void test("of two that look at once each event is taken by one, and nobody takes a living one's", async (t) => {
  const rig = spoolRig(t);
  const left = Array.from({ length: 60 }, (_, index) => index);
  for (const n of left) {
    const spool = rig.open();
    append(spool, [n]);
    spool.close();
  }
  const taken: string[] = [];
  const own: string[] = [];
  const children = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = start(t, 'take', rig.folder);
      const lines = createInterface({ input: child.stdout });
      const [ready] = (await once(lines, 'line')) as [string];
      own.push(...ready.split(' ').slice(1));
      return { child, lines };
    }),
  );
  const done = new Promise<void>((resolve) => {
    for (const { lines } of children) {
      lines.on('line', (line) => {
        taken.push(line.replace('took ', ''));
        if (taken.length >= left.length) resolve();
      });
    }
  });
  for (const { child } of children) child.stdin.write('go\n');
  await done;
  // From here on one ends before the other, which may still be looking: then what it takes is a dead
  // one's.
  const takenFromNobodyAlive = [...taken];
  await Promise.all(
    children.map(async ({ child }) => {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
    }),
  );
  t.strictSame(
    takenFromNobodyAlive.map(Number).toSorted((a, b) => a - b),
    left,
  );
  const inherited = taken.slice(takenFromNobodyAlive.length);
  const found = await leftBehind(rig, 6 - inherited.length);
  t.strictSame(
    [...found.map(String), ...inherited].toSorted(),
    own.toSorted(),
    'they end without close()',
  );
});

void test(
  'a thread is told from its process',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const rig = spoolRig(t);
    const threads = await Promise.all(
      [1, 2].map(async () => {
        const thread = new Worker(FIXTURE, {
          workerData: ['stay', rig.folder],
          stdin: true,
          stdout: true,
        });
        t.teardown(() => thread.terminate());
        await once(thread.stdout, 'data');
        return thread;
      }),
    );
    const spool = rig.open();
    const names = rig.files();
    spool.start(() => t.fail('both live'));
    await tick();
    t.strictSame(rig.files(), names);

    const [first] = threads;
    const exited = once(first!, 'exit');
    first?.stdin?.end();
    await exited;
    const found = await new Promise<number>((resolve) => findSoon(spool, resolve));
    t.equal(found, 1, 'one has ended, without close()');
    t.strictSame(numbers(spool), [7]);
    t.strictSame(values(spool.unpark(1, Infinity)), []);
  },
);

/** A thread that has exited is still there for a moment: asked again until it has gone. */
function findSoon(
  spool: { start(onFound: (count: number) => void): void },
  found: (count: number) => void,
): void {
  let over = false;
  const ask = (): void => {
    if (over) return;
    spool.start((count) => {
      over = true;
      found(count);
    });
    setImmediate(ask);
  };
  ask();
}
