/**
 * What 200,000 log lines below the threshold cost the whole process, all threads together, against
 * pino's own worker transport that writes to /dev/null: `npm run bench:lines`. One process for each
 * run, the cases by turns; the exit code says whether the trail stays within its share.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pino from 'pino';

const LINES = 200_000;
const RUNS = 9;
/** Times the cost of pino's own worker transport, with the trail on. */
const ALLOWED = 1.1;

const KEY = `elp_${'0'.repeat(48)}`;
/** Nobody listens there; nothing is sent either. */
const options = { apiKey: KEY, host: 'http://127.0.0.1:9', minLevel: 'error' };

const CASES: Readonly<Record<string, Parameters<typeof pino.transport>[0]>> = {
  'pino/file': { target: 'pino/file', options: { destination: '/dev/null' } },
  'errsight/pino, trail on': { target: 'errsight/pino', options },
  'errsight/pino, trail off': {
    target: 'errsight/pino',
    options: { ...options, breadcrumbLevel: 'error' },
  },
};

/** Logs the lines, and prints the CPU time of the process in µs, until all of them have been read. */
async function measure(name: string): Promise<void> {
  const transport = pino.transport(CASES[name] as { target: string });
  const logger = pino({}, transport);
  for (let line = 0; line < LINES; line += 1) {
    logger.info({ line, path: '/orders/17', userAgent: 'curl/8.5.0' }, 'request completed');
    // As much as a busy server logs at once.
    if (line % 100 === 99) await new Promise(setImmediate);
  }
  // pino's worker keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  transport.end();
  await once(transport, 'close');
  clearInterval(alive);
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${user + system}`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function compare(): void {
  const self = fileURLToPath(import.meta.url);
  const names = Object.keys(CASES);
  const taken = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let run = 0; run < RUNS; run += 1) {
    for (const name of names) {
      const us = Number(execFileSync(process.execPath, [self, name], { encoding: 'utf8' }));
      taken.get(name)?.push(us / 1_000);
    }
  }
  const base = taken.get('pino/file') ?? [];
  for (const [name, times] of taken) {
    const ratios = times.map((time, run) => time / (base[run] ?? NaN));
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    const ratio = median(ratios);
    const verdict =
      name === 'errsight/pino, trail on'
        ? `: at most ${ALLOWED} allowed, ${ratio <= ALLOWED ? 'met' : 'NOT MET'}`
        : '';
    process.stdout.write(
      `${name}: ${median(times).toFixed(0)} ms, x${ratio.toFixed(2)} (${spread})${verdict}\n`,
    );
    if (verdict.includes('NOT')) process.exitCode = 1;
  }
}

const [name] = process.argv.slice(2);
if (name === undefined) compare();
else await measure(name);
