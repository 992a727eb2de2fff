import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

interface Case {
  readonly door: string;
  readonly listener: string;
  readonly thrown: string;
  readonly messages: readonly string[];
}

const ERROR = 'PayError: nobody catches this';
const OBJECT = 'Object with the keys code, orderId';
const DOORS = ['init', 'withErrsight', 'winston', 'pino and init'] as const;

const CASES: readonly Case[] = [
  ...DOORS.flatMap((door) =>
    ['none', 'logs'].map((listener): Case => {
      return { door, listener, thrown: 'an Error', messages: [ERROR] };
    }),
  ),
  { door: 'init', listener: 'none', thrown: 'an object', messages: [OBJECT] },
  { door: 'init', listener: 'none', thrown: 'a text', messages: ['String: nobody catches this'] },
  { door: 'init', listener: 'none', thrown: 'a rejection', messages: [ERROR] },
  { door: 'init', listener: 'none', thrown: 'a rejection with an object', messages: [OBJECT] },
  // Two errors that were thrown at the same line are two.
  { door: 'init', listener: 'logs', thrown: 'twice', messages: [ERROR, ERROR] },
  // A thread that goes on gives nobody a copy.
  { door: 'init', listener: 'is told', thrown: 'an Error', messages: [ERROR, ERROR] },
];

t.jobs = 2;
for (const { door, listener, thrown, messages } of CASES) {
  const what = `${door}, main thread with a listener: ${listener}, ${thrown}`;
  t.test(`what ends a thread is one event of both threads: ${what}`, async (t) => {
    const server = await strictServer(t);
    const args = [door, listener, thrown];
    const [ended, plain] = await Promise.all([
      runFixture('thread-crash', { args, env: server.env }),
      runFixture('thread-crash', { args }),
    ]);
    t.equal(ended.code, plain.code, ended.stderr);
    t.notMatch(ended.stderr, 'errsight:');
    t.strictSame(
      server.events.map(({ message }) => message),
      messages,
    );
    t.ok(server.events.every(({ level }) => level === 'fatal'));
  });
}
