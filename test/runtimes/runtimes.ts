import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import t from 'tap';
import { ROOT } from '../helpers/app.ts';
import { runProgram } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const APP = join(ROOT, 'test/runtimes/app');
t.setTimeout(600_000);

interface Runtime {
  readonly what: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Whether the process tells of an error that nobody catches before it ends by it. */
  readonly hearsOfUncaught: boolean;
}

const RUNTIMES: readonly Runtime[] = [
  {
    what: 'Bun',
    command: [programOf(`@oven/bun-${process.platform}-${archOf('aarch64')}`, 'bin/bun')],
    hearsOfUncaught: true,
  },
  {
    what: 'Deno',
    command: [
      programOf(`@deno/${process.platform}-${archOf('arm64')}${libc()}`, 'deno'),
      'run',
      '--allow-all',
    ],
    hearsOfUncaught: false,
  },
];

/** The program itself: what the packages install in front of it are scripts that have not run. */
function programOf(name: string, file: string): string {
  const manifest = createRequire(join(APP, 'package.json')).resolve(`${name}/package.json`);
  const program = join(manifest, '..', file);
  if (!existsSync(program)) throw new Error(`${program} is not there`);
  return program;
}

function archOf(arm: string): string {
  return process.arch === 'arm64' ? arm : process.arch;
}

function libc(): string {
  return process.platform === 'linux' ? '-glibc' : '';
}

const LOGGERS = ['bunyan', 'direct', 'pino', 'winston'];

for (const { what, command, hearsOfUncaught } of RUNTIMES) {
  const ends = [
    ['itself', { code: 0, signal: null, stderr: '' }, LOGGERS],
    ['exit', { code: 3, signal: null, stderr: '' }, LOGGERS],
    ['throw', { code: 1, signal: null }, hearsOfUncaught ? [...LOGGERS, 'nobody'] : []],
    ['signal', { code: null, signal: 'SIGTERM', stderr: '' }, LOGGERS],
  ] as const;
  t.test(`${what}: events of every logger arrive, and it ends as without us`, async (t) => {
    const [program, ...args] = command;
    for (const [end, expected, reported] of ends) {
      const server = await strictServer(t);
      const ended = await runProgram(program, [...args, 'app.js', end], {
        cwd: APP,
        env: { HOME: t.testdir(), NO_COLOR: '1', ...server.env },
      });
      t.match(ended, expected, end);
      t.match(
        server.events.toSorted((a, b) => a.message.localeCompare(b.message)),
        reported.toSorted().map((name) => ({
          level: name === 'nobody' ? 'fatal' : 'error',
          message: `RangeError: no stock for ${name}`,
          metadata: {
            exception_class: 'RangeError',
            exception_frames: [
              { filename: 'app.js', in_app: true, context_line: /new RangeError/ },
            ],
          },
        })),
        end,
      );
      t.equal(server.events.length, reported.length, `${end}: each once`);
    }
  });
}
