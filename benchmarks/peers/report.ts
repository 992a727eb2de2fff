/** What the run says: on the terminal, as JSON, and as a table in docs/benchmarks.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { Contestant, Kind } from './contestant.ts';
import { CONTESTANTS } from './contestants.ts';
import { FIGURES, type Figure, type Figures } from './figures.ts';
import { CACHE, ROOT } from './install.ts';
import type { Verdict } from './targets.ts';

const KINDS: readonly Kind[] = ['pino', 'winston', 'bunyan', 'direct'];

/** What the first error of a burst had when it arrived, by the name of the contestant. */
export type Contents = ReadonlyMap<string, readonly string[]>;

/** Where the numbers come from. */
export function machine(): string {
  const processors = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const load = loadavg().map((each) => each.toFixed(1));
  return `Node ${process.version}, ${type()} ${release()}, ${processors.length} × ${processors[0]?.model}, ${memory}, load ${load.join(' ')}`;
}

export function printFigures(figures: Figures, contents: Contents): void {
  for (const figure of FIGURES) {
    for (const kind of KINDS) printFigure(figures, figure, kind);
  }
  print('what an error had when it arrived');
  for (const [name, has] of contents) print(`  ${name.padEnd(32)}${has.join(', ')}`);
}

function printFigure(figures: Figures, { key, title, digits }: Figure, kind: Kind): void {
  const measured = CONTESTANTS.filter(
    (each) => each.kind === kind && figures.values(each.name, key).length > 0,
  );
  if (measured.length === 0) return;
  const base = measured.find((each) => each.role === 'base') ?? measured[0];
  print(`${kind}: ${title}`);
  for (const { name } of measured) {
    const { median = NaN, min = NaN, max = NaN } = figures.spread(name, key) ?? {};
    const ratio = base?.name === name ? undefined : figures.ratio(name, base?.name ?? '', key);
    const times = ratio && Number.isFinite(ratio.median) ? `×${ratio.median.toFixed(2)}` : '';
    const spread = `${min.toFixed(digits)} to ${max.toFixed(digits)}`;
    print(
      `  ${name.padEnd(32)}${median.toFixed(digits).padStart(9)}  ${spread.padEnd(20)}${times}`,
    );
  }
}

export function printVerdicts(verdicts: readonly Verdict[]): void {
  print('targets');
  for (const { target, isMet, found } of verdicts) {
    const verdict = isMet === undefined ? 'not measured' : `${isMet ? 'met' : 'NOT MET'}: ${found}`;
    print(`  ${target}: ${verdict}`);
  }
}

/** Returns where the file is. */
export function writeJson(
  figures: Figures,
  contents: Contents,
  verdicts: readonly Verdict[],
): string {
  const file = join(CACHE, 'result.json');
  const versions = Object.fromEntries(CONTESTANTS.map(({ name, packages }) => [name, packages]));
  const result = {
    date: new Date().toISOString(),
    machine: machine(),
    versions,
    figures,
    contents: Object.fromEntries(contents),
    targets: verdicts,
  };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

const BEGIN = '<!-- npm run bench: begin -->';
const END = '<!-- npm run bench: end -->';

/** What the page shows of each contestant. */
const COLUMNS: readonly (readonly [key: string, title: string])[] = [
  ['errors.mainUs', 'main thread, µs an error'],
  ['burst.perSecond', 'delivered each second'],
  ['burst.lost', 'lost of 5,000'],
  ['burst.peakMb', 'peak, MB'],
  ['lines.allMs', '200,000 lines, ms'],
  ['one.ms', 'one error, ms'],
  ['import.ms', 'import, ms'],
  ['size.mb', 'MB'],
  ['size.packages', 'packages'],
];

/** Puts the table between the two marks of the page. */
export function writePage(figures: Figures, contents: Contents): void {
  const file = join(ROOT, 'docs/benchmarks.md');
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error('docs/benchmarks.md has no place for the table');
  const table = tableOf(figures, contents);
  const above = text.slice(0, begin + BEGIN.length);
  writeFileSync(file, `${above}\n\n${table}\n\n${machine()}.\n\n${text.slice(end)}`);
}

function tableOf(figures: Figures, contents: Contents): string {
  const head = ['', ...COLUMNS.map(([, title]) => title), 'arrives with'];
  const rows = CONTESTANTS.map(({ name, role }) => [
    role === 'ours' ? `**${name}**` : name,
    ...COLUMNS.map(([key]) => cell(figures, name, key)),
    (contents.get(name) ?? []).join(', '),
  ]);
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isText = (column: number): boolean => column === 0 || column === head.length - 1;
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .map((each, column) =>
        isText(column) ? each.padEnd(widths[column] ?? 0) : each.padStart(widths[column] ?? 0),
      )
      .join(' | ')} |`;
  // As prettier aligns it.
  const rule = widths.map((width, column) =>
    isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function cell(figures: Figures, name: string, key: string): string {
  const digits = FIGURES.find((figure) => figure.key === key)?.digits ?? 0;
  return figures.spread(name, key)?.median.toFixed(digits) ?? '';
}

/** Versions of what takes part. */
export function printVersions(contestants: readonly Contestant[]): void {
  const all = new Map(contestants.flatMap(({ packages }) => Object.entries(packages)));
  print([...all].map(([name, version]) => `${name} ${version}`).join(', '));
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
