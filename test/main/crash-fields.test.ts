import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

/** What the process does with the error, and the text of its event. */
const FORMS: Readonly<Record<string, string>> = {
  'logged, then thrown': 'job failed',
  'logged, then rejected': 'job failed',
  'logged twice, then thrown': 'job failed\nand again',
  'logged, then thrown to a listener that logs': 'job failed\ncrash',
  'thrown to a listener that logs': 'crash',
  'rejected to a listener that logs': 'crash',
  'rejected to a listener that logs, and the process goes on': 'crash',
  'captured, then logged': 'job failed',
  'logged, then captured': 'job failed',
  'logged, then captured as graver': 'job failed',
};

t.jobs = 2;
for (const [form, text] of Object.entries(FORMS)) {
  for (const by of ['withErrsight', 'init and a target']) {
    // The worker is starting, or reads its lines.
    for (const ms of form === 'logged, then thrown' ? ['0', '300'] : ['0']) {
      t.test(`${by}, ${form}, after ${ms} ms`, { buffered: true }, async (t) => {
        const server = await strictServer(t);
        const ended = await runFixture('crash-fields', { args: [by, form, ms], env: server.env });
        t.notMatch(ended.stderr, 'errsight:');
        t.equal(server.events.length, 1, ended.stderr);
        const [event] = server.events;
        t.match(event, {
          message: 'RangeError: declined',
          metadata: {
            log_message: text,
            orderId: 17,
            shop: 'Bern',
            card: { number: '[Redacted]' },
          },
          tags: { area: 'jobs' },
        });
        t.notOk(event !== undefined && 'err' in event.metadata, 'the error is no field');
      });
    }
  }
}
