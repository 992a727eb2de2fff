/** Each form of a call, with pino's options, and ours beside another target. */
import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';
import { BEHIND, CALLS, OPTIONS } from './fixtures/pino-tables.ts';

interface Answer {
  readonly arrived: boolean;
  readonly thrown: readonly string[];
  readonly changed: readonly string[];
  readonly lines: string;
}

async function run(way: string, options: string, env: Record<string, string>): Promise<Answer> {
  const ended = await runFixture('pino-calls', { args: [way, options], env });
  if (ended.code !== 0) throw new Error(`${way}, ${options}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as Answer;
}

/** Stacks are of where the call was made, which is the same file for all. */
const OF_SCOPES = /ada@example\.org|acme-tag|cart-metadata|a step of the scope|errsightScope/;

/** The calls with an error under `reason`. */
const MASKED = new Set(['under any name', 'of a child', 'bound by a child under any name']);

t.jobs = 2;
for (const options of Object.keys(OPTIONS)) {
  t.test(`with ${options}`, { buffered: true }, async (t) => {
    const without = await run('without', options, {});
    for (const way of ['withErrsight', 'bare']) {
      const server = await strictServer(t);
      const answer = await run(way, options, server.env);
      t.ok(answer.arrived, way);
      t.strictSame(answer.thrown, without.thrown, `${way}: nothing of ours is thrown`);
      t.strictSame(answer.changed, without.changed, `${way}: no object is changed`);
      t.equal(answer.lines, without.lines, `${way}: the other target's lines are pino's own`);
      t.notMatch(answer.lines, OF_SCOPES);
      const isHiding = options.startsWith('redact') || options === 'serializers';
      for (const call of Object.keys(CALLS)) {
        const what = `${way}, ${call}`;
        const own = server.events.filter(({ user_context: user }) => user.id === call);
        t.equal(own.length, 1, `${what}: one event`);
        const [event] = own;
        if (event === undefined) continue;
        t.match(event, {
          level: 'error',
          tags: { tenant: 'acme-tag' },
          metadata: { cart: 'cart-metadata' },
        });
        const trail = event.breadcrumbs.map(({ message }) => message);
        const prefix = options === 'msgPrefix' ? '[shop] ' : '';
        t.strictSame(trail, ['a step of the scope', `${prefix}a line before`], what);
        if (isHiding) t.notMatch(JSON.stringify(event), 'hidden-value', `${what}: what is hidden`);
        if (way === 'bare' && BEHIND.has(call)) continue;
        const { metadata } = event;
        t.equal(metadata['exception_class'], 'PaymentError', `${what}: the class`);
        t.match(metadata['exception_frames'], [{ function: 'objects' }], `${what}: the frames`);
        // The serializer of `reason` writes another text.
        const isMasked = options === 'serializers' && MASKED.has(call);
        t.match(event.message, isMasked ? 'left out' : 'declined', what);
        if (call !== 'alone')
          t.match(metadata['log_message'], `${prefix}failed`, `${what}: the text`);
      }
    }
  });
}
