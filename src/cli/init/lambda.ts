/** Functions that AWS Lambda calls by their names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOfStatement } from './code.ts';
import { importLine, type Plan } from './plan.ts';
import { shown, type Project } from './project.ts';
import type { Source } from './source.ts';

/** Files that say which functions are handlers: those of the Serverless Framework and of SAM. */
const SAID_IN = /^(?:serverless\.(?:ya?ml|json|[cm]?[jt]s)|(?:template|sam)\.ya?ml)$/;
/** `handler: src/hello.main`: a file without its ending, and the name of an export. */
const SAID = /^\s*['"]?handler['"]?\s*:\s*['"]?([\w./-]+)\.([\w$]+)['"]?\s*,?\s*$/gim;
/** The folder of a function of SAM. */
const CODE_FOLDERS = /^\s*CodeUri\s*:\s*['"]?([\w./-]+)['"]?\s*$/gim;

/** A function, by its file and its name. */
export interface Handler {
  readonly source: Source;
  readonly name: string;
}

/** The functions that the files of the project name, else those with the usual name. */
export function handlersOf(project: Project, hasFramework: boolean): Handler[] {
  const { folder, sources, files } = project;
  const found: Handler[] = [];
  for (const file of files.filter((name) => SAID_IN.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const folders = ['', ...[...text.matchAll(CODE_FOLDERS)].map(([, at = '']) => at)];
    for (const [, path = '', name = ''] of text.matchAll(SAID)) {
      const source = sources.find((each) =>
        folders.some((at) => each.path.replace(/\.[cm]?[jt]sx?$/, '') === join(folder, at, path)),
      );
      const isKnown = found.some((each) => each.source === source && each.name === name);
      if (source !== undefined && !isKnown) found.push({ source, name });
    }
  }
  // A function that a framework's route calls often has this name as well.
  if (found.length > 0 || hasFramework) return found;
  return sources
    .filter((source) => isFunction(source) || formOf(source, 'handler') === 'declared')
    .map((source) => ({ source, name: 'handler' }));
}

type Form =
  | { readonly start: number; readonly end: number }
  /** A declaration, which can't be wrapped in a call. */
  | 'declared';

function formOf({ code }: Source, name: string): Form | undefined {
  const assigned = new RegExp(
    String.raw`^(?:export\s+const\s+${name}\b[^=\n]*=\s*|(?:module\.)?exports\.${name}\s*=\s*)`,
    'm',
  ).exec(code);
  if (assigned !== null) {
    const start = assigned.index + assigned[0].length;
    const end = endOfStatement(code, start);
    return { start, end: code[end - 1] === ';' ? end - 1 : end };
  }
  const isDeclared = new RegExp(String.raw`^export\s+(?:async\s+)?function\s+${name}\b`, 'm');
  return isDeclared.test(code) ? 'declared' : undefined;
}

function isFunction(source: Source): boolean {
  const form = formOf(source, 'handler');
  if (typeof form !== 'object') return false;
  return /^(?:async\b|\(|function\b|[\w$]+\s*=>)/.test(source.code.slice(form.start));
}

/** Wraps a function, or prints how to do it. */
export function placeHandler(project: Project, { source, name }: Handler, plan: Plan): void {
  const where = shown(project, source.path);
  const form = formOf(source, name);
  if (typeof form === 'object') {
    source.insert(form.start, 'wrapHandler(');
    source.insert(form.end, ')');
    source.use('errsight', 'wrapHandler');
    plan.done.push(`the handler ${name === 'handler' ? '' : `${name} `}in ${where}`);
    return;
  }
  const isModule = source.style === 'import';
  plan.advice.push({
    what: `${where}: make the handler of AWS Lambda a constant, so:`,
    lines: [
      importLine(source, 'errsight', 'wrapHandler'),
      `${isModule ? `export const ${name}` : `exports.${name}`} = wrapHandler(async (event, context) => { … });`,
    ],
  });
}
