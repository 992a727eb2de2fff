import t from 'tap';
import { runFixture, type Ended } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const DOORS = [
  'direct',
  'winston',
  'winston, text',
  'bunyan',
  'bunyan, field',
  'withErrsight',
] as const;
const HANDLERS = ['none', 'logs and exits', 'logs and rethrows'] as const;
const THROWN: Readonly<Record<string, string>> = {
  'an Error': 'TypeError: nobody catches this',
  'an object': 'Object with the keys code, orderId',
  'a text': 'String: nobody catches this',
  undefined: 'Undefined: undefined',
};

interface Case {
  readonly door: string;
  readonly handler: string;
  readonly thrown: string;
  readonly end: 'throw' | 'rejection';
}

/** Not each with each: the loggers differ in how they log, the ends in what a process does. */
const CASES: readonly Case[] = [
  ...DOORS.flatMap((door): Case[] => [
    { door, handler: 'none', thrown: 'an Error', end: 'throw' },
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'throw' },
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'logs and rethrows', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'logs and exits', thrown: 'an object', end: 'rejection' },
    { door, handler: 'logs and exits', thrown: 'a text', end: 'rejection' },
  ]),
  ...['direct', 'winston', 'bunyan', 'withErrsight, logs', 'pino and init'].map((door): Case => ({
    door,
    handler: 'logged before it is thrown',
    thrown: 'an Error',
    end: 'throw',
  })),
  ...HANDLERS.flatMap((handler): Case[] =>
    Object.keys(THROWN).map((thrown) => ({ door: 'direct', handler, thrown, end: 'rejection' })),
  ),
  ...['withErrsight, logs', 'pino and init'].flatMap((door): Case[] => [
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'throw' },
    { door, handler: 'logs and exits', thrown: 'an Error', end: 'rejection' },
    { door, handler: 'logs and rethrows', thrown: 'an Error', end: 'rejection' },
  ]),
  // Of what is no Error pino's lines tell by a text, if they do.
  ...['withErrsight, logs', 'pino and init'].flatMap((door): Case[] => [
    { door, handler: 'logs and exits', thrown: 'an object', end: 'rejection' },
    { door, handler: 'logs and exits', thrown: 'undefined', end: 'rejection' },
    { door, handler: 'logs and rethrows', thrown: 'a text', end: 'rejection' },
  ]),
  ...['winston', 'bunyan'].map((door): Case => ({
    door,
    handler: 'logs and rethrows',
    thrown: 'an object',
    end: 'rejection',
  })),
  // Its worker is told of what is logged, and of nothing else.
  ...Object.keys(THROWN).map((thrown): Case => ({
    door: 'pino alone',
    handler: 'logs and exits',
    thrown,
    end: 'rejection',
  })),
  { door: 'pino alone', handler: 'logs and exits', thrown: 'an Error', end: 'throw' },
  { door: 'pino alone', handler: 'logs and rethrows', thrown: 'an Error', end: 'rejection' },
  { door: 'bunyan', handler: 'logs and exits', thrown: 'undefined', end: 'rejection' },
  { door: 'winston', handler: 'logs and exits', thrown: 'undefined', end: 'rejection' },
  { door: 'withErrsight', handler: 'none', thrown: 'an object', end: 'rejection' },
];

/** How each ends without us. */
const plain = new Map<string, Promise<Ended>>();

function run(door: string, { handler, thrown, end }: Case, env: object): Promise<Ended> {
  return runFixture('crashes', { args: [door, handler, thrown], env: { ...env, END: end } });
}

t.jobs = 2;
for (const each of CASES) {
  const { door, handler, thrown, end } = each;
  const what = `${door}, ${handler}, ${thrown} by a ${end}: one event, the same end`;
  t.test(what, { buffered: true }, async (t) => {
    const server = await strictServer(t);
    const key = [handler, thrown, end].join();
    if (!plain.has(key)) plain.set(key, run('without', each, {}));
    const [{ code, stdout } = {}, ended] = await Promise.all([
      plain.get(key),
      run(door, each, server.env),
    ]);
    t.equal(ended.code, code, ended.stderr);
    t.match(ended.stdout, stdout);
    t.notMatch(ended.stderr, 'errsight:');
    // A handler that nobody told of is not asked whether it ends the process.
    const level = door === 'withErrsight' && end === 'rejection' && handler === 'logs and exits';
    // The line's own text: pino writes what is no Error, and nobody else tells of it.
    const isText = door === 'pino alone' && thrown !== 'an Error';
    t.strictSame(
      server.events.map((event) => `${event.level} ${event.message}`),
      [`${level ? 'error' : 'fatal'} ${isText ? 'it ends' : THROWN[thrown]}`],
    );
  });
}
