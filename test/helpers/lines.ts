import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SIGNS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** The lines of a file of the tests, in which ends of lines are written as in JSON. */
export function linesOf(file: `${string}.txt`): readonly string[] {
  return rawLinesOf(file).map((line) =>
    line.replace(/\\(\\n|\\r|[nrt])/g, (_, sign: string) => SIGNS[sign] ?? sign),
  );
}

/** The same as they are written. */
export function rawLinesOf(file: `${string}.txt`): readonly string[] {
  const url = new URL(`../../../../test/${file}`, import.meta.url);
  return readFileSync(fileURLToPath(url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
