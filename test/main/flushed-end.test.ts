/** What `flush()` does before must not change the end of the process. */
import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

for (const way of ['bare', 'init', 'withErrsight']) {
  for (const flushes of ['1', '2', '4']) {
    t.test(`${way}: ${flushes} flushes in vain, and the loss is told once`, async (t) => {
      const server = await strictServer(t, { intercept: () => true });
      const { stderr } = await runFixture('flushed-end', {
        args: [way, flushes, 'drop'],
        execArgv: ['--expose-gc'],
        env: server.env,
      });
      t.equal(stderr.match(/1 event had not arrived/g)?.length, 1, stderr);
    });
  }

  t.test(`${way}: flushes in vain do not keep the process alive`, async (t) => {
    const server = await strictServer(t, { intercept: () => true });
    const { stdout } = await runFixture('flushed-end', {
      args: [way, '3', 'keep'],
      env: { ...server.env },
    });
    t.equal(stdout, '0 of 1', 'the loop was empty before pino had an answer');
  });
}
