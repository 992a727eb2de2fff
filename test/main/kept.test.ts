/** pino terminates the worker of a logger that is collected. */
import t from 'tap';
import { Kept } from '../../src/main/pino/kept.ts';
import { FakeClock } from '../helpers/clock.ts';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

for (const way of ['withErrsight', 'bare']) {
  t.test(
    `${way}: a logger that nothing refers to is kept until its event has arrived`,
    async (t) => {
      const server = await strictServer(t);
      const { env } = server;
      const ended = await runFixture('collected', { args: [way], execArgv: ['--expose-gc'], env });
      t.match(ended, { code: 0, stderr: '' });
      const messages = server.events.map(({ message }) => message);
      t.strictSame(messages.toSorted(), ['Error: the first', 'Error: the second']);
    },
  );
}

t.test('a logger is kept for 30 s behind its last event, and for 60 at most', async (t) => {
  const clock = new FakeClock();
  const kept = new Kept(clock);
  const [one, other] = [{}, {}];
  kept.keep(one);
  await clock.advance(20_000);
  kept.keep(other);
  await clock.advance(29_999);
  t.equal(kept.count, 2);
  kept.keep(other);
  await clock.advance(10_001);
  t.equal(kept.count, 1);
  await clock.advance(19_998);
  t.equal(kept.count, 1);
  await clock.advance(10_002);
  t.equal(kept.count, 0);
  kept.keep(one);
  t.equal(kept.count, 1);
});
