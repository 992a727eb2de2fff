import fc from 'fast-check';
import t from 'tap';
import { captureException, close, flush, init, stats } from '../src/index.ts';
import { problemsOf, runs } from './helpers/attack.ts';
import { strictServer } from './helpers/errsight.ts';
import { context, madeContext, value } from './helpers/hostile-context.ts';
import { API_KEY } from './helpers/planted.ts';
import { MORE_THAN_USUAL } from './helpers/room.ts';

t.test('over HTTP all of it arrives, and the server is silent about nothing', async (t) => {
  const server = await strictServer(t, { writeKeys: [API_KEY] });
  init({ apiKey: API_KEY, host: server.url, environment: 'test', scrubKeys: ['iban'] });
  t.teardown(() => close(0));
  for (let n = 0; n < MORE_THAN_USUAL; n += 1) captureException(new Error('room'));
  t.equal(await flush(20_000), true);
  let sent = MORE_THAN_USUAL;
  await t.resolves(
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(value, context), { minLength: 1, maxLength: 8 }),
        async (all) => {
          for (const [thrown, said] of all) {
            captureException(thrown.make(), madeContext(said));
            sent += 1;
          }
          if (!(await flush(20_000))) throw new Error('not all of it arrived');
          // Some of the values are one object in all runs, such as `process`.
          const { delivered, dropped } = stats();
          const told = delivered + dropped.duplicate;
          if (told !== sent) throw new Error(`${told} of ${sent}`);
          const newest = server.events.slice(-all.length);
          const problems = newest.flatMap((event) =>
            problemsOf(Buffer.from(JSON.stringify(event.received))),
          );
          if (problems.length > 0) throw new Error(problems.join('\n'));
        },
      ),
      runs(60),
    ),
  );
  t.equal(server.events.length, stats().delivered);
});
