import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { CHECKED, fixturePath, type Ended } from './child.ts';

/** A program that is watched, told things and killed while it runs. */
export interface Live {
  readonly child: ChildProcessWithoutNullStreams;
  /** What it has written so far. */
  readonly lines: readonly string[];
  readonly ended: Promise<Ended>;
  /** Resolves with the first line for which this holds; rejects if the program ends before. */
  line(holds: (line: string) => boolean): Promise<string>;
  tell(line: string): void;
  kill(): void;
}

export interface LiveOptions {
  readonly args?: readonly string[];
  /** All the program knows. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

/** Starts one of `test/fixtures`, which does not outlive the test. */
export function startFixture(
  t: Pick<Test, 'teardown'>,
  name: string,
  { args = [], env = {}, onLine = () => undefined }: LiveOptions,
): Live {
  // `env -i`, since tap adds its own hooks to whatever environment `spawn` is given.
  const pairs = Object.entries({ ...CHECKED, ...env }).map(([key, value]) => `${key}=${value}`);
  const command = ['-i', ...pairs, process.execPath, fixturePath(name), ...args];
  const child = spawn('/usr/bin/env', command, { stdio: 'pipe' });
  t.teardown(() => child.kill('SIGKILL'));
  // Killed while it is told something.
  child.stdin.on('error', () => undefined);
  const lines: string[] = [];
  const waiting = new Set<(line: string | undefined) => void>();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line);
    for (const each of waiting) each(line);
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    for (const each of waiting) each(undefined);
    return {
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: lines.join('\n'),
      stderr,
    };
  });
  return {
    child,
    lines,
    ended,
    line: (holds) =>
      new Promise((resolve, reject) => {
        const look = (line: string | undefined): void => {
          if (line !== undefined && !holds(line)) return;
          waiting.delete(look);
          if (line === undefined) reject(new Error(`the program ended: ${stderr}`));
          else resolve(line);
        };
        waiting.add(look);
        for (const line of lines) if (waiting.has(look)) look(line);
      }),
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: () => void child.kill('SIGKILL'),
  };
}
