import t from 'tap';
import { createJudge } from '../../src/event/scrub/names.ts';
import { createTextSearch } from '../../src/event/scrub/texts.ts';
import { ADVERSARIAL, AFTER, fill, MIXED } from './adversarial.ts';
import { StepCounter } from './steps.ts';

const judge = createJudge({ scrubKeys: [], sendDefaultPii: false });
const options = { judge, apiKey: `elp_${'b'.repeat(48)}`, patterns: [] };
const [SMALL, LARGE] = [2_048, 16_384];

t.test(
  'eight times the text takes about eight times the steps, whatever it is made of',
  async (t) => {
    const search = createTextSearch({ ...options, most: Infinity });
    const counter = new StepCounter();
    await counter.start();
    t.teardown(() => counter.end());
    const parts = [...ADVERSARIAL, ...MIXED].map((each) => ['', each] as const);
    for (const [beginning, part] of [...parts, ...AFTER]) {
      const steps: number[] = [];
      for (const size of [SMALL, LARGE]) {
        const text = beginning + fill(part, size);
        steps.push(await counter.of(() => void search.all(text).write(text)));
      }
      const [small = 0, large = 0] = steps;
      // Squared it would be 64 times.
      t.ok(large < 16 * small, `${JSON.stringify(beginning + part)}: ${small}, then ${large}`);
    }
  },
);

t.test('a longer text takes no more steps, and what is not searched does not leave', async (t) => {
  const search = createTextSearch(options);
  const counter = new StepCounter();
  await counter.start();
  t.teardown(() => counter.end());
  const write = (text: string): string => search.all(text).write(text);
  for (const part of ['password: x1y2z3 ', 'word ', '%2525\\"otp code=1234 ']) {
    const [long, longer] = [65_536, 1_048_576].map((size) => fill(part, size)) as [string, string];
    const steps = await counter.of(() => void write(long));
    t.ok((await counter.of(() => void write(longer))) <= steps, part);
  }
  const text = `${fill('word ', 40_000)} hunter2`;
  t.notMatch(write(text), /hunter2/);
  t.match(write(text), /^(?:word ){6000}/);
  t.equal(search.byForm(text).write(text), write(text));
});
