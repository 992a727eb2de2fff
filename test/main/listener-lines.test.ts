/** An error that was logged first, and that nobody catches, is one event with what its listener logs. */
import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const DOORS = ['withErrsight', 'withErrsight and init', 'pino and init', 'winston', 'bunyan'];

/** What arrives, by what the listener logs. */
const EVENTS: Readonly<Record<string, (end: string) => readonly string[]>> = {
  text: (end) => [`fatal Error: text ${end}`],
  'text at error': (end) => [`${end === 'thrown' ? 'fatal' : 'error'} Error: text at error ${end}`],
  stack: (end) => [`fatal Error: stack ${end}`],
  words: (end) => [`fatal Error: words ${end}`],
  itself: (end) => [`fatal Error: itself ${end}`],
  around: (end) => [`fatal Error: around around ${end}`],
  nothing: (end) => [`${end === 'thrown' ? 'fatal' : 'error'} Error: nothing ${end}`],
  another: (end) => [
    `${end === 'thrown' ? 'fatal' : 'error'} Error: another ${end}`,
    `fatal Error: another than another ${end}`,
  ],
  later: (end) => [
    `${end === 'thrown' ? 'fatal' : 'error'} Error: later ${end}`,
    `fatal later: later ${end}`,
  ],
};

t.jobs = 2;
for (const door of DOORS) {
  t.test(`${door}: what a listener logs is about the error`, { buffered: true }, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('listener-lines', { args: [door], env: server.env });
    t.match(ended, { code: 0, signal: null, stderr: '' });
    t.strictSame(JSON.parse(ended.stdout), { arrived: true });
    const arrived = server.events
      .map(({ level, message }) => `${level} ${message}`)
      .filter((each) => each !== 'error begins');
    const expected = Object.values(EVENTS).flatMap((of) => [...of('rejected'), ...of('thrown')]);
    t.strictSame(arrived.toSorted(), expected.toSorted());
  });
}
