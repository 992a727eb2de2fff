import tap from 'tap';
import { SilentLossError, strictServer } from '../helpers/errsight.ts';
import { post } from './requests.ts';

/** Stands in for a test, and ends when it is told to. */
function fakeTest() {
  const handlers: (() => unknown)[] = [];
  return {
    teardown: (handler: () => unknown): void => {
      handlers.push(handler);
    },
    end: async (): Promise<void> => {
      await Promise.all(handlers.map((handler) => handler()));
    },
  };
}

await tap.test('a silent loss fails a strict test, and says which', async (t) => {
  const test = fakeTest();
  const server = await strictServer(test);
  await post(server, { message: 'items[max]', level: 'warn' });
  await t.rejects(
    test.end(),
    new SilentLossError([
      {
        rule: 'replaced',
        path: '[0].level',
        detail: '"warn" is no level, stored as info',
        contract: '§6',
      },
      {
        rule: 'ansi',
        path: '[0].message',
        detail: 'ErrSight takes "[m" for a colour code and removes it',
        contract: '§6',
      },
    ]),
  );
  await t.rejects(fetch(server.url), 'it is closed all the same');
});

await tap.test('no loss, or a test that is not strict, ends well', async (t) => {
  const test = fakeTest();
  await post(await strictServer(test), { message: 'a', level: 'error' });
  await post(await strictServer(test, { strict: false }), { message: 'a', level: 'warn' });
  await t.resolves(test.end());
});

await tap.test(
  'a client needs a URL and a key, a child process the same in its environment',
  async (t) => {
    const server = await strictServer(t);
    t.equal(server.key, 'elp_000000000000000000000000000000000000000000000000');
    t.same(server.env, { ERRSIGHT_HOST: server.url, ERRSIGHT_API_KEY: server.key });
  },
);
