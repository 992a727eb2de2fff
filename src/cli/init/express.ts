/** Express 4: the line has to stand behind the routes and in front of each possible error handler. */
import { closingOf, endOfStatement, partsOf, type Range } from './code.ts';
import { madeBy, type Made } from './made.ts';
import { parametersAt, type Names } from './names.ts';
import { importLine, type Plan } from './plan.ts';
import { shown, type Project } from './project.ts';
import type { Source } from './source.ts';

/** What a statement adds to an application. */
type Kind = 'route' | 'middleware' | 'handler' | 'unknown';

interface Statement {
  readonly index: number;
  readonly end: number;
  readonly kind: Kind;
}

const HANDLER_PARAMETERS = 4;
const CALLS = 'use|get|post|put|patch|delete|del|all|head|options|route|param';
const SAYS_ERROR = /err|exception|fail|problem|boom|celebrate/i;
const SAYS_ROUTE = /rout|controller|endpoint|api\b/i;

/** Places the line or prints advice. Returns true if it did one of the two. */
export function placeExpress(project: Project, source: Source, plan: Plan, names: Names): boolean {
  const name = source.nameOf('express', 'default');
  const made = name === undefined ? undefined : madeBy(source, String.raw`${name}\s*\(\s*\)`);
  if (made === undefined) return false;
  const where = shown(project, source.path);
  const app = made.inMethods;
  const at = app === undefined ? 'its name is not seen' : placeFor(source, app, made, names);
  const elsewhere = otherUser(project, source, made, names);
  if (typeof at !== 'string' && elsewhere === undefined) {
    const line = `captureErrors(${app});`;
    if (typeof at === 'number') source.addLineBefore(at, line);
    else source.addLine(at.end, line, at.index);
    source.use('errsight', 'captureErrors');
    plan.done.push(`Express in ${where}`);
    return true;
  }
  const why = elsewhere ?? (typeof at === 'string' ? at : '');
  plan.advice.push({
    what: `${where}: behind the routes, in front of your own error handlers, add (not done here: ${why}):`,
    lines: [importLine(source, 'errsight', 'captureErrors'), `captureErrors(${app ?? 'app'});`],
  });
  return true;
}

/** Says so if the line is there but behind an error handler, where no error would reach it. */
export function checkExpress(project: Project, source: Source, plan: Plan, names: Names): void {
  const name = source.nameOf('express', 'default');
  const app = name && madeBy(source, String.raw`${name}\s*\(\s*\)`)?.inMethods;
  if (app === undefined || app === '') return;
  const line = new RegExp(String.raw`\bcaptureErrors\s*\(\s*${app}\s*\)`).exec(source.code);
  if (line === null) return;
  const first = statementsOf(source, app, names).find(({ kind }) => kind === 'handler');
  if (first === undefined || first.index > line.index) return;
  const handler = source.text.slice(first.index, first.end).split('\n', 1)[0] ?? '';
  plan.advice.push({
    what: `${shown(project, source.path)}: captureErrors(${app}) comes too late. Move it in front of:`,
    lines: [handler.trim()],
  });
}

/** The place in front of which the line goes, or the statement behind which it goes, or why neither is found. */
function placeFor(
  source: Source,
  app: string,
  made: Made,
  names: Names,
): number | Statement | string {
  const statements = statementsOf(source, app, names);
  const isMethod = app.startsWith('this.');
  const handler = statements.findIndex(({ kind }) => kind === 'handler');
  const lastRoute = statements.findLastIndex(({ kind }) => kind === 'route');
  const found = statements[handler];
  if (found !== undefined) {
    // The order of methods in the file says nothing about the order of their calls.
    if (lastRoute > handler && !isMethod) return 'an error handler stands between the routes';
    const unknown = statements
      .slice(isMethod ? handler : lastRoute + 1, handler)
      .find(({ kind }) => kind === 'unknown');
    return unknown === undefined
      ? outOfBranches(source, found.index)
      : `what ${quoted(source, unknown)} adds is not seen`;
  }
  const unknown = statements.slice(lastRoute + 1).find(({ kind }) => kind === 'unknown');
  if (unknown !== undefined) return `what ${quoted(source, unknown)} adds is not seen`;
  const last = statements.at(-1);
  const after = last?.end ?? made.end;
  const own = app.replace('.', String.raw`\s*\.\s*`);
  const end = new RegExp(
    String.raw`^[ \t]*(?:(?:export\s+)?(?:const|let|var)\s+[\w$]+[^=\n]*=\s*|this\.[\w$]+\s*=\s*|await\s+|return\s+)?(?:${own}\s*\.\s*listen\s*\(|(?:https?\.)?createServer\s*\([^)]*${own}\b|(?:module\.)?exports\b[^\n]*\b${own}\b|export\s+default\s+${own}\b|export\s*\{[^}]*\b${own}\b|[\w$.]+\s*\(\s*${own}\s*\)|${own}\s*;?\s*$)`,
    'gm',
  );
  end.lastIndex = after;
  const stop = end.exec(source.code);
  if (stop === null) {
    // Behind this statement the application is only started.
    const rest = new RegExp(String.raw`(?<![\w$.])${own}(?![\w$])(?!\s*\.\s*(?:listen|set)\b)`);
    const isLast = last !== undefined && !rest.test(source.code.slice(after));
    if (isLast && outOfBranches(source, last.index) === last.index) return last;
    return 'where its routes end is not seen';
  }
  return stop.index + (/^\s*/.exec(stop[0])?.[0].length ?? 0);
}

