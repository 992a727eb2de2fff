/** The signal that a program sends itself ends it as it would without errsight. */
import t from 'tap';
import { runFixture, SLOW_CLOCK } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const WAYS: readonly (readonly [way: string, signal: string, reports: boolean])[] = [
  ['with nothing to report', 'SIGTERM', false],
  ['with nothing to report', 'SIGINT', false],
  ['with nothing to report', 'SIGHUP', false],
  ['by its number', 'SIGTERM', false],
  ['with what waits', 'SIGTERM', true],
  ['after a flush', 'SIGTERM', true],
  ['and exits', 'SIGTERM', true],
  ['from a listener', 'SIGTERM', true],
  ['from a listener', 'SIGINT', true],
  ['from a listener that flushes', 'SIGTERM', true],
  ['from a listener that flushes', 'SIGHUP', true],
  // Without us, such a program also ends before it hears of its signal.
  ['in vain', 'SIGTERM', true],
];

for (const [way, signal, reports] of WAYS) {
  t.test(`a program that sends itself ${signal} ${way}`, async (t) => {
    const { code, signal: by } = await runFixture('own-signal', { args: ['without', signal, way] });
    for (const door of ['init', 'pino', 'winston']) {
      const server = await strictServer(t);
      // At an exit pino waits for 10 s at most, in which its thread has to start.
      const env = { ...server.env, ...(door === 'pino' && SLOW_CLOCK) };
      const ended = await runFixture('own-signal', { args: [door, signal, way], env });
      t.match(ended, { code, signal: by, stdout: '', stderr: '' }, door);
      t.strictSame(
        server.events.map(({ message }) => message),
        reports ? ['Error: the last words'] : [],
      );
    }
  });
}
