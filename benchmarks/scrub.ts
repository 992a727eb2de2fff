/**
 * What texts made to take long cost the scrubber: `npm run bench:scrub`. Each is looked through as a
 * whole, which no event does: of a message 22,048 units are looked at. CPU time of the best of five.
 */
import { createJudge } from '../src/event/scrub/names.ts';
import { createTextSearch } from '../src/event/scrub/texts.ts';
import { ADVERSARIAL, AFTER, fill } from '../test/leaks/adversarial.ts';

const judge = createJudge({ scrubKeys: [], sendDefaultPii: false });
const search = createTextSearch({ judge, apiKey: `elp_${'b'.repeat(48)}`, patterns: [] });

function cpu(text: string): number {
  let best = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const start = process.cpuUsage();
    search.all(text).write(text);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

const SIZE = 1_048_576;
const took: number[] = [];
for (const [beginning, part] of [...ADVERSARIAL.map((each) => ['', each] as const), ...AFTER]) {
  const [half = 0, whole = 0, event = 0] = [SIZE / 2, SIZE, 22_048].map((size) =>
    cpu(beginning + fill(part, size)),
  );
  took.push(whole);
  process.stdout.write(
    `${JSON.stringify(beginning + part)
      .slice(0, 40)
      .padEnd(42)} 1 MiB ${whole.toFixed(0).padStart(5)} ms, ` +
      `half of it ${half.toFixed(0).padStart(5)} ms, a message ${event.toFixed(2).padStart(6)} ms\n`,
  );
}
process.stdout.write(
  `${took.filter((each) => each < 50).length} of ${took.length} take less than 50 ms, the worst ${Math.max(...took).toFixed(0)} ms\n`,
);
