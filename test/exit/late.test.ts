import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const LISTENERS: readonly (readonly [does: string, code: number, arrive: readonly string[]])[] = [
  ['captures', 4, ['and another one', 'captured', 'in an exit listener']],
  ['exits', 5, ['captured']],
  ['throws', 4, ['TypeError: nobody catches this', 'captured']],
];

for (const [does, code, arrive] of LISTENERS) {
  for (const when of ['before init', 'after init']) {
    t.test(`an exit listener that was added ${when} and ${does} loses nothing`, async (t) => {
      const server = await strictServer(t);
      const args = ['exit listener', does, when];
      const ended = await runFixture('api-end', { args, env: server.env });
      t.equal(ended.code, code);
      t.strictSame(server.events.map(({ message }) => message).toSorted(), arrive);
      t.notMatch(ended.stderr, 'errsight:');
    });
  }
}

t.test('a request that was not sent at all when the process ends is sent once', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-end', { args: ['exit before sending'], env: server.env });
  t.match(ended, { code: 4, stderr: '' });
  t.strictSame(server.events.map(({ message }) => message).toSorted(), ['captured']);
  t.equal(server.requests.length, 1);
});
