import t from 'tap';
import { LastWords } from '../../transports/pino/last-words.ts';

t.test('the thread waits for the rest of the same time, and only for a fatal line', (t) => {
  let now = 0;
  const words = new LastWords(
    () => Promise.resolve(true),
    () => now,
  );
  const patiences: number[] = [];
  const send = (ms: number): void => {
    patiences.push(ms);
    now += 1_500;
  };
  words.block(send);
  for (let count = 0; count < 3; count += 1) {
    words.add();
    words.block(send);
    words.block(send);
  }
  t.strictSame(patiences, [2_000, 500]);
  t.end();
});

t.test('pino waits behind a fatal line, for 2 s in a minute at most', async (t) => {
  let now = 0;
  let takes = 0;
  const patiences: number[] = [];
  const words = new LastWords(
    (ms) => {
      patiences.push(ms);
      now += takes;
      return Promise.resolve(true);
    },
    () => now,
  );
  t.equal(words.arrived(), undefined, 'there was none');
  takes = 600;
  for (let count = 0; count < 3; count += 1) {
    words.add();
    words.add();
    await words.arrived();
    t.equal(words.arrived(), undefined, 'they have arrived');
  }
  takes = 200;
  words.add();
  await words.arrived();
  t.strictSame(patiences, [2_000, 1_400, 800, 200]);
  words.add();
  t.equal(words.arrived(), undefined, 'the time is spent');
  now = 60_000;
  words.add();
  await words.arrived();
  t.equal(patiences.at(-1), 2_000);
});
