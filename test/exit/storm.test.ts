/** Real processes of one project that know nothing of each other, and its limit of 60 events a minute. */
import t from 'tap';
import { strictServer } from '../helpers/errsight.ts';
import { startFixture, type Live } from '../helpers/live.ts';

const MINUTE = 60_000;

const CASES = [
  ['direct', 'with its first request'],
  ['direct', 'once both know the limit'],
  ['direct', 'after both have ended'],
  ['pino', 'once both know the limit'],
] as const;

for (const [way, moment] of CASES) {
  t.test(
    `${way}: a fatal error of a third process arrives in the storm of two others, ${moment}`,
    async (t) => {
      // All clocks on the wall stand still: a slow machine sees no turn of a minute.
      const now = Math.floor(Date.now() / MINUTE) * MINUTE + 5_000;
      const refused = new Set<number>();
      let look = (): void => undefined;
      const server = await strictServer(t, {
        rateLimitPerMinute: 60,
        now: () => now,
        onRequest({ status, remotePort }) {
          if (status === 429) refused.add(remotePort);
          look();
        },
      });
      const still = encodeURIComponent(`Date.now = () => ${now};`);
      const env = { ...server.env, NODE_OPTIONS: `--import "data:text/javascript,${still}"` };
      const [one, two, third] = ['one', 'two', 'fatal'].map((role) =>
        startFixture(t, 'storm', { args: [way, role], env }),
      ) as [Live, Live, Live];
      const storm = [one, two];
      for (const each of [...storm, third]) await each.line((line) => line === 'ready');
      for (const each of storm) each.tell('go');
      const hasCome = (): boolean =>
        moment === 'with its first request' ? server.requests.length > 0 : refused.size >= 2;
      await new Promise<void>((resolve) => {
        look = () => hasCome() && resolve();
        look();
      });
      if (moment === 'after both have ended') {
        for (const each of storm) {
          each.tell('end');
          t.match(await each.ended, { code: 0 });
        }
      }
      third.tell('go');
      t.match(await third.ended, { code: 1 });
      t.match(
        server.events.filter(({ level }) => level === 'fatal'),
        [{ message: 'TypeError: nobody catches this' }],
      );
      for (const name of ['one', 'two']) {
        const its = server.events.filter(({ message }) => message.endsWith(`in ${name}`));
        t.ok(its.length > 0 || moment === 'with its first request', `the issue of ${name}`);
      }
    },
  );
}
