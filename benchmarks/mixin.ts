/**
 * What `withErrsight` adds to a line on the thread that logs it, against bare pino, with /dev/null as
 * the destination: `npm run bench:mixin`. ns for a line, the cases by turns; the median of all rounds.
 */
import { closeSync, openSync } from 'node:fs';
import pino from 'pino';
import { setUser, withErrsight, withScope } from '../src/index.ts';

const ROUNDS = 41;
const LINES = 20_000;

const file = openSync('/dev/null', 'w');
// Without a thread that would run at the same time, and a call of the system for each line.
const destination = pino.destination({ dest: file, sync: true, minLength: 16_000 });
const bare = pino({}, destination);
const ours = pino(withErrsight({}), destination);
const fields = { path: '/orders/17', status: 200, user: { id: 42 }, ms: 17.5 };
const error = new Error('it broke');

const CASES: Readonly<Record<string, (logger: pino.Logger) => void>> = {
  "below pino's level": (logger) => logger.debug(fields, 'a line'),
  'info, a message': (logger) => logger.info('a line'),
  'info, four fields': (logger) => logger.info(fields, 'a line'),
  'error with an Error': (logger) => logger.error(error),
};

/** ns for a line. */
function measure(line: (logger: pino.Logger) => void, logger: pino.Logger): number {
  const start = process.hrtime.bigint();
  for (let n = 0; n < LINES; n += 1) line(logger);
  return Number(process.hrtime.bigint() - start) / LINES;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function compare(where: string): void {
  for (const [what, line] of Object.entries(CASES)) {
    const [without, added]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      const own = measure(line, bare);
      without.push(own);
      added.push(measure(line, ours) - own);
    }
    const [base, more] = [median(without), median(added)];
    process.stdout.write(
      `${where}, ${what}: ${base.toFixed(0)} ns, +${more.toFixed(0)} ns (${((100 * more) / base).toFixed(0)} %)\n`,
    );
  }
}

compare('outside of a scope');
withScope((scope) => {
  setUser({ id: 42 });
  scope.setTag('tenant', 'acme');
  compare('inside of a scope');
});
closeSync(file);