function quoted(source: Source, { index, end }: Statement): string {
  const line = source.text.slice(index, end).split('\n', 1)[0]?.trim() ?? '';
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** The place in front of the `if` around an index. */
function outOfBranches({ code }: Source, at: number): number {
  let place = at;
  for (;;) {
    let depth = 0;
    let open = place - 1;
    for (; open >= 0 && depth <= 0; open -= 1) {
      if (')]}'.includes(code[open] ?? '')) depth -= 1;
      else if ('([{'.includes(code[open] ?? '')) depth += 1;
    }
    const before = depth > 0 ? code.slice(0, open + 1) : '';
    const branch = /(?:^|\n)[ \t]*((?:\}\s*else\s+)?if\s*\([^\n]*\)|\}\s*else|try)\s*$/.exec(
      before,
    );
    if (branch === null) return place;
    place = branch.index + branch[0].length - branch[0].trimStart().length;
    if (branch[1]?.startsWith('}') === true) place = code.lastIndexOf('}', place);
  }
}

/** Another file that adds routes or handlers to this application. */
function otherUser(
  project: Project,
  source: Source,
  { inMethods: app }: Made,
  names: Names,
): string | undefined {
  if (app === undefined) return undefined;
  for (const other of project.sources) {
    if (other === source) continue;
    const imports = other.text.matchAll(
      /(?:\bimport\s+(?:([\w$]+)\s+from|\{\s*([\w$]+)\s*\}\s*from)\s*|\b(?:const|let|var)\s+(?:([\w$]+)|\{\s*([\w$]+)\s*\})\s*=\s*require\s*\(\s*)['"](\.[^'"\n]+)['"]/g,
    );
    for (const [, one, two, three, four, path = ''] of imports) {
      if (names.fileOf(other, path) !== source) continue;
      const name = one ?? two ?? three ?? four ?? '';
      // `app.get('port')` reads a setting.
      const adds = String.raw`\b${name}\s*\.\s*(?:(?!get\b)(?:${CALLS})\s*\(|get\s*\([^,()]*,)`;
      if (new RegExp(adds).test(other.code)) return `${shown(project, other.path)} adds to it`;
    }
  }
  return undefined;
}

/** The statements that add something to an application, in their order. */
function statementsOf(source: Source, app: string, names: Names): Statement[] {
  const { code } = source;
  const own = app.replaceAll('$', String.raw`\$`).replace('.', String.raw`\s*\.\s*`);
  const begin = new RegExp(
    String.raw`^[ \t]*(?:(${own}\s*\.\s*(?:${CALLS})\s*\()|(?!(?:return|await)\b)([\w$.]+)\s*\([^()\n]*(?<![\w$.])${own}(?![\w$.])[^()\n]*\)|(require\s*\([^()\n]*\))\s*\(\s*${own}\b)`,
    'gm',
  );
  return [...code.matchAll(begin)].flatMap((found) => {
    const index = found.index + (/^\s*/.exec(found[0])?.[0].length ?? 0);
    const end = endOfStatement(code, index);
    if (found[1] !== undefined) return [{ index, end, kind: kindOfChain(source, index, names) }];
    const callee = found[2] ?? source.text.slice(index, index + (found[3]?.length ?? 0));
    if (
      /^(?:captureErrors|if|while|switch|console\.\w+|.*\b(?:listen|createServer|createTerminus))$/.test(
        callee,
      )
    )
      return [];
    return [{ index, end, kind: kindOfHelper(source, callee, names) }];
  });
}

/** The kind of a chain of calls: `app.use(…).get(…)`. */
function kindOfChain(source: Source, index: number, names: Names): Kind {
  const { code } = source;
  const kinds: Kind[] = [];
  let at = index;
  for (;;) {
    const call = new RegExp(String.raw`^[^(]*?([\w$]+)\s*\(`).exec(code.slice(at));
    if (call === null) break;
    const open = at + call[0].length - 1;
    kinds.push(call[1] === 'use' ? kindOfUse(source, open, names) : 'route');
    at = closingOf(code, open) + 1;
    if (!/^\s*\.\s*[\w$]+\s*\(/.test(code.slice(at))) break;
  }
  const worst = (['handler', 'unknown', 'route'] as const).find((kind) => kinds.includes(kind));
  return worst ?? 'middleware';
}

function kindOfUse(source: Source, open: number, names: Names): Kind {
  const parts = partsOf(source.code, open);
  const [first] = parts;
  const hasPath = first !== undefined && /^\[?\s*['"`/]/.test(source.text.slice(first.start));
  const kinds = new Set(
    parts.slice(Number(hasPath)).map((part) => kindOfPart(source, part, names)),
  );
  if (kinds.has('handler')) return 'handler';
  if (hasPath || kinds.has('route')) return 'route';
  return kinds.has('unknown') ? 'unknown' : 'middleware';
}

function kindOfPart(source: Source, { start, end }: Range, names: Names): Kind {
  const text = source.code.slice(start, end);
  if (text.startsWith('[')) {
    const kinds = partsOf(source.code, start).map((part) => kindOfPart(source, part, names));
    return kinds.find((kind) => kind !== 'middleware') ?? 'middleware';
  }
  return kindAt(source, start, source.text.slice(start, end), names);
}

/** The kind of an expression, by its parameters or the function that makes it, else by its name. */
function kindAt(source: Source, at: number, text: string, names: Names): Kind {
  const parameters = parametersAt(source, at);
  if (parameters !== undefined) return parameters === HANDLER_PARAMETERS ? 'handler' : 'middleware';
  const required = /^require\s*\(\s*['"]([^'"\n]+)['"]\s*\)\s*(\()?/.exec(text);
  const callee = /^(?:new\s+)?([\w$]+(?:\s*\.\s*[\w$]+)*)\s*(\()?/.exec(text);
  const meaning =
    required === null
      ? names.of(source, callee?.[1] ?? '')
      : names.required(source, required[1] ?? '');
  const isCall = (required?.[2] ?? callee?.[2]) !== undefined;
  if (meaning === undefined) return byName(text);
  if (meaning.at === undefined) return ofPackage(meaning.pack, text, isCall);
  const found = meaning.source;
  if (isCall) {
    // The result of a function is an error handler if there is one in the function.
    return parametersAt(found, meaning.at) === undefined
      ? byName(text)
      : hasHandler(found, meaning.at)
        ? 'handler'
        : 'middleware';
  }
  const other = parametersAt(found, meaning.at);
  if (other !== undefined) return other === HANDLER_PARAMETERS ? 'handler' : 'middleware';
  const value = found.text.slice(meaning.at, endOfStatement(found.code, meaning.at));
  if (/^(?:new\s+)?(?:[\w$]+\s*\.\s*)?(?:Router|express)\s*\(/.test(value)) return 'route';
  const isOther = /^[\w$.]+\s*\(/.test(value) && !value.startsWith(text);
  return isOther ? kindAt(found, meaning.at, value, names) : byName(text);
}

function ofPackage(pack: string, text: string, isCall: boolean): Kind {
  if (pack === 'express') return /\bRouter\b/.test(text) ? 'route' : 'middleware';
  if (SAYS_ERROR.test(pack) || SAYS_ERROR.test(text)) return 'handler';
  return isCall ? 'middleware' : byName(text);
}

function byName(text: string): Kind {
  const head = text.split('(', 1)[0] ?? '';
  if (SAYS_ERROR.test(head)) return 'handler';
  return SAYS_ROUTE.test(text) ? 'route' : 'unknown';
}

/** The kind of `setUp(app)`, by what this function of the project does with the application. */
function kindOfHelper(source: Source, callee: string, names: Names): Kind {
  const path = /^require\s*\(\s*['"]([^'"\n]+)/.exec(callee)?.[1];
  const meaning = path === undefined ? names.of(source, callee) : names.required(source, path);
  if (meaning === undefined) return byName(callee);
  if (meaning.at === undefined)
    return SAYS_ERROR.test(meaning.pack + callee) ? 'handler' : 'middleware';
  if (parametersAt(meaning.source, meaning.at) === undefined) return byName(callee);
  const body = bodyAt(meaning.source, meaning.at);
  const uses = /\.\s*(?:get|post|put|patch|delete|use)\s*\(/.test(body);
  const isHandler = hasHandler(meaning.source, meaning.at) || /\.use\s*\([^)\n]*err/i.test(body);
  const hasRoutes = /\.\s*(?:get|post|put|patch|delete)\s*\(|\.use\s*\(\s*['"`]/.test(body);
  if (isHandler) return hasRoutes ? 'unknown' : 'handler';
  return uses ? 'route' : byName(callee);
}

function bodyAt({ code }: Source, at: number): string {
  return code.slice(at, endOfFunction(code, at));
}

function endOfFunction(code: string, at: number): number {
  const open = code.indexOf('(', at);
  const close = open === -1 ? -1 : closingOf(code, open);
  const body = close === -1 ? -1 : code.indexOf('{', close);
  const end = endOfStatement(code, at);
  return body === -1 || body > end ? end : closingOf(code, body) + 1;
}

/** Whether the function at `at` makes a function of four parameters. */
function hasHandler(source: Source, at: number): boolean {
  const inside = source.code.indexOf('(', at) + 1;
  const body = source.code.slice(inside, endOfFunction(source.code, at));
  return [...body.matchAll(/(?<![\w$.])(?:async\s+)?(?:function\b[^(\n]*)?\(/g)].some(
    ({ index }) => parametersAt(source, inside + index) === HANDLER_PARAMETERS,
  );
}
