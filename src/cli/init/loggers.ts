/** Where the project makes its loggers, and how each comes to ErrSight. */
import { closingOf, partsOf, propertyOf, type Range } from './code.ts';
import { importLine, type Plan } from './plan.ts';
import { shown, type Project } from './project.ts';
import type { Source } from './source.ts';

/** Places the loggers of a project. */
export function placeLoggers(project: Project, plan: Plan): void {
  for (const source of project.sources) {
    if (source.hasErrsight) continue;
    const where = shown(project, source.path);
    placePino(source, where, plan);
    placeFastify(source, where, plan);
    placeNestPino(source, where, plan);
    placeWinston(source, where, plan);
    placeBunyan(source, where, plan);
  }
}

/** The brackets behind each call of a name. */
function callsOf(source: Source, name: string): number[] {
  const escaped = name.replaceAll('$', String.raw`\$`).replace('.', String.raw`\s*\.\s*`);
  const calls = new RegExp(`(?<![\\w$.]|function )${escaped}\\s*\\(`, 'g');
  return [...source.code.matchAll(calls)].map(({ index, 0: text }) => index + text.length - 1);
}

function placePino(source: Source, where: string, plan: Plan): void {
  for (const [pack, name] of [
    ['pino', source.nameOf('pino', 'default') ?? source.nameOf('pino', 'pino')],
    ['pino-http', source.nameOf('pino-http', 'default') ?? source.nameOf('pino-http', 'pinoHttp')],
  ] as const) {
    const calls = name === undefined ? [] : callsOf(source, name);
    for (const open of [...calls, ...directCalls(source, pack)]) {
      const [first, ...more] = partsOf(source.code, open);
      const isOther = first !== undefined && propertyOrNone(source, first, 'logger') !== undefined;
      // One that was made elsewhere, and is placed there.
      if (pack === 'pino-http' && isOther) continue;
      if (wrapOptions(source, open, first, more.length > 0)) {
        plan.done.push(`${pack} in ${where}`);
      } else advisePino(source, where, plan);
    }
  }
}

/** `require('pino')()`. */
function directCalls(source: Source, pack: string): number[] {
  const pattern = new RegExp(`\\brequire\\(['"]${pack}['"]\\)\\(`, 'g');
  return [...source.text.matchAll(pattern)]
    .filter(({ index }) => source.code[index] !== ' ')
    .map(({ index, 0: text }) => index + text.length - 1);
}

/** Makes options of pino's those of `withErrsight`. False where that may not be right. */
function wrapOptions(
  source: Source,
  open: number,
  given: Range | undefined,
  hasMore: boolean,
): boolean {
  if (hasMore) return false;
  if (given === undefined) {
    source.insert(open + 1, 'withErrsight({}, {})');
  } else {
    if (!areOptions(source, given)) return false;
    source.insert(given.start, 'withErrsight(');
    source.insert(given.end, ', {})');
  }
  source.use('errsight', 'withErrsight');
  return true;
}

/** An object that is written out, here or at a name; pino refuses a second target with some options. */
function areOptions(source: Source, { start, end }: Range): boolean {
  let at = start;
  const text = source.code.slice(start, end);
  if (/^[\w$]+$/.test(text)) {
    const made = new RegExp(
      `\\b(?:const|let|var)\\s+${text.replaceAll('$', String.raw`\$`)}\\b[^=\\n;]*=\\s*\\{`,
    );
    const found = made.exec(source.code);
    if (found === null) return false;
    at = found.index + found[0].length - 1;
  } else if (!text.startsWith('{') || closingOf(source.code, start) !== end - 1) return false;
  if (propertyOf(source.code, at, 'dedupe') !== undefined) return false;
  const formatters = propertyOf(source.code, at, 'formatters');
  if (formatters === undefined) return true;
  if (source.code[formatters.start] !== '{') return false;
  return !/\blevel\b/.test(source.code.slice(formatters.start, formatters.end));
}

function propertyOrNone(source: Source, { start }: Range, name: string): Range | undefined {
  return source.code[start] === '{' ? propertyOf(source.code, start, name) : undefined;
}

function advisePino(source: Source, where: string, plan: Plan): void {
  plan.advice.push({
    what: `${where} makes a pino with a stream, or with options that are not all seen. Add a stream of ours beside yours:`,
    lines: [
      importLine(source, 'errsight', 'withErrsight'),
      source.style === 'import'
        ? `import errsight from 'errsight/pino';`
        : `const errsight = require('errsight/pino').default;`,
      'pino(withErrsight(yourOptions), pino.multistream([{ stream: yourStream }, { stream: errsight() }]))',
    ],
  });
}

/** Fastify makes its pino itself. */
function placeFastify(source: Source, where: string, plan: Plan): void {
  const name = source.nameOf('fastify', 'default') ?? source.nameOf('fastify', 'fastify');
  const calls = name === undefined ? [] : callsOf(source, name);
  for (const open of [...calls, ...directCalls(source, 'fastify')]) {
    const [first] = partsOf(source.code, open);
    const logger = first && propertyOrNone(source, first, 'logger');
    if (logger === undefined) continue;
    const text = source.code.slice(logger.start, logger.end);
    if (text === 'false') continue;
    if (text === 'true') {
      source.replace(logger.start, logger.end, 'withErrsight({}, {})');
      source.use('errsight', 'withErrsight');
    } else if (!text.startsWith('{') || !wrapOptions(source, logger.start, logger, false)) {
      plan.advice.push({
        what: `${where} gives Fastify a logger that is not seen here. Give it the options of pino so:`,
        lines: [
          importLine(source, 'errsight', 'withErrsight'),
          'logger: withErrsight(yourOptions, {})',
        ],
      });
      continue;
    }
    plan.done.push(`Fastify's pino in ${where}`);
  }
}

