import { shared } from '../../src/lib/report.ts';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Test } from 'tap';

/** The lines that errsight writes to stderr until the test ends, which then are not shown. */
export function errsightLines(t: Pick<Test, 'teardown'>): readonly string[] {
  // As if nothing had been said on this thread for a minute.
  shared.clear();
  const lines: string[] = [];
  const { writeSync } = fs;
  const restore = (): void => {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  };
  fs.writeSync = ((fd: number, text: unknown, ...rest: never[]): number => {
    if (fd !== 2 || typeof text !== 'string') return writeSync(fd, text as string, ...rest);
    lines.push(...text.split('\n').slice(0, -1));
    return text.length;
  }) as typeof fs.writeSync;
  syncBuiltinESMExports();
  t.teardown(restore);
  return lines;
}
