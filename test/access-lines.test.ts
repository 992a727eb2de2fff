/** A line that an application writes itself about how a request was answered is no event beside the request's error. */
import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';
import { LINES } from './access-lines.ts';

for (const door of ['withErrsight', 'both', 'winston']) {
  t.test(`${door}: only what says more than the answer is an event of its own`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('access-lines', { args: [door], env: server.env });
    t.match(ended, { code: 0, signal: null, stderr: '' });
    t.strictSame(JSON.parse(ended.stdout), { arrived: true });
    for (const [index, { isOwn = false, of }] of LINES.entries()) {
      const url = `/orders/${index}?page=2`;
      const { text } = of({ method: 'GET', url, status: 500 });
      const events = server.events.filter(({ metadata }) => metadata['full_path'] === url);
      t.strictSame(
        events.map(({ message }) => message).toSorted(),
        ['Error: the card was declined', ...(isOwn ? [text] : [])].toSorted(),
        text,
      );
    }
  });
}
