/** The line at the start of the project, and the one that its framework needs. */
import { endOfStatement } from './code.ts';
import { checkExpress, placeExpress } from './express.ts';
import { handlersOf, placeHandler } from './lambda.ts';
import { captureMade, madeBy } from './made.ts';
import { Names } from './names.ts';
import { placeNext } from './next.ts';
import { importLine, type Plan } from './plan.ts';
import { shown, type Project } from './project.ts';
import type { Source } from './source.ts';

const REGISTER = 'errsight/register';

/** Places both lines. */
export function placeStart(project: Project, plan: Plan): void {
  if (project.has('next')) {
    placeNext(project, plan);
    return;
  }
  const { sources } = project;
  const hasFramework = FRAMEWORKS.some(({ pack }) => sources.some((source) => source.loads(pack)));
  const handlers = handlersOf(project, hasFramework);
  const entry = sources.find(({ path }) => path === project.entry);
  if (!sources.some((source) => source.hasErrsight)) {
    const starts = new Set([
      ...(entry === undefined ? [] : [entry]),
      // AWS starts each of these on its own.
      ...handlers.map(({ source }) => source),
    ]);
    for (const source of starts) placeRegister(project, source, plan);
    if (starts.size === 0) adviseStart(project, plan);
  }
  const open = handlers.filter(({ source }) => !uses(source, 'wrapHandler'));
  for (const handler of open) placeHandler(project, handler, plan);
  placeFramework(project, entry, plan);
}

function adviseStart(project: Project, plan: Plan): void {
  plan.advice.push({
    what:
      project.entry === undefined
        ? 'The file that your application starts with is not known (--entry names it). Start it with:'
        : `${shown(project, project.entry)} is not understood. Add as its first line, or start it with:`,
    lines: [`import '${REGISTER}';   // or: node --import ${REGISTER} …`],
  });
}

function placeRegister(project: Project, entry: Source, plan: Plan): void {
  const call = entry.envCall;
  if (call === undefined) entry.load(REGISTER);
  else {
    // Imports run first, wherever they stand, so the variables of the call are not set by then.
    entry.use('errsight', 'init');
    entry.addLine(endOfStatement(entry.code, call), 'init();', call);
  }
  plan.done.push(`the start in ${shown(project, entry.path)}`);
}

function uses({ code }: Source, name: string): boolean {
  return new RegExp(String.raw`\b${name}\s*\(`).test(code);
}

/** From version 5 on Express and Fastify report their errors themselves. */
const BY_THEMSELVES = 5;

/** The frameworks that need a line, and the expressions that make an application of each. */
const FRAMEWORKS: readonly {
  readonly name: string;
  readonly pack: string;
  readonly isNeeded: (project: Project) => boolean;
  /** A pattern for the expression without its arguments. Express is handled separately. */
  readonly form?: (source: Source) => string | undefined;
}[] = [
  {
    name: 'Express',
    pack: 'express',
    isNeeded: (project) => (project.major('express') ?? 0) < BY_THEMSELVES,
  },
  {
    name: 'Koa',
    pack: 'koa',
    isNeeded: () => true,
    form: (source) => formOf(source.nameOf('koa', 'default'), String.raw`new\s+`),
  },
  {
    name: 'Hono',
    pack: 'hono',
    isNeeded: () => true,
    form: (source) => formOf(source.nameOf('hono', 'Hono'), String.raw`new\s+`),
  },
  {
    name: 'Nest',
    pack: '@nestjs/core',
    isNeeded: () => true,
    form: (source) =>
      formOf(
        source.nameOf('@nestjs/core', 'NestFactory'),
        String.raw`await\s+`,
        String.raw`\s*\.\s*create\b`,
      ),
  },
  {
    name: 'Fastify',
    pack: 'fastify',
    isNeeded: (project) => (project.major('fastify') ?? 0) < BY_THEMSELVES,
    form: (source) =>
      formOf(
        source.nameOf('fastify', 'default') ?? source.nameOf('fastify', 'fastify'),
        '',
        String.raw`(?=\s*\()`,
      ),
  },
];

function formOf(
  name: string | undefined,
  before: string,
  after = String.raw`\b`,
): string | undefined {
  return name === undefined
    ? undefined
    : `${before}${name.replaceAll('$', String.raw`\$`)}${after}`;
}

/** Places the framework's line. The application may be made in another file than the entry. */
function placeFramework(project: Project, entry: Source | undefined, plan: Plan): void {
  const names = new Names(project.sources);
  const sources = [
    ...(entry === undefined ? [] : [entry]),
    ...project.sources.filter((each) => each !== entry),
  ];
  if (sources.some((source) => uses(source, 'captureErrors'))) {
    for (const source of sources) checkExpress(project, source, plan, names);
    return;
  }
  const needed = FRAMEWORKS.filter(({ isNeeded }) => isNeeded(project));
  for (const source of sources) {
    for (const { name, form } of needed) {
      if (form === undefined) {
        if (placeExpress(project, source, plan, names)) return;
        continue;
      }
      const pattern = form(source);
      const made = pattern === undefined ? undefined : madeBy(source, pattern);
      if (made === undefined) continue;
      captureMade(source, made);
      plan.done.push(`${name} in ${shown(project, source.path)}`);
      return;
    }
  }
  adviseFramework(project, sources, plan);
}

/** Prints advice: the framework is used, but the place that makes its application was not found. */
function adviseFramework(project: Project, sources: readonly Source[], plan: Plan): void {
  for (const { name, pack, isNeeded } of FRAMEWORKS) {
    const user = project.has(pack) && isNeeded(project) && sources.find((each) => each.loads(pack));
    if (user === undefined || user === false) continue;
    const where =
      name === 'Express'
        ? 'behind the routes, in front of your own error handlers'
        : 'right behind the line that makes the application';
    plan.advice.push({
      what: `${name} is used, in ${shown(project, user.path)} for one, but where its application is made is not seen. Add ${where}:`,
      lines: [importLine(user, 'errsight', 'captureErrors'), 'captureErrors(app);'],
    });
    return;
  }
}
