/**
 * What we add to a line, a warning, a repeat and a request on the main thread, each against the same
 * without us in the same run: `npm run bench:price`, and a part of `npm run bench`. A process for each case,
 * by turns; the median of each. `-- --turns 9`: default 5. `-- --only request`: those with this in their names.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Verdict } from './peers/targets.ts';

interface Comparison {
  readonly what: string;
  readonly ours: string;
  readonly base: string;
  /** How many times the base it may cost at most. */
  readonly times?: number;
  /** Or how many there have to be for each second of CPU, without what the base costs. */
  readonly perSecond?: number;
}

const COMPARISONS: readonly Comparison[] = [
  { what: 'a line below the threshold', ours: 'withErrsight line', base: 'pino line', times: 1.02 },
  {
    what: 'a warning with 50 breadcrumbs',
    ours: 'withErrsight warning',
    base: 'pino warning',
    times: 1.1,
  },
  ...['winston', 'bunyan'].map((logger) => ({
    what: '100,000 repeats of one issue',
    ours: `errsight/${logger} error`,
    base: `${logger} error`,
    perSecond: 50_000,
  })),
  {
    what: '100,000 repeats of one issue',
    ours: 'captureException error',
    base: 'error',
    perSecond: 50_000,
  },
  { what: 'a request', ours: 'request init', base: 'request floor', times: 1.04 },
  { what: 'a request', ours: 'request withErrsight', base: 'request floor', times: 1.08 },
];

const REQUESTS = 8_000;
const WARM_UP = 4_000;
/** Connections at a time. */
const CONNECTIONS = 20;

function start(name: string): ChildProcess {
  const file = fileURLToPath(new URL('price/case.js', import.meta.url));
  return fork(file, [name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
}

async function answerOf(child: ChildProcess): Promise<Readonly<Record<string, number>>> {
  const [answer] = (await once(child, 'message')) as [Readonly<Record<string, number>>];
  return answer;
}

async function requestCase(name: string): Promise<number> {
  const child = start(name);
  const { port = 0 } = await answerOf(child);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  await ask(agent, port, WARM_UP);
  const before = await cpuOf(child);
  await ask(agent, port, REQUESTS);
  const used = (await cpuOf(child)) - before;
  agent.destroy();
  child.disconnect();
  return used / REQUESTS;
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  return (await answerOf(child))['cpu'] ?? NaN;
}

async function ask(agent: Agent, port: number, count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await new Promise<void>((resolve, reject) => {
        get({ agent, port, host: '127.0.0.1', path: '/orders/17' }, (response) => {
          response.resume().once('end', resolve);
        }).once('error', reject);
      });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

async function run(name: string): Promise<number> {
  if (name.startsWith('request ')) return requestCase(name);
  const child = start(name);
  const ended = once(child, 'exit');
  const { us = NaN } = await answerOf(child);
  await ended;
  return us;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Measures all whose names have `only` in them, and says what is met. */
export async function judgePrices(turns: number, only = ''): Promise<readonly Verdict[]> {
  const wanted = COMPARISONS.filter(({ ours }) => ours.includes(only));
  const names = [...new Set(wanted.flatMap(({ ours, base }) => [base, ours]))];
  const found = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const name of names) found.get(name)?.push(await run(name));
  }
  const us = (name: string): number => median(found.get(name) ?? []);
  return wanted.map(({ what, ours, base, times, perSecond }) => {
    const [own, bare] = [us(ours), us(base)];
    const measured = `${bare.toFixed(2)} µs alone, ${own.toFixed(2)} with us`;
    if (times !== undefined) {
      const ratio = own / bare;
      return {
        target: `${ours}: ${what}: at most ×${times.toFixed(2)} of ${base}`,
        isMet: ratio <= times,
        found: `×${ratio.toFixed(2)} (${measured})`,
      };
    }
    const each = 1_000_000 / (own - bare);
    return {
      target: `${ours}: ${what}: at least ${perSecond} for each second that we take`,
      isMet: each >= (perSecond ?? 0),
      found: `${each.toFixed(0)} (${measured})`,
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      turns: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
    },
  });
  for (const { target, isMet, found } of await judgePrices(Number(values.turns), values.only)) {
    process.stdout.write(`${target}: ${isMet === true ? 'met' : 'NOT MET'}: ${found}\n`);
  }
}
