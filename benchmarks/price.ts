/**
 * What we add to a line, a warning, a repeat and a request on the main thread, each against the same
 * without us in the same run: `npm run bench:price`, and a part of `npm run bench`. A process for each case,
 * by turns; the median of each. Requests are measured on Node 20 and 24.
 * `-- --turns 9`: default 5. `-- --only request`: those with this in their names.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printVerdicts } from './peers/report.ts';
import type { Verdict } from './peers/targets.ts';
import { NODES, nodeOf } from './price/nodes.ts';
import { countingServer } from './price/told.ts';

interface Comparison {
  readonly what: string;
  readonly ours: string;
  readonly base: string;
  /** The major version of Node. Default: this one. */
  readonly node?: string;
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
  ...NODES.flatMap((node) => [
    { what: 'a request', ours: 'request init', base: 'request floor', node, times: 1.04 },
    { what: 'a request', ours: 'request withErrsight', base: 'request floor', node, times: 1.08 },
  ]),
];

/** Cases of which each error has to be told of, and how many errors they make with the last one. */
const STORMS = ['errsight/winston error', 'errsight/bunyan error', 'captureException error'];
const ERRORS = 120_001;

const REQUESTS = 8_000;
const WARM_UP = 4_000;
/** Connections at a time. */
const CONNECTIONS = 20;

function start(name: string, node?: string, url?: string): ChildProcess {
  const file = fileURLToPath(new URL('price/case.js', import.meta.url));
  return fork(file, url === undefined ? [name] : [name, url], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    ...(node !== undefined && { execPath: nodeOf(node) }),
  });
}

async function answerOf(child: ChildProcess): Promise<Readonly<Record<string, number>>> {
  const [answer] = (await once(child, 'message')) as [Readonly<Record<string, number>>];
  return answer;
}

async function requestCase(name: string, node?: string): Promise<number> {
  const child = start(name, node);
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

/** Whether the server is told of each error of a storm. */
async function judgeStorm(name: string): Promise<Verdict> {
  const server = await countingServer();
  const child = start(name, undefined, server.url);
  await once(child, 'exit');
  server.close();
  return {
    target: `${name}: all of 100,000 repeats are in the counts`,
    isMet: server.told() === ERRORS,
    found: `${server.told()} of ${ERRORS}`,
  };
}

async function run({ name, node }: Process): Promise<number> {
  if (name.startsWith('request ')) return requestCase(name, node);
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
  const processes = new Map<string, Process>(
    wanted.flatMap(({ ours, base, node }) =>
      [base, ours].map((name) => [keyOf(name, node), { name, node }] as const),
    ),
  );
  const found = new Map<string, number[]>([...processes.keys()].map((key) => [key, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [key, each] of processes) found.get(key)?.push(await run(each));
  }
  const storms: Verdict[] = [];
  for (const name of STORMS) if (name.includes(only)) storms.push(await judgeStorm(name));
  const verdicts = wanted.map(({ what, ours, base, node, times, perSecond }) => {
    const [own = NaN, bare = NaN] = [ours, base].map((name) =>
      median(found.get(keyOf(name, node)) ?? []),
    );
    const on = node === undefined ? '' : ` on Node ${node}`;
    const measured = `${bare.toFixed(2)} µs alone, ${own.toFixed(2)} with us`;
    if (times !== undefined) {
      const ratio = own / bare;
      return {
        target: `${ours}: ${what}${on}: at most ×${times.toFixed(2)} of ${base}`,
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
  return [...verdicts, ...storms];
}

interface Process {
  readonly name: string;
  readonly node: string | undefined;
}

function keyOf(name: string, node: string | undefined): string {
  return node === undefined ? name : `${name} ${node}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      turns: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
    },
  });
  printVerdicts(await judgePrices(Number(values.turns), values.only));
}