/** `LoggerModule.forRoot({ pinoHttp: {…} })`. */
function placeNestPino(source: Source, where: string, plan: Plan): void {
  const name = source.nameOf('nestjs-pino', 'LoggerModule');
  for (const open of name === undefined ? [] : callsOf(source, `${name}.forRoot`)) {
    const [first] = partsOf(source.code, open);
    const given = first && propertyOrNone(source, first, 'pinoHttp');
    if (first === undefined) {
      source.insert(open + 1, '{ pinoHttp: withErrsight({}, {}) }');
      source.use('errsight', 'withErrsight');
      plan.done.push(`nestjs-pino in ${where}`);
    } else if (given !== undefined && wrapOptions(source, given.start, given, false)) {
      plan.done.push(`nestjs-pino in ${where}`);
    } else {
      plan.advice.push({
        what: `${where} sets up nestjs-pino with options that are not seen here. Give it the options of pino-http so:`,
        lines: [
          importLine(source, 'errsight', 'withErrsight'),
          'pinoHttp: withErrsight(yourOptions, {})',
        ],
      });
    }
  }
}

function placeWinston(source: Source, where: string, plan: Plan): void {
  const own = source.nameOf('winston', 'default');
  const alone = source.nameOf('winston', 'createLogger');
  const names = [own && `${own}.createLogger`, alone].filter((each) => each !== undefined);
  for (const open of [
    ...names.flatMap((name) => callsOf(source, name)),
    ...memberCalls(source, 'winston'),
  ]) {
    const [first] = partsOf(source.code, open);
    const list = first && propertyOrNone(source, first, 'transports');
    if (isList(source, list) && putFirst(source, list, 'new ErrsightTransport()')) {
      source.use('errsight/winston', 'ErrsightTransport');
      plan.done.push(`winston in ${where}`);
    } else {
      plan.advice.push({
        what: `${where} makes a winston logger whose list of transports is not seen here. Add ours to it:`,
        lines: [
          importLine(source, 'errsight/winston', 'ErrsightTransport'),
          'logger.add(new ErrsightTransport());',
        ],
      });
    }
  }
}

/** `require('winston').createLogger()`. */
function memberCalls(source: Source, pack: string): number[] {
  const pattern = new RegExp(`\\brequire\\(['"]${pack}['"]\\)\\.createLogger\\(`, 'g');
  return [...source.text.matchAll(pattern)]
    .filter(({ index }) => source.code[index] !== ' ')
    .map(({ index, 0: text }) => index + text.length - 1);
}

function placeBunyan(source: Source, where: string, plan: Plan): void {
  const own = source.nameOf('bunyan', 'default');
  const alone = source.nameOf('bunyan', 'createLogger');
  const names = [own && `${own}.createLogger`, alone].filter((each) => each !== undefined);
  for (const open of [
    ...names.flatMap((name) => callsOf(source, name)),
    ...memberCalls(source, 'bunyan'),
  ]) {
    const [first] = partsOf(source.code, open);
    if (first === undefined || !placeStream(source, first)) {
      plan.advice.push({
        what: `${where} makes a bunyan logger whose streams are not seen here. Add ours:`,
        lines: [
          importLine(source, 'errsight/bunyan', 'createErrsightStream'),
          'logger.addStream(createErrsightStream());',
        ],
      });
      continue;
    }
    source.use('errsight/bunyan', 'createErrsightStream');
    if (
      propertyOf(source.code, first.start, 'serializers') === undefined &&
      !/\bserializers\b/.test(source.code)
    ) {
      putFirst(source, first, 'serializers');
      source.use('errsight/bunyan', 'serializers');
    }
    plan.done.push(`bunyan in ${where}`);
  }
}

function placeStream(source: Source, options: Range): boolean {
  if (source.code[options.start] !== '{') return false;
  const has = (name: string): Range | undefined => propertyOf(source.code, options.start, name);
  const list = has('streams');
  if (list !== undefined) {
    return isList(source, list) && putFirst(source, list, 'createErrsightStream()');
  }
  if (
    has('stream') !== undefined ||
    has('level') !== undefined ||
    source.code.slice(options.start, options.end).includes('...')
  ) {
    return false;
  }
  return putFirst(source, options, 'streams: [{ stream: process.stdout }, createErrsightStream()]');
}

/** Puts an element in front of those of a list, or a property in front of those of an object. */
function putFirst(source: Source, { start }: Range, element: string): boolean {
  if (!'[{'.includes(source.code[start] ?? ' ')) return false;
  const [first] = partsOf(source.code, start);
  if (first === undefined) source.insert(start + 1, element);
  else if (source.text.slice(start, first.start).includes('\n')) {
    source.insert(start + 1, `\n${source.indentAt(first.start)}${element},`);
  } else source.insert(first.start, `${element}, `);
  return true;
}

function isList(source: Source, range: Range | undefined): range is Range {
  return range !== undefined && source.code[range.start] === '[';
}
