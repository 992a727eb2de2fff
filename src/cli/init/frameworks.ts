/** What the project starts with, and the line that its framework needs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endOfStatement } from './code.ts';
import { importLine, type Plan } from './plan.ts';
import { shown, type Project } from './project.ts';
import type { Source } from './source.ts';

const REGISTER = 'errsight/register';

/** Places the start, and what the framework needs. */
export function placeStart(project: Project, plan: Plan): void {
  if (project.has('next')) {
    placeNext(project, plan);
    return;
  }
  if (project.sources.some((source) => source.hasErrsight)) return;
  const entry = project.sources.find(({ path }) => path === project.entry);
  if (entry === undefined) {
    plan.advice.push({
      what:
        project.entry === undefined
          ? 'The file that your application starts with is not known (--entry names it). Start it with:'
          : `${shown(project, project.entry)} is not understood. Add as its first line, or start it with:`,
      lines: [`import '${REGISTER}';   // or: node --import ${REGISTER} …`],
    });
    return;
  }
  placeRegister(project, entry, plan);
  // The application may be made in another file than the one that is started.
  for (const source of [entry, ...project.sources.filter((each) => each !== entry)]) {
    if (placeFramework(project, source, plan)) return;
  }
}

function placeRegister(project: Project, entry: Source, plan: Plan): void {
  const call = entry.envCall;
  if (call === undefined) entry.load(REGISTER);
  else {
    // Imports come first, whatever stands above them: by then no variable is there.
    entry.use('errsight', 'init');
    entry.addLine(endOfStatement(entry.code, call), 'init();', call);
  }
  plan.done.push(`the start in ${shown(project, entry.path)}`);
}

/** True once something was placed or advised. */
function placeFramework(project: Project, source: Source, plan: Plan): boolean {
  return (
    placeExpress(project, source, plan) ||
    placeMade(project, source, plan) ||
    placeLambda(project, source, plan)
  );
}

/** Express 5 and Fastify 5 tell of their errors themselves. */
const BY_THEMSELVES = 5;

function placeExpress(project: Project, source: Source, plan: Plan): boolean {
  const name = source.nameOf('express', 'default');
  if (name === undefined || (project.major('express') ?? 0) >= BY_THEMSELVES) return false;
  const made = new RegExp(
    `\\b(?:const|let|var)\\s+([\\w$]+)[^=\\n;]*=\\s*${name}\\s*\\(\\s*\\)`,
  ).exec(source.code);
  if (made === null) return false;
  const [, app = ''] = made;
  const handler = new RegExp(
    `^[ \\t]*${app}\\.use\\(\\s*(?:async\\s*)?(?:function\\b[^(]*)?\\((?:[^,()]+,){3}[^,()]+\\)`,
    'm',
  ).exec(source.code);
  const end = new RegExp(
    `^[ \\t]*(?:(?:const|let|var)\\s+[\\w$]+\\s*=\\s*)?(?:${app}\\.listen\\(|(?:https?\\.)?createServer\\([^)]*\\b${app}\\b|module\\.exports\\b[^\\n]*\\b${app}\\b|export default ${app}\\b)`,
    'm',
  ).exec(source.code);
  const before = handler ?? end;
  if (before === null || before.index < made.index) {
    plan.advice.push({
      what: `${shown(project, source.path)}: behind the routes, in front of your own error handlers, add:`,
      lines: [importLine(source, 'errsight', 'captureErrors'), `captureErrors(${app});`],
    });
    return true;
  }
  const at = before.index + /^\s*/.exec(before[0])![0].length;
  source.addLineBefore(at, `captureErrors(${app});`);
  source.use('errsight', 'captureErrors');
  plan.done.push(`Express in ${shown(project, source.path)}`);
  return true;
}

/** Frameworks that take the line right after the application was made. */
function placeMade(project: Project, source: Source, plan: Plan): boolean {
  const declared = String.raw`\b(?:const|let|var)\s+([\w$]+)[^=\n;]*=\s*`;
  const koa = source.nameOf('koa', 'default');
  const hono = source.nameOf('hono', 'Hono');
  const nest = source.nameOf('@nestjs/core', 'NestFactory');
  const fastify = source.nameOf('fastify', 'default') ?? source.nameOf('fastify', 'fastify');
  const isOldFastify = (project.major('fastify') ?? 0) < BY_THEMSELVES;
  const forms: readonly (readonly [string, string | undefined, string])[] = [
    ['Koa', koa, `new\\s+${koa}\\b`],
    ['Hono', hono, `new\\s+${hono}\\b`],
    ['Nest', nest, `await\\s+${nest}\\.create\\b`],
    ['Fastify', isOldFastify ? fastify : undefined, `${fastify}\\s*\\(`],
  ];
  for (const [framework, name, form] of forms) {
    if (name === undefined) continue;
    const made = new RegExp(`${declared}${form}`).exec(source.code);
    if (made === null) continue;
    const end = endOfStatement(source.code, made.index);
    source.addLine(end, `captureErrors(${made[1]});`, made.index);
    source.use('errsight', 'captureErrors');
    plan.done.push(`${framework} in ${shown(project, source.path)}`);
    return true;
  }
  return false;
}

const HANDLER =
  /^(?:export\s+const\s+(?:handler)\b[^=\n]*=\s*|(?:module\.)?exports\.handler\s*=\s*)(?=async\b|\(|function\b|[\w$]+\s*=>)/m;
const DECLARED = /^export\s+(?:async\s+)?function\s+handler\b/m;

/** An export of the name by which AWS calls it. */
function placeLambda(project: Project, source: Source, plan: Plan): boolean {
  const found = HANDLER.exec(source.code);
  const declared = DECLARED.exec(source.code);
  if (found === null && declared === null) return false;
  if (found === null) {
    plan.advice.push({
      what: `${shown(project, source.path)}: make the handler of AWS Lambda a constant, so:`,
      lines: [
        importLine(source, 'errsight', 'wrapHandler'),
        'export const handler = wrapHandler(async (event, context) => { … });',
      ],
    });
    return true;
  }
  const start = found.index + found[0].length;
  const end = endOfStatement(source.code, start);
  const last = source.code[end - 1] === ';' ? end - 1 : end;
  source.insert(start, 'wrapHandler(');
  source.insert(last, ')');
  source.use('errsight', 'wrapHandler');
  plan.done.push(`the handler in ${shown(project, source.path)}`);
  return true;
}

const INSTRUMENTATION = `import { captureRequestError, init } from 'errsight';

export function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') init();
}

export const onRequestError = captureRequestError;
`;

function placeNext(project: Project, plan: Plan): void {
  const { folder, isTypeScript, sources } = project;
  const isInSrc = ['app', 'pages'].some((name) => existsSync(join(folder, 'src', name)));
  const at = isInSrc ? join(folder, 'src') : folder;
  const existing = sources.find(({ path }) => /[\\/]instrumentation\.[jt]sx?$/.test(path));
  if (existing?.hasErrsight === true) return;
  if (existing !== undefined) {
    plan.advice.push({
      what: `${shown(project, existing.path)} is there already. Add to it:`,
      lines: INSTRUMENTATION.trimEnd().split('\n'),
    });
    return;
  }
  const path = join(at, `instrumentation.${isTypeScript ? 'ts' : 'js'}`);
  plan.files.set(path, { before: undefined, after: INSTRUMENTATION });
  plan.done.push(`Next in ${shown(project, path)}`);
}
