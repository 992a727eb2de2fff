import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';

const PROJECTS = ['elp_', 'elp_'].map((start, index) => start + String(index + 1).repeat(48));

/** Runs the program with these loggers. Returns what it printed last, and what arrived. */
async function run(server: TestErrsight, loggers: readonly string[], END = ''): Promise<object> {
  const [API_KEY = '', OTHER_KEY = ''] = PROJECTS;
  const env = { API_KEY, OTHER_KEY, HOST: server.url, END };
  const ended = await runFixture('no-init', { args: loggers, env });
  const last = ended.stdout.trim().split('\n').at(-1) ?? '';
  const said: unknown = last.startsWith('{') ? JSON.parse(last) : last;
  const { code, signal, stderr } = ended;
  return { code, signal, stderr, said };
}

function seenBy({ events }: TestErrsight): readonly string[] {
  return events.map(({ level, message }) => `${level} ${message}`).toSorted();
}

const MESSAGES = [
  'error RangeError: captured, then logged',
  'error RangeError: logged, then captured',
  'info in own words',
  'warning a message',
];

/** The loggers, and how many events this thread has accepted: what it sees twice counts twice. */
const CASES: readonly (readonly [loggers: readonly string[], accepted: number])[] = [
  [['withErrsight'], 4],
  [['winston'], 6],
  [['bunyan'], 6],
  [['winston', 'bunyan'], 8],
  [['withErrsight', 'winston'], 6],
  [['winston', 'withErrsight'], 6],
];

for (const [loggers, accepted] of CASES) {
  const names = loggers.join(' and ');
  t.test(`without init ${names}: what is captured is reported once`, async (t) => {
    const server = await strictServer(t, { writeKeys: PROJECTS });
    const ended = await run(server, loggers);
    t.match(ended, { code: 0, signal: null, stderr: '' });
    t.match(ended, {
      said: {
        areIds: [true, true, true],
        accepted,
        queued: 0,
        arrived: true,
        closed: true,
        late: 'nothing',
      },
    });
    t.strictSame(seenBy(server), MESSAGES);
  });

  t.test(`without init ${names}: what is captured arrives at process.exit()`, async (t) => {
    const server = await strictServer(t, { writeKeys: PROJECTS });
    t.match(await run(server, loggers, 'exit'), { code: 4, signal: null, stderr: '' });
    t.strictSame(seenBy(server), MESSAGES);
  });
}

t.test('without init each project gets what is captured', async (t) => {
  const server = await strictServer(t, { writeKeys: PROJECTS });
  await run(server, ['winston', 'winston, another project', 'withErrsight']);
  t.strictSame(seenBy(server), [...MESSAGES, ...MESSAGES].toSorted());
});

for (const [what, loggers, events] of [
  ['no logger', [], []],
  // Nothing of it is on this thread.
  ['the bare target', ['bare pino'], MESSAGES.slice(0, 2)],
] as const) {
  t.test(`without init and with ${what} nothing is captured`, async (t) => {
    const server = await strictServer(t, { writeKeys: PROJECTS });
    const ended = await run(server, loggers);
    t.match(ended, { code: 0, signal: null, stderr: '' });
    t.match(ended, { said: { areIds: [false, false, false], accepted: 0, after: 0 } });
    t.strictSame(seenBy(server), events);
  });
}
