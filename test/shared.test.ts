import t from 'tap';
import { shared } from '../src/lib/shared-use.ts';

t.test(
  'it starts with the first user and ends with the last, as often as that comes',
  async (t) => {
    const said: string[] = [];
    const use = shared(() => {
      said.push('start');
      return () => said.push('stop');
    });
    const first = use();
    const second = use();
    first();
    t.strictSame(said, ['start']);
    first();
    t.strictSame(said, ['start'], 'who has left cannot leave again');
    second();
    t.strictSame(said, ['start', 'stop']);
    use()();
    t.strictSame(said, ['start', 'stop', 'start', 'stop']);
  },
);

t.test('what could not be started is started by the next one', async (t) => {
  let attempts = 0;
  const use = shared(() => {
    attempts += 1;
    if (attempts === 1) throw new Error('not now');
    return () => undefined;
  });
  t.throws(use, { message: 'not now' });
  use()();
  t.equal(attempts, 2);
});
