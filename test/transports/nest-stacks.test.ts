/** An error that Nest's logger gets as a text and a stack is the error itself, which is known from elsewhere. */
import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

t.jobs = 2;
for (const door of ['withErrsight', 'both', 'bare']) {
  t.test(`${door}: a stack belongs to one error`, { buffered: true }, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('nest-stacks', { args: [door], env: server.env });
    t.match(ended, { code: 0, signal: null });
    t.strictSame(JSON.parse(ended.stdout), { arrived: true });
    const left = new Map<string, number>([['begins', 1]]);
    const ways = door === 'withErrsight' ? ['line'] : ['line', 'capture'];
    for (const form of ['text', 'same', 'bare', 'plain']) {
      for (const way of ways) {
        for (const [when, count] of Object.entries({ first: 1, last: 1, twice: 2 })) {
          // A stack knows no class but Error. The error itself may come last.
          const events = server.events.filter(({ message }) =>
            message.endsWith(`Error: ${form} ${way} ${when} failed`),
          );
          const what = `${form}, ${way}, ${when}`;
          t.equal(events.length, count, what);
          for (const { metadata, message } of events) {
            t.match(metadata['exception_frames'], [{ function: 'made' }], what);
            left.set(message, count);
          }
        }
      }
    }
    const apart = Object.fromEntries(
      ['stacks', 'objects', 'doors', 'turned'].map((name) => [`plain ${name}`, ['error', 'error']]),
    );
    const uncaught: Readonly<Record<string, readonly string[]>> = {
      'plain rejected alone': ['error'],
      'plain rejected logged': ['error'],
      'plain thrown alone': ['fatal'],
      'plain thrown logged': ['fatal'],
    };
    for (const [what, levels] of Object.entries({ ...apart, ...uncaught })) {
      const message = `Error: ${what} failed`;
      const events = server.events.filter((each) => each.message === message);
      t.strictSame(
        events.map(({ level }) => level),
        levels,
        what,
      );
      left.set(message, levels.length);
    }
    const requests = {
      before: 'OrderError: before failed',
      filter: 'OrderError: filter failed',
      around: 'OrderError: around the order',
      plain: 'Error: plain failed',
      cause: 'InternalServerErrorException: no order',
      wrap: 'OrderError: wrapped the order',
      retold: 'Error: retold failed',
      quiet: 'Error: quiet failed',
      blank: 'BadGatewayException: Bad Gateway',
    };
    for (const [path, message] of Object.entries(requests)) {
      const events = server.events.filter(({ tags }) => tags['route'] === `/${path}/:id`);
      t.match(
        events,
        [{ message, tags: { status: '500', mechanism: 'nest' }, metadata: { status: 500 } }],
        path,
      );
      if (path === 'blank') t.notOk(events[0]?.metadata['log_message'], path);
      else t.match(events[0]?.metadata['log_message'], /failed/, path);
      left.set(message, 1);
    }
    const others = server.events.filter(({ message }) => !left.has(message));
    t.strictSame(
      others.map(({ message }) => message),
      [],
      'and nothing else',
    );
  });
}
