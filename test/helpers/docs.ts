import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './app.ts';

/** By the first cell of a row, and then by the heading of a column in small letters. */
export type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The table of a file whose first heading this is. */
export function tableIn(file: string, heading: string): Table {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const begin = lines.findIndex((line) => line.startsWith('|') && cellsOf(line)[0] === heading);
  if (begin === -1) throw new Error(`${file} has no table that begins with "${heading}"`);
  const after = lines.slice(begin);
  const end = after.findIndex((line) => !line.startsWith('|'));
  const [[, ...columns] = [], , ...rows] = after.slice(0, end).map(cellsOf);
  return Object.fromEntries(
    rows.map(([first = '', ...cells]) => [
      first,
      Object.fromEntries(columns.map((name, index) => [name.toLowerCase(), cells[index] ?? ''])),
    ]),
  );
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}
