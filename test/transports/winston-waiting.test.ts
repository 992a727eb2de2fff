import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import winston from 'winston';
import { ErrsightTransport } from '../../transports/winston.ts';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { keepEvents } from '../helpers/kept-events.ts';

interface Case {
  readonly beside: string;
  readonly end: string;
  readonly count: number;
  readonly status: object;
}

const EXITED = { code: 1, signal: null };
const NATURAL = { code: 0, signal: null };

const CASES: readonly Case[] = [
  { beside: 'Console and File', end: 'exit', count: 300, status: EXITED },
  { beside: 'Console and File behind', end: 'exit', count: 300, status: EXITED },
  ...['a second each', 'never calls back'].flatMap((beside) => [
    { beside, end: 'exit', count: 60, status: EXITED },
    { beside, end: 'throw', count: 60, status: EXITED },
    { beside, end: 'natural', count: 60, status: NATURAL },
    { beside, end: 'end', count: 60, status: NATURAL },
    { beside, end: 'SIGTERM', count: 60, status: { code: null, signal: 'SIGTERM' } },
    // It says that all has arrived, and nothing can come afterwards.
    { beside, end: 'flush', count: 60, status: { code: null, signal: 'SIGKILL' } },
  ]),
];

for (const { beside, end, count, status } of CASES) {
  t.test(`winston beside ${beside}, ${end}: ${count} of ${count} arrive`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('winston-waiting', {
      args: [beside, end, String(count)],
      env: server.env,
    });
    t.match(ended, status, ended.stderr);
    t.notMatch(ended.stderr, 'errsight:');
    const numbers = server.events.flatMap(
      ({ metadata }) => (metadata['log_message'] as string) ?? [],
    );
    t.strictSame(
      numbers.toSorted(),
      Array.from({ length: count }, (_, index) => `number ${index}`).toSorted(),
    );
    t.equal(server.total, count + (end === 'throw' ? 1 : 0), 'and nothing else');
    t.ok(
      server.events.every(({ metadata }) => (metadata['iban'] ?? 'hidden 4') === 'hidden 4'),
      'the format has seen each line',
    );
  });
}

/** Calls back when it is told to. */
class Held extends (winston as unknown as { Transport: new () => winston.transport }).Transport {
  readonly given: unknown[] = [];
  #next: (() => void) | undefined;
  #isOpen = false;

  override log(info: { readonly message?: unknown }, next: () => void): void {
    this.given.push(info.message);
    if (this.#isOpen) setImmediate(next);
    else this.#next = next;
  }

  open(): void {
    this.#isOpen = true;
    this.#next?.();
  }
}

t.test('what was taken early comes once, and the others get each line as ever', async (t) => {
  const { events, options } = keepEvents();
  const transport = new ErrsightTransport(options);
  const held = new Held();
  const numbered = winston.format((info) => Object.assign(info, { n: Number(info['n'] ?? 0) + 1 }));
  const logger = winston.createLogger({ format: numbered(), transports: [held, transport] });
  const texts = Array.from({ length: 100 }, (_, index) => `number ${index}`);
  for (const text of texts) logger.error(text);
  t.ok(events.length < 100, `${events.length} before`);
  void transport.flush(0);
  t.strictSame(
    events.map(({ message }) => message),
    texts,
    'in their order',
  );
  t.ok(
    events.every(({ metadata }) => metadata['n'] === 1),
    'each formatted once',
  );
  held.open();
  logger.error('the last one');
  while (held.given.length < 101 || events.length < 101) await nextTurn();
  t.strictSame(
    events.map(({ message }) => message),
    [...texts, 'the last one'],
  );
  t.strictSame(held.given, [...texts, 'the last one']);
});

t.test('eleven loggers that share a transport make no warning', async (t) => {
  const { events, options } = keepEvents();
  const transport = new ErrsightTransport(options);
  const warnings: Error[] = [];
  const warn = (warning: Error): number => warnings.push(warning);
  process.on('warning', warn);
  t.teardown(() => process.off('warning', warn));
  const loggers = Array.from({ length: 40 }, () =>
    winston.createLogger({ transports: [transport] }),
  );
  for (const logger of loggers) logger.error('it broke');
  await nextTurn();
  t.strictSame(warnings, []);
  t.equal(events.length, 40);
  for (const logger of loggers) logger.close();
});
