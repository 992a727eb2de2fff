/**
 * Whether memory stays flat over 100,000 errors that nobody catches, with a debugger that pauses for the
 * first 20,000: `node dist/esm/benchmarks/locals.js`. With an application's budget these are the pauses of
 * 11 hours. What is on the heap behind a collection, every 10,000 errors. `--errors 5000 --pauses 5000`: fewer.
 */
import { setImmediate as tick, setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Locals } from '../src/main/locals/locals.ts';

/** Looks at the heap. */
const LOOKS = 10;
/** MB by which the heap may have grown from the second look to the last; see `memory.ts`. */
const FLAT = 1.5;

const { values } = parseArgs({
  options: {
    errors: { type: 'string', default: '100000' },
    pauses: { type: 'string', default: '20000' },
  },
});
const errors = Number(values.errors);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const locals = new Locals({ maxPauses: Number(values.pauses), maxMs: Infinity });
const end = locals.use();
let found = 0;
process.on('uncaughtException', (error) => {
  if (locals.of(error) !== undefined) found += 1;
});

function fail(count: number): never {
  const order = { count, lines: [count, count + 1] };
  throw new RangeError(`order ${order.count} was declined`);
}

while (!locals.isReady) await pause(5);
const heaps: number[] = [];
const before = process.cpuUsage();
for (let count = 1; count <= errors; count += 1) {
  setImmediate(fail, count);
  await tick();
  if (count % (errors / LOOKS) !== 0) continue;
  collect();
  heaps.push(process.memoryUsage().heapUsed / 1_048_576);
}
const { user, system } = process.cpuUsage(before);
end();
const grown = (heaps.at(-1) ?? NaN) - (heaps[1] ?? NaN);
process.stdout.write(
  `${errors} errors, ${found} with variables: ${heaps.map((heap) => heap.toFixed(1)).join(' ')} MB: ` +
    `${grown <= FLAT ? 'flat' : 'NOT FLAT'}; ${((user + system) / 1e6).toFixed(0)} s of CPU\n`,
);
