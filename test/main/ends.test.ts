import { createRequire } from 'node:module';
import t from 'tap';
import { runFixture, type Ended } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

/** A copy of signal-exit that a development dependency has. */
function signalExit(...path: readonly string[]): string {
  return [...path, 'signal-exit'].reduce(
    (from, name) => createRequire(from).resolve(name),
    import.meta.filename,
  );
}

const V3 = signalExit('jest', '@jest/core', 'jest-changed-files', 'execa');
const V4 = signalExit('tap', '@tapjs/core');

interface End {
  readonly end: string;
  /** What the application listens with. */
  readonly listeners?: string;
  /** Whether it listens before `init`, too. */
  readonly before?: boolean;
  readonly code: number | null;
  readonly stdout: string;
}

const signals = (
  listeners: readonly (readonly [
    listeners: string | undefined,
    code: number | null,
    stdout: string,
  ])[],
  of: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGHUP'],
): readonly End[] =>
  of.flatMap((end) =>
    listeners.map(([name, code, stdout]) => ({
      end,
      ...(name !== undefined && { listeners: name, before: true }),
      code,
      stdout: stdout.replaceAll('*', end),
    })),
  );

const FINISHES = 'the application finishes\n';

const ENDS: readonly End[] = [
  { end: 'natural', code: 0, stdout: '' },
  { end: 'exit', code: 3, stdout: '' },
  { end: 'throw', code: 1, stdout: '' },
  { end: 'rejection', code: 1, stdout: '' },
  ...signals([
    [undefined, null, ''],
    ['exits', 9, 'the application exits\n'],
    ['finishes', 9, FINISHES],
  ]),
  ...signals(
    [
      ['once', 9, FINISHES],
      ['once, first', 9, FINISHES],
      ['ten', 9, FINISHES],
      ['removed', null, ''],
      ['raises', null, 'the application raises it again\n'],
      [V3, null, 'signal-exit: null *\n'],
      [V4, null, 'signal-exit: null *\n'],
      [`${V3}:${V4}`, null, 'signal-exit: null *\nsignal-exit: null *\n'],
    ],
    ['SIGTERM'],
  ),
  ...signals([[V3, null, 'signal-exit: null *\n']], ['SIGINT', 'SIGHUP']),
  ...signals([[V4, null, 'signal-exit: null *\n']], ['SIGINT', 'SIGHUP']),
];

function nameOf(listeners: string | undefined): string {
  if (listeners === undefined) return 'without listeners';
  if (!listeners.includes('/')) return `with listeners: ${listeners}`;
  const versions = listeners.split(':').map((path) => (path === V3 ? 3 : 4));
  return `with signal-exit ${versions.join(' and ')}`;
}

for (const { end, listeners, before = false, code, stdout } of ENDS) {
  const signal = code === null ? end : null;
  // SIGTERM stands for all three: they differ in nothing that the order has to do with.
  for (const when of before && end === 'SIGTERM' ? ['before', 'after'] : ['after']) {
    const run = (start: string, env: Readonly<Record<string, string>>): Promise<Ended> =>
      runFixture('ends', {
        args: [start, end, ...(listeners === undefined ? [] : [listeners])],
        env: { ...env, LISTEN: when },
      });
    const what = `${end}, ${nameOf(listeners)}${before ? ` added ${when} init` : ''}`;

    t.test(`${what}: ends as without errsight, and what was captured arrives`, async (t) => {
      const wanted = await run('without', {});
      t.match(wanted, { code, signal, stdout }, 'the end without errsight');
      for (const start of ['cold', 'warm']) {
        const server = await strictServer(t);
        const ended = await run(start, server.env);
        t.match(ended, { code, signal, stdout }, `the end with it, ${start}`);
        t.notMatch(ended.stderr, /errsight:|Warning/);
        const last = {
          throw: ['TypeError: nobody catches this'],
          rejection: ['TypeError: nobody handles this'],
        }[end];
        t.strictSame(
          server.events.map(({ message }) => message).toSorted(),
          [
            ...(start === 'warm' ? ['the first words'] : []),
            'Error: the last words',
            ...(last ?? []),
          ].toSorted(),
          `what arrived, ${start}`,
        );
      }
    });
  }
}
