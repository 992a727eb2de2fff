import t from 'tap';
import { createJudge } from '../../src/event/scrub/names.ts';
import { createTextSearch } from '../../src/event/scrub/texts.ts';
import { ADVERSARIAL, AFTER, fill } from './adversarial.ts';

const judge = createJudge({ scrubKeys: [], sendDefaultPii: false });
// The whole text, of which the scrubber searches only a part.
const search = createTextSearch({
  judge,
  apiKey: `elp_${'b'.repeat(48)}`,
  patterns: [],
  most: Infinity,
});

/** The CPU time of the best of three, in ms: other processes do not count. */
function cpu(text: string): number {
  let best = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const start = process.cpuUsage();
    search.all(text).write(text);
    best = Math.min(best, process.cpuUsage(start).user / 1_000);
  }
  return best;
}

t.test('eight times the text takes about eight times as long, whatever it is made of', (t) => {
  for (const [beginning, part] of [...ADVERSARIAL.map((each) => ['', each] as const), ...AFTER]) {
    const [small, large] = [32_768, 262_144].map((size) => cpu(beginning + fill(part, size))) as [
      number,
      number,
    ];
    // Squared it would be 64 times. What takes little has no measure.
    const isLinear = large < 60 || large / Math.max(small, 1) < 30;
    t.ok(isLinear, `${JSON.stringify(beginning + part)}: ${small} ms, then ${large} ms`);
  }
  t.end();
});
