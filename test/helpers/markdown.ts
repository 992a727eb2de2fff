/** What the tests read in pages of Markdown. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './app.ts';

/** Fenced code. */
export interface Block {
  /** `docs/winston.md, Options`, and the number of the block where the heading has several. */
  readonly name: string;
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

function inFolder(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

/** Every page that a reader of this repository may open, by its path. */
export function pages(): readonly string[] {
  const examples = readdirSync(join(ROOT, 'examples')).map((name) => join('examples', name));
  return [...inFolder('.'), ...inFolder('docs'), ...examples.flatMap(inFolder)];
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  const seen = new Map<string, number>();
  let heading = '';
  let open: { language: string; lines: string[] } | undefined;
  for (const line of readPage(page).split('\n')) {
    if (open !== undefined) {
      if (line !== '```') {
        open.lines.push(line);
        continue;
      }
      const place = `${page}, ${heading}`;
      const number = (seen.get(place) ?? 0) + 1;
      seen.set(place, number);
      const name = number === 1 ? place : `${place} (${number})`;
      blocks.push({ name, page, language: open.language, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else if (line.startsWith('```')) open = { language: line.slice(3), lines: [] };
    else heading = /^#+ (.*)/.exec(line)?.[1] ?? heading;
  }
  if (open !== undefined) throw new Error(`${page}: a block of code does not end`);
  return blocks;
}

/** The page without its fenced code. */
export function proseOf(page: string): string {
  return readPage(page).replaceAll(/^```[^]*?^```$/gm, '');
}

/** What GitHub makes of the headings of a page. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(headings);
}

/** The rows of the first table under a heading, cell by cell, without its head. */
export function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
  const lines = proseOf(page).split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.endsWith(` ${heading}`));
  if (start === -1) throw new Error(`${page} has no heading "${heading}"`);
  const first = lines.findIndex((line, index) => index > start && line.startsWith('|'));
  const rest = lines.slice(first);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(2, end === -1 ? undefined : end).map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
