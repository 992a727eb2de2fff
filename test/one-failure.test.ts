/** A request that fails is one event, whatever Fastify's own logger says of it besides; so is an error that is logged again as graver. */
import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';
import type { StoredEvent } from '../src/dev/store.ts';

/** `<level> <mechanism> <handled> <message>` of what each case leaves, with a logger that this thread knows. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  again: ['error fastify no Error: again failed'],
  graver: ['error fastify no Error: graver failed'],
  around: ['error fastify no Error: around around'],
  aroundTwice: ['error fastify no Error: aroundTwice around'],
  member: ['error fastify no AggregateError: member all'],
  members: ['error fastify no AggregateError: members all'],
  captured: ['error fastify no AggregateError: captured all'],
  loggedMembers: ['error fastify no AggregateError: loggedMembers all'],
  ofMany: ['error fastify no AggregateError: ofMany all'],
  wrapped: ['error fastify no Error: wrapped around'],
  wrapping: ['error fastify no Error: wrapping around'],
  retold: ['error fastify no Error: retold failed'],
  handler: ['error fastify no Error: handler around'],
  hook: ['error fastify no Error: hook failed'],
  text: ['error fastify no String: text failed'],
  problem: ['error fastify no Problem: problem failed'],
  titled: ['error fastify no Titled: titled failed'],
};

const LOGGED: Readonly<Record<string, readonly string[]>> = {
  warned: ['error pino yes Error: warned failed'],
  later: ['error pino yes Error: later failed'],
  thrice: ['fatal pino yes Error: thrice failed'],
  two: ['error pino yes Error: two failed', 'error pino yes Error: two failed'],
};

/** The bare target's worker knows an error again by its stack and its request. */
const BARE: Readonly<Record<string, readonly string[]>> = {
  again: ['error pino yes Error: again failed'],
  graver: ['error pino yes Error: graver failed'],
};

const DOORS = {
  withErrsight: { ...KNOWN, ...LOGGED },
  both: { ...KNOWN, ...LOGGED },
  bunyan: KNOWN,
  bare: BARE,
};

function told({ level, message, tags, metadata }: StoredEvent): string {
  // What an event says twice it says alike.
  const { mechanism = tags['mechanism'] } = metadata;
  if (mechanism !== tags['mechanism']) return `${String(mechanism)} is not ${tags['mechanism']}`;
  return `${level} ${String(mechanism)} ${tags['handled']} ${message}`;
}

for (const [door, cases] of Object.entries(DOORS)) {
  t.test(`${door}: each failure is one event`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('one-failure', { args: [door], env: server.env });
    t.match(ended, { code: 0, signal: null });
    t.strictSame(JSON.parse(ended.stdout), { arrived: true });
    for (const [what, expected] of Object.entries(cases)) {
      const events = server.events.filter(({ message }) => message.includes(`: ${what} `));
      t.strictSame(events.map(told), expected, what);
      if (door === 'bare' || !Object.hasOwn(KNOWN, what)) continue;
      t.match(events, [{ tags: { route: `/${what}/:id`, status: '500' } }], what);
    }
    const retold = server.events.find(({ message }) => message === 'Error: retold failed');
    if (retold && door !== 'bare')
      t.match(
        retold.metadata['log_message'],
        'retold query failed\nTypeError: could not load: retold failed',
      );
    const members = server.events.find(({ message }) => message.endsWith(': members all'));
    if (members && door !== 'bare') {
      const words = String(members.metadata['log_message']).split('\n').toSorted();
      t.strictSame(
        words,
        ['a', 'b', 'c'].map((each) => `members part: members ${each}`),
      );
    }
    const warned = server.events.find(({ message }) => message === 'Error: warned failed');
    if (warned) t.equal(warned.metadata['log_message'], 'warned retry\nwarned gave up');
  });
}

for (const framework of ['express', 'http']) {
  t.test(`${framework}: captureErrors says once that it has nobody to tell`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('nobody', { args: [framework], env: server.env });
    t.match(ended, { code: 0, signal: null });
    t.equal(
      ended.stderr,
      "errsight: `captureErrors` has nobody to tell of a failing request, since pino's worker sees only lines; call `init()` as well, or use `withErrsight`\n",
    );
    const quiet = await runFixture('nobody', { args: [framework, 'init'], env: server.env });
    t.match(quiet, { code: 0, signal: null, stderr: '' });
  });
}
