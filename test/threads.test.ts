import { setImmediate as turn } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';
import pino from 'pino';
import t, { type Test } from 'tap';
import { FakeClock } from './helpers/clock.ts';
import { strictServer } from './helpers/errsight.ts';
import { hold } from './helpers/held.ts';
import * as errsight from '../src/index.ts';
import { takeFailedEnds } from '../src/presence.ts';
import { answerFlushes, findOthers, type Others } from '../src/threads.ts';

// The channels keep no process alive, and the clock of these tests has no timers that would.
const alive = setInterval(() => undefined, 60_000);
t.teardown(() => clearInterval(alive));

interface Pipeline {
  readonly asked: number[];
  /** Events that it has taken. */
  taken: number;
  answer: (arrived: boolean) => void;
  readonly end: (arrived?: boolean) => void;
}

/** A pipeline that another thread might have. */
function pipeline(t: Pick<Test, 'teardown'>, clock: FakeClock): Pipeline {
  const asked: number[] = [];
  const end = answerFlushes(
    {
      taken: () => made.taken,
      trouble: undefined,
      flush(timeout) {
        asked.push(timeout);
        return new Promise((resolve) => (made.answer = resolve));
      },
    },
    clock,
  );
  const made: Pipeline = {
    asked,
    taken: 0,
    answer: () => undefined,
    end: (arrived = true) => end(arrived),
  };
  t.teardown(() => made.end());
  return made;
}

function others(t: Pick<Test, 'teardown'>, clock: FakeClock): Others {
  const found = findOthers(clock);
  t.teardown(() => found.close());
  return found;
}

/** Messages between threads take some turns of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** What was posted so far has been heard. */
async function heard(): Promise<void> {
  const echo = new BroadcastChannel('errsight:1');
  const own = new BroadcastChannel('errsight:1');
  const arrived = new Promise((resolve) => own.addEventListener('message', resolve));
  echo.postMessage({ say: 'who' });
  await arrived;
  echo.close();
  own.close();
  for (let count = 0; count < 5; count += 1) await turn();
}

t.test('without other pipelines nobody is waited for', async (t) => {
  t.equal(await others(t, new FakeClock()).flush(5_000), true);
});

t.test(
  'all other pipelines are flushed, those that were there before and those that came',
  async (t) => {
    const clock = new FakeClock();
    const before = pipeline(t, clock);
    const found = others(t, clock);
    const after = pipeline(t, clock);
    await heard();
    const flushed = found.flush(5_000);
    await heard();
    await clock.advance(20);
    await until(() => before.asked.length + after.asked.length === 2);
    t.strictSame([...before.asked, ...after.asked], [4_980, 4_980], 'what is left of the time');
    before.answer(true);
    after.answer(true);
    t.equal(await flushed, true);

    const failing = found.flush(5_000);
    await heard();
    await clock.advance(20);
    await until(() => before.asked.length + after.asked.length === 4);
    before.answer(true);
    after.answer(false);
    t.equal(await failing, false, 'one of them lost something');
  },
);

t.test(
  'a pipeline that is gone is not waited for, one that is silent until the deadline',
  async (t) => {
    const clock = new FakeClock();
    const found = others(t, clock);
    const one = pipeline(t, clock);
    const silent = pipeline(t, clock);
    await heard();
    const flushed = found.flush(5_000);
    await heard();
    one.end();
    await heard();
    await clock.advance(4_999);
    let answer: boolean | undefined;
    void flushed.then((arrived) => (answer = arrived));
    await heard();
    t.equal(answer, undefined);
    await clock.advance(1);
    t.equal(await flushed, false);
    const again = found.flush(5_000);
    await heard();
    await clock.advance(5_000);
    t.equal(await again, false, 'late is not dead');
    await clock.advance(60_000);
    const last = found.flush(5_000);
    await heard();
    t.equal(await last, true, 'silent for a minute is');
    t.equal(silent.asked.length, 2);

    silent.answer(true);
    await until(() => found.count === 1);
    t.equal(found.count, 1, 'what speaks again is alive');
    const answered = found.flush(5_000);
    await heard();
    await clock.advance(20);
    await until(() => silent.asked.length === 3);
    silent.answer(true);
    t.equal(await answered, true);

    const ending = found.flush(5_000);
    await heard();
    silent.end(false);
    t.equal(takeFailedEnds(), true, 'the next flush tells of it');
    t.equal(await ending, false, 'one that closes says what it lost');
    t.equal(found.count, 0);
  },
);

t.test(
  'with `news` a pipeline is not waited for that has taken nothing since its last flush',
  async (t) => {
    const clock = new FakeClock();
    const one = pipeline(t, clock);
    const found = others(t, clock);
    await heard();
    const ask = async (): Promise<boolean | undefined> => {
      let answer: boolean | undefined;
      void found.flush(1_000, { news: true }).then((arrived) => (answer = arrived));
      await heard();
      await clock.advance(20);
      await heard();
      return answer;
    };
    one.taken = 1;
    t.equal(await ask(), undefined, 'it has news');
    await clock.advance(980);
    t.equal(await ask(), true, 'they are stuck, and it says so although that flush never ended');
    one.taken = 2;
    t.equal(await ask(), undefined);
    t.equal(one.asked.length, 2);
  },
);

t.test('other words are not listened to', async (t) => {
  const clock = new FakeClock();
  const found = others(t, clock);
  const made = pipeline(t, clock);
  await heard();
  const channel = new BroadcastChannel('errsight:1');
  const words = [null, 1, 'flush', {}, { say: 'flush' }, { say: 'here' }, { say: 'flush', id: 1 }];
  for (const word of words) channel.postMessage(word);
  channel.postMessage({ say: 'flushed', id: 'unknown', who: 'x', arrived: true });
  channel.close();
  await heard();
  await clock.advance(100);
  t.strictSame(made.asked, []);
  found.close();
  t.equal(await found.flush(5_000), true, 'closed: nobody is there');
});

t.test('flush() of the direct API covers lines in pino workers', async (t) => {
  const rows = [
    ['a single target', (target: object) => target],
    [
      'among targets',
      (target: object) => ({
        targets: [target, { target: 'pino/file', options: { destination: '/dev/null' } }],
      }),
    ],
  ] as const;
  for (const [name, wrap] of rows) {
    const server = await strictServer(t);
    const options = { apiKey: server.key, host: server.url };
    errsight.init(options);
    const target = { target: 'errsight/pino', options: { ...options, flushInterval: 60_000 } };
    const transport = hold(pino.transport(wrap(target) as pino.TransportSingleOptions));
    const logger = pino(transport);
    await new Promise((resolve) => transport.once('ready', resolve));
    logger.error(new Error('in the worker'));
    errsight.captureException(new Error('on this thread'));
    t.equal(await errsight.flush(), true, name);
    t.strictSame(
      server.events.map(({ message }) => message).toSorted(),
      ['Error: in the worker', 'Error: on this thread'],
      name,
    );
    logger.error(new Error('later'));
    t.equal(await errsight.close(), true);
    t.equal(server.events.length, 3, `${name}: close flushes them too`);
    transport.end();
    await new Promise((resolve) => transport.once('close', resolve));
  }
});
