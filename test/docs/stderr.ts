/** What the sources can print on stderr, as templates: `…` stands for what is only known later. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../helpers/app.ts';

/** What is no text in the call: a line of somebody else's is handed on, or it is made by a function. */
const HANDED_ON = new Set([
  'error.problem',
  'message',
  'news',
  'problem',
  'report',
  'seq, delivered',
  'seq, false',
]);

/** Functions and variables in which lines are made, by the file. */
const MAKERS: Readonly<Record<string, readonly string[]>> = {
  'src/delivery/news.ts': ['takeOver(): '],
  'src/delivery/trouble.ts': ['function refusal(', 'function troubleOf('],
  'src/pipeline/start.ts': ['function describeStart('],
};
const MADE = new Set(['describeStart(config, door, release)']);

/** The reporter's own methods, and what leads to them where there is no reporter. */
const METHODS = /\.(?:warn|last|debug)\(/g;
const WITHOUT = /(?:\.say|[#.]tell|\breport)\(/g;

export interface Voices {
  readonly templates: readonly string[];
  /** Calls whose line is found nowhere. */
  readonly unknown: readonly string[];
  /** The files that make a reporter. */
  readonly speakers: readonly string[];
}

export function voices(): Voices {
  const templates = new Set<string>();
  const unknown: string[] = [];
  const speakers: string[] = [];
  for (const file of sources()) {
    const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/^ *(?:\/\/|\/?\*).*$/gm, '');
    if (/(?<!function )createReporter\(/.test(text)) speakers.push(file);
    for (const [call, given] of callsIn(file, text)) {
      const [template] = templatesOf(given);
      if (template !== undefined) templates.add(template);
      else if (!HANDED_ON.has(given) && !MADE.has(given)) unknown.push(`${file}: ${call}${given})`);
    }
    for (const maker of MAKERS[file] ?? []) {
      const start = text.indexOf(maker);
      const end = text.slice(start).search(maker.startsWith('const') ? /;$/m : /^ {0,2}\}/m);
      if (start === -1 || end === -1) unknown.push(`${file}: ${maker}`);
      const body = text.slice(start, start + end);
      const constants = new Map(
        [...body.matchAll(/const (\w+) = '([^']*)';/g)].map(([, name = '', value = '']) => [
          name,
          value,
        ]),
      );
      for (const each of body.split(/\breturn\b/).slice(maker.startsWith('const') ? 0 : 1)) {
        for (const template of templatesOf(each, constants)) templates.add(template);
      }
    }
  }
  return { templates: [...templates], unknown, speakers };
}

function sources(): readonly string[] {
  return ['src', 'transports'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.c?ts$/.test(name))
      .map((name) => join(folder, name))
      // The commands have a terminal of their own.
      .filter((name) => !/^src[\\/](?:dev|cli)[\\/]/.test(name) && name !== 'src/lib/report.ts'),
  );
}

function* callsIn(file: string, text: string): Generator<readonly [call: string, given: string]> {
  const isSilent = !/^src\/(?:delivery|event)\//.test(file);
  for (const pattern of isSilent ? [METHODS] : [METHODS, WITHOUT]) {
    for (const match of text.matchAll(pattern)) {
      const given = enclosed(text, match.index + match[0].length);
      // A declaration has types.
      if (/^\w+: \w+/.test(given)) continue;
      // What is told is said by its second argument.
      const isNamed = match[0].includes('tell') && /^(?:name|'|`)/.test(given);
      const said = isNamed ? given.replace(/^(?:name|'[^']*'|`[^`]*`),\s*/, '') : given;
      yield [match[0], said.replace(/,\s*now$/, '')];
    }
  }
}

/** What stands between a bracket and the one that closes it. */
function enclosed(text: string, start: number): string {
  let depth = 1;
  let end = start;
  while (depth > 0 && end < text.length) {
    const quoted = /^(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)/.exec(
      text.slice(end),
    );
    if (quoted !== null) {
      end += quoted[0].length;
      continue;
    }
    if (text[end] === '(') depth += 1;
    if (text[end] === ')') depth -= 1;
    end += 1;
  }
  return text
    .slice(start, end - 1)
    .trim()
    .replace(/,$/, '');
}

const LITERAL = /'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`/g;

/** The texts of an expression; those that are joined by `+` are one. */
function templatesOf(expression: string, constants?: ReadonlyMap<string, string>): string[] {
  const joined = expression.replaceAll(/(['"`])\s*\+\s*(['"`])/g, (_, a: string, b: string) =>
    a === b ? '' : '\u0000',
  );
  const texts = [...joined.matchAll(LITERAL)].map(([, single, double, template]) =>
    (single ?? double ?? template ?? '')
      .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => constants?.get(name) ?? whole)
      .replaceAll(/\$\{[^}]*\}/g, '…')
      .replaceAll('\\`', '`'),
  );
  const whole = joined.includes('\u0000') ? [texts.join('')] : texts;
  return whole.filter((text) => text.includes(' ') || text.includes(': '));
}
