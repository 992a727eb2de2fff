import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

t.test('of several senders of a project the fatal error comes first at the end', async (t) => {
  // Its minute never ends: what one of them takes is missing to the others.
  const server = await strictServer(t, { rateLimitPerMinute: 60, windowMs: 1e12 });
  const ended = await runFixture('many-senders', { env: server.env });
  t.equal(ended.code, 1, ended.stderr);
  t.match(
    server.events.filter(({ level }) => level === 'fatal'),
    [{ message: 'TypeError: nobody catches this' }],
  );
  // A request of 50 has the fatal error and 49 repeats. A tenth of the limit stays for other processes.
  t.ok(server.total >= 50 && server.total <= 55, `${server.total}: the repeats have the rest`);
});
