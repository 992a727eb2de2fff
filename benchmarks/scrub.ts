/**
 * What texts made to take long cost the scrubber: `npm run bench:scrub`. It searches 32,768 units of a text and
 * hides the rest. `whole` is what 1 MiB would cost without that end: it shows which finder is slow. Of a message
 * 22,048 units are looked at. CPU time of the best of five.
 */
import { createJudge } from '../src/event/scrub/names.ts';
import { createTextSearch } from '../src/event/scrub/texts.ts';
import { ADVERSARIAL, AFTER, fill, MIXED } from '../test/leaks/adversarial.ts';

const judge = createJudge({ scrubKeys: [], sendDefaultPii: false });
const options = { judge, apiKey: `elp_${'b'.repeat(48)}`, patterns: [] };
const search = createTextSearch(options);
const endless = createTextSearch({ ...options, most: Infinity });

function cpu(text: string, { all } = search): number {
  let best = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const start = process.cpuUsage();
    all(text).write(text);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

const SIZE = 1_048_576;
const took: number[] = [];
const parts = [...ADVERSARIAL, ...MIXED].map((each) => ['', each] as const);
for (const [beginning, part] of [...parts, ...AFTER]) {
  const text = beginning + fill(part, SIZE);
  const [all, event, whole] = [cpu(text), cpu(text.slice(0, 22_048)), cpu(text, endless)];
  took.push(all);
  process.stdout.write(
    `${JSON.stringify(beginning + part)
      .slice(0, 40)
      .padEnd(42)} 1 MiB ${all.toFixed(1).padStart(5)} ms, ` +
      `a message ${event.toFixed(2).padStart(6)} ms, whole ${whole.toFixed(0).padStart(5)} ms\n`,
  );
}
process.stdout.write(
  `${took.filter((each) => each < 50).length} of ${took.length} take less than 50 ms, the worst ${Math.max(...took).toFixed(1)} ms\n`,
);
