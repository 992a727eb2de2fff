import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../helpers/app.ts';
import { runProgram } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const RUNNERS = join(ROOT, 'test/runners/app');
t.setTimeout(600_000);

interface Runner {
  readonly what: string;
  /** What Node is given: the runner's program, and what it is to run. */
  readonly args: readonly string[];
  /** What it says of one test that has passed. */
  readonly passed: RegExp;
}

function bin(path: string): string {
  return join(RUNNERS, 'node_modules', path);
}

function jest(name: string, environment: string): Runner {
  const flags = ['--ci', '--runInBand', '--no-cache', '--detectOpenHandles', '--rootDir', '.'];
  return {
    what: `${name} in ${environment}`,
    args: [bin(`${name}/bin/jest.js`), ...flags, '--env', environment, 'jest.test.js'],
    passed: /^Tests: +1 passed, 1 total$/m,
  };
}

function vitest(pool: string): Runner {
  const flags = ['run', '--dir', '.', '--pool', pool, '--config', 'vitest.config.mjs'];
  return {
    what: `Vitest in ${pool}`,
    args: [bin('vitest/vitest.mjs'), ...flags],
    passed: /Tests +1 passed/,
  };
}

const ALL: readonly Runner[] = [
  jest('jest', 'node'),
  jest('jest', 'jsdom'),
  jest('jest29', 'node'),
  jest('jest29', 'jest-environment-jsdom29'),
  vitest('threads'),
  vitest('forks'),
  { what: 'mocha', args: [bin('mocha/bin/mocha.js'), 'mocha.js'], passed: /1 passing/ },
  { what: 'node:test', args: ['--test', '--test-reporter=tap', 'node.js'], passed: /^# pass 1$/m },
  { what: 'AVA', args: [bin('ava/entrypoints/cli.mjs'), 'ava.mjs'], passed: /1 test passed/ },
];

for (const { what, args, passed } of ALL) {
  t.test(
    `${what}: a test of an application that reports passes, and the run ends by itself`,
    async (t) => {
      const server = await strictServer(t);
      const started = Date.now();
      const ended = await runProgram(process.execPath, args, {
        cwd: RUNNERS,
        env: { HOME: RUNNERS, CI: 'true', NO_COLOR: '1', ...server.env },
      });
      const output = ended.stdout + ended.stderr;
      t.comment(`${what}: ${Date.now() - started} ms`);
      t.equal(ended.code, 0, output);
      t.match(output, passed);
      t.notMatch(output, /did not exit|open handle|hanging|failed to exit|errsight: /i);
      t.strictSame(server.events.map(({ message }) => message).toSorted(), [
        'RangeError: captured',
        'RangeError: logged',
      ]);
    },
  );
}
