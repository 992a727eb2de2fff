/** All that hold up the end of a process have one `shutdownTimeout` together, though they wait one after the other. */
import { EventEmitter, once } from 'node:events';
import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { DEV_WRITE_KEY } from '../../src/dev/server.ts';

// The loggers mostly sleep. So this is long beside what a busy machine takes for the rest, which has been 8 s.
const PATIENCE = 12_000;
const SHUTDOWN_TIMEOUT = String(PATIENCE);
/** The key of the fixture's other project. */
const OTHER = `elp_${'b'.repeat(48)}`;

t.jobs = 4;

const ENDS: readonly (readonly [senders: string, ...ends: string[]])[] = [
  ['pino,pino,otherPino', 'natural', 'exit', 'throw'],
  ['direct,pino,otherPino', 'natural', 'exit', 'death'],
  ['withErrsight,withErrsight,otherWinston', 'natural', 'throw', 'death'],
];

for (const [senders, ...ends] of ENDS) {
  for (const end of ends) {
    t.test(
      `${senders}, ${end}: a silent server costs the time once`,
      { buffered: true },
      async (t) => {
        let firstGivenUp = Infinity;
        const server = await strictServer(t, {
          intercept(_request, response) {
            response.once('close', () => {
              firstGivenUp = Math.min(firstGivenUp, performance.now());
            });
            return true;
          },
        });
        await runFixture('slow-end', {
          args: [senders, end],
          env: { ...server.env, SHUTDOWN_TIMEOUT },
        });
        const later = performance.now() - firstGivenUp;
        // Each of the other two would take its whole time after that.
        t.ok(later < 1.5 * PATIENCE, `the first gave up ${later} ms before the end`);
      },
    );
  }
}

for (const end of ['natural', 'exit', 'throw']) {
  t.test(
    `direct,otherPino, ${end}: who waits for a silent server costs no other events`,
    { buffered: true },
    async (t) => {
      const arrivals = new EventEmitter();
      const server = await strictServer(t, {
        writeKeys: [DEV_WRITE_KEY, OTHER],
        onEvent: () => arrivals.emit('event'),
        async intercept(request, response) {
          if (request.headers['x-api-key'] === OTHER) return false;
          // Silent until then. This answer ends the wait, however late that is.
          if (server.total === 0) await once(arrivals, 'event');
          response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"no"}');
          return true;
        },
      });
      const env = { ...server.env, SHUTDOWN_TIMEOUT: '50000' };
      const { stderr } = await runFixture('slow-end', { args: ['direct,otherPino', end], env });
      t.match(
        server.events.map(({ message }) => message),
        ['TypeError: at last'],
        stderr,
      );
      t.notMatch(stderr, 'when the time to close was over');
    },
  );
}
