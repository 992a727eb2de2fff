import t from 'tap';
import { runFixture, SLOW_CLOCK, type Ended } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

/** What is thrown, and its event's message. */
export const THROWN: Readonly<Record<string, string>> = {
  'an Error': 'TypeError: nobody catches this',
  'an object': 'Object with the keys code, orderId',
  'an object of a class': 'Problem: the card was declined',
  'a text': 'String: nobody catches this',
  undefined: 'Undefined: undefined',
};

/** What only some handlers are tried with. */
const WITH_OTHERS: Readonly<Record<string, string>> = {
  'an Error with a cause': 'TypeError: nobody catches this',
  'an error of many': 'AggregateError: nobody catches this',
};

/** The event's message after these handlers: they log another error, which the thrown value has caused. */
const AROUND: Readonly<Record<string, string>> = {
  'logs an error around it and exits': 'Error: nobody caught it',
  'logs an error of many and exits': 'AggregateError: nobody caught it',
};

export interface Case {
  readonly door: string;
  readonly handler: string;
  readonly thrown: string;
  readonly end: 'throw' | 'rejection';
}

/** How each ends without us. */
const plain = new Map<string, Promise<Ended>>();

function run(door: string, { handler, thrown, end }: Case, env: object): Promise<Ended> {
  return runFixture('crashes', { args: [door, handler, thrown], env: { ...env, END: end } });
}

/** Longer than the moment that a handler gives its logger. */
const slowly = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 300, false));

/** Where only pino's worker reports, pino waits for 2 s at most. A busy machine needs more to send an event. */
const BY_WORKER = /^pino (?:alone|among|and an import)/;

/** Each is one event, and the process ends as without us. */
export function testCrashes(cases: readonly Case[]): void {
  t.jobs = 2;
  for (const each of cases) {
    const { door, handler, thrown, end } = each;
    const what = `${door}, ${handler}, ${thrown} by a ${end}: one event, the same end`;
    t.test(what, { buffered: true }, async (t) => {
      const server = await strictServer(t);
      // Among targets pino waits for the answer, for 2 s at most, in which a thread has to start too.
      const isSlow =
        end === 'throw' && handler !== 'logs and exits' && !door.startsWith('pino among targets');
      if (isSlow) server.intercept = slowly;
      const without = door.includes('handle') ? 'without, but handled by winston' : 'without';
      const key = [without, handler, thrown, end].join();
      if (!plain.has(key)) plain.set(key, run(without, each, {}));
      const [{ code, stdout } = {}, ended] = await Promise.all([
        plain.get(key),
        run(door, each, { ...server.env, ...(BY_WORKER.test(door) && SLOW_CLOCK) }),
      ]);
      t.equal(ended.code, code, ended.stderr);
      t.ok(ended.stdout.includes(stdout ?? 'a plain end'), ended.stdout);
      t.notMatch(ended.stderr, 'errsight:');
      // A handler that nobody told of is not asked whether it ends the process.
      const level = door === 'withErrsight' && end === 'rejection' && handler === 'logs and exits';
      // The line's own text: pino writes what is no Error, and nobody else tells of it.
      const isText = door === 'pino alone' && thrown !== 'an Error';
      t.strictSame(
        server.events.map((event) => `${event.level} ${event.message}`),
        [
          `${level ? 'error' : 'fatal'} ${isText ? 'it ends' : (AROUND[handler] ?? WITH_OTHERS[thrown] ?? THROWN[thrown])}`,
        ],
      );
    });
  }
}
