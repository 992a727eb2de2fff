import type { Finder, Hide } from './finder.ts';
import { isHidden } from '../hidden.ts';
import { SIGN } from './signs.ts';
import type { Judge, Verdict } from '../names.ts';

/** A frame of a stack: tables stand in front of them. */
const FRAME = '\n    at ';
/** The most lines that are tried as the first one of a table, their most units, and the most names in one. */
const [LINES, WIDTH, NAMES] = [60, 1_000, 60];
/** The most rows that are read: a text that an event keeps has fewer. */
const ROWS = 5_000;
const DELIMITERS = [',', '\t', '|', ';', '\u2502'] as const;
/** A text with a delimiter has one of these signs. */
const DELIMITING = SIGN.comma | SIGN.blank | SIGN.bar | SIGN.semicolon | SIGN.wide;
const NAME = /^\(index\)$|^["'`]?[\p{L}_][\p{L}\p{N}_.-]{0,60}(?: [\p{L}\p{N}_.-]{1,40})?["'`]?$/u;
/** The line between the names and the rows in Markdown, psql, mysql and console.table. */
const RULE = /^[\s|+:=\u2500-\u257f-]{3,1000}$/;
const EMPTY = /^["'`]?(?:null|nil|none|n\/a|undefined|\\N|-{1,3})?["'`]?$/i;

interface Cell {
  readonly start: number;
  readonly end: number;
}

/** Values in rows under a line of names: CSV, TSV, Markdown, and what psql and mysql print. */
export const findTables: Finder = (text, hide, judge, signs) => {
  if ((signs & DELIMITING) === 0) return;
  const frame = text.indexOf(FRAME);
  const end = frame === -1 ? text.length : frame;
  let line = 0;
  for (let count = 0; count < LINES && line < end; count += 1) {
    const stop = text.indexOf('\n', line);
    if (stop === -1 || stop >= end) return;
    const next = stop - line > WIDTH ? undefined : tableAt(text, line, stop, end, hide, judge);
    line = next ?? stop + 1;
  }
};

/** Hides the cells in columns of secrets; returns where the table ends, undefined if there is none. */
function tableAt(
  text: string,
  line: number,
  stop: number,
  end: number,
  hide: Hide,
  judge: Judge,
): number | undefined {
  if (!judge.mayDeny(text, line, stop)) return undefined;
  for (const delimiter of DELIMITERS) {
    if (!text.slice(line, stop).includes(delimiter)) continue;
    const names = cellsOf(text, line, stop, delimiter).map((cell) =>
      text.slice(cell.start, cell.end),
    );
    if (names.length > NAMES || !areNames(names, delimiter)) continue;
    const verdicts = names.map((name) => judge(name.replace(/["'`]/g, '')));
    if (verdicts.every((verdict) => verdict === 'open')) continue;
    return rowsAt(text, stop + 1, end, delimiter, verdicts, hide);
  }
  return undefined;
}

/** Whether all cells are names. If bars separate them, the first and the last one may be empty. */
function areNames(names: readonly string[], delimiter: string): boolean {
  const isBar = delimiter === '|' || delimiter === '\u2502';
  const within = isBar
    ? names.filter((name, at) => name !== '' || (at > 0 && at < names.length - 1))
    : names;
  return (isBar ? names.length : within.length) > 1 && within.every((name) => NAME.test(name));
}

function rowsAt(
  text: string,
  from: number,
  end: number,
  delimiter: string,
  verdicts: readonly Verdict[],
  hide: Hide,
): number {
  let line = from;
  for (let row = 0; row < ROWS && line < end; row += 1) {
    const found = text.indexOf('\n', line);
    const stop = found === -1 ? end : Math.min(found, end);
    if (stop - line > 2 * WIDTH || !RULE.test(text.slice(line, stop))) {
      const cells = cellsOf(text, line, stop, delimiter);
      // A cut may have taken its last cells.
      if (cells.length < 2 || (cells.length !== verdicts.length && stop !== text.length))
        return line;
      for (const [index, cell] of cells.entries()) {
        const value = text.slice(cell.start, cell.end);
        const verdict = verdicts[index] ?? 'open';
        if (EMPTY.test(value) || !isHidden(verdict, value)) continue;
        hide(cell.start, cell.end);
      }
    }
    line = stop + 1;
  }
  return line;
}

/** The cells of a line, without blanks and quotes around them. A delimiter in quotes is part of a cell. */
function cellsOf(text: string, line: number, stop: number, delimiter: string): Cell[] {
  const cells: Cell[] = [];
  for (let start = line; start <= stop;) {
    let end = text.indexOf(delimiter, start);
    if (end === -1 || end > stop) end = stop;
    const quote = /["']/.exec(text.charAt(start))?.[0];
    if (quote !== undefined) {
      const close = text.indexOf(`${quote}${delimiter}`, start + 1);
      const isLast = close === -1 || close > stop;
      end = isLast ? stop : close + 1;
    }
    cells.push(trimmed(text, start, end));
    start = end + 1;
  }
  return cells;
}

function trimmed(text: string, from: number, to: number): Cell {
  let [start, end] = [from, to];
  while (start < end && text.charCodeAt(start) <= 32) start += 1;
  while (end > start && text.charCodeAt(end - 1) <= 32) end -= 1;
  const sign = text.charAt(start);
  const isQuoted = '"\'`'.includes(sign) && end - start > 1 && text.charAt(end - 1) === sign;
  return isQuoted ? { start: start + 1, end: end - 1 } : { start, end };
}
