/**
 * Ours beside others that bring errors or log lines from Node to a server: `npm run bench`. One
 * process for each case, the server in another, the contestants by turns, so that what else the
 * machine does meets all of them.
 *
 *   npm run bench -- --quick                 one turn, and the page stays as it is
 *   npm run bench -- --kind pino             only what belongs to pino
 *   npm run bench -- --measure lines         only one of: errors, burst, lines, one, import
 *   npm run bench -- --turns 9               default 3
 */
import { parseArgs } from 'node:util';
import { CONTESTANTS } from './peers/contestants.ts';
import { Figures } from './peers/figures.ts';
import { installAll, packagesIn } from './peers/install.ts';
import { MEASURES, type MeasureName } from './peers/measures.ts';
import {
  machine,
  print,
  printFigures,
  printVerdicts,
  printVersions,
  writeJson,
  writePage,
} from './peers/report.ts';
import { runCase, runImport } from './peers/run.ts';
import { startTarget } from './peers/target.ts';
import { judge } from './peers/targets.ts';
import { judgeMemory } from './memory.ts';
import { judgePrices } from './price.ts';
import type { Contestant } from './peers/contestant.ts';

/** Short ones are repeated within a turn: their spread is the largest. */
const REPEATED: Readonly<Record<string, number>> = { one: 2, import: 3 };
/** Figures of what has arrived. */
const DELIVERIES: ReadonlySet<string> = new Set(['lost', 'perSecond', 'perCpuSecond']);

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    kind: { type: 'string' },
    measure: { type: 'string' },
    turns: { type: 'string', default: '3' },
  },
});
const isPartial = options.quick || options.kind !== undefined || options.measure !== undefined;
const turns = options.quick ? 1 : Number(options.turns);
const measures = [...Object.keys(MEASURES), 'import'].filter(
  (name) => options.measure === undefined || name === options.measure,
);

const contestants = CONTESTANTS.filter(
  ({ kind }) => options.kind === undefined || kind === options.kind,
);
if (contestants.length === 0) throw new Error(`nothing is of the kind ${options.kind}`);
if (measures.length === 0) throw new Error(`nothing measures ${options.measure}`);

print(machine());
printVersions(contestants);
print('installing what is not there yet');
const folders = installAll(contestants);
const figures = new Figures();
const contents = new Map<string, readonly string[]>();
const failed = new Set<string>();
const target = await startTarget();
const started = performance.now();
try {
  for (let turn = 0; turn < turns; turn += 1) {
    for (const measure of measures) {
      for (let time = 0; time < (REPEATED[measure] ?? 1); time += 1) await takeTurn(measure);
      const seconds = (performance.now() - started) / 1_000;
      print(`turn ${turn + 1} of ${turns}, ${measure}: ${seconds.toFixed(0)} s`);
    }
  }
} finally {
  target.close();
}
for (const contestant of contestants) addSize(contestant);

// What no peer is compared with, unless only a part was asked for.
const rest = isPartial ? [] : [...(await judgePrices(turns)), ...(await judgeMemory())];
const verdicts = [...judge(figures), ...rest];
printFigures(figures, contents);
printVerdicts(verdicts);
print(`written: ${writeJson(figures, contents, verdicts)}`);
if (!isPartial && failed.size === 0) writePage(figures, contents);
print(machine());
if (verdicts.some(({ isMet }) => isMet === false)) process.exitCode = 1;

async function takeTurn(measure: string): Promise<void> {
  if (measure === 'import') await takeImports();
  else await takeCases(measure as MeasureName);
}

async function takeImports(): Promise<void> {
  const [first] = folders.values();
  const bare = await runImport(undefined, first ?? '.');
  for (const contestant of contestants) {
    if (contestant.only !== undefined) continue;
    const took = await attempt(`${contestant.name}, import`, () =>
      runImport(contestant.module, folderOf(contestant)),
    );
    if (took === undefined) continue;
    figures.add(contestant, 'import.ms', took.ms - bare.ms);
    figures.add(contestant, 'import.cpuMs', took.cpuMs - bare.cpuMs);
  }
}

async function takeCases(measure: MeasureName): Promise<void> {
  for (const contestant of contestants) {
    const hasLines = contestant.kind !== 'direct';
    if (contestant.only !== undefined && contestant.only !== measure) continue;
    if (measure === 'lines' && !hasLines) continue;
    const outcome = await attempt(`${contestant.name}, ${measure}`, () =>
      runCase(contestant, measure, folderOf(contestant), target),
    );
    if (outcome === undefined) continue;
    for (const [name, value] of Object.entries(outcome.figures)) {
      // What writes to nowhere loses nothing, and delivers nothing.
      if (contestant.role === 'base' && DELIVERIES.has(name)) continue;
      figures.add(contestant, `${measure}.${name}`, value);
    }
    if (measure === 'burst' && outcome.has.length > 0) contents.set(contestant.name, outcome.has);
  }
}

/**
 * One that fails is not tried again, so that the values of all the others stay side by side; the run
 * says so, has failed, and goes on.
 */
async function attempt<T>(name: string, measure: () => Promise<T>): Promise<T | undefined> {
  if (failed.has(name)) return undefined;
  try {
    return await measure();
  } catch (error) {
    failed.add(name);
    print(`FAILED ${(error as Error).message}`);
    process.exitCode = 1;
    return undefined;
  }
}

/** What comes with a contestant beside the logger that it is for. */
function addSize(contestant: Contestant): void {
  if (contestant.role === 'base' || contestant.only !== undefined) return;
  const base = contestants.find(({ kind, role }) => kind === contestant.kind && role === 'base');
  const others = base === undefined ? new Map() : packagesIn(folderOf(base));
  const added = [...packagesIn(folderOf(contestant))].filter(([name]) => !others.has(name));
  const bytes = added.reduce((sum, [, size]) => sum + size, 0);
  figures.add(contestant, 'size.mb', bytes / 1_000_000);
  figures.add(contestant, 'size.packages', added.length);
}

function folderOf(contestant: Contestant): string {
  return folders.get(contestant) ?? '';
}
