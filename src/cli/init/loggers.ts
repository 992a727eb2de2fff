/** Finds the loggers that the project makes, and connects each to ErrSight. */
import { closingOf, endOfStatement, partsOf, propertyOf, type Range } from './code.ts';
import { importLine, type Plan } from './plan.ts';
import { shown, type Project } from './project.ts';
import type { Source } from './source.ts';

/** Connects the loggers of a project. */
export function placeLoggers(project: Project, plan: Plan): void {
  for (const [pack, place] of LOGGERS) {
    const user = project.sources.find((source) => loadsValue(source, pack));
    let isSeen = project.sources.some((source) => OURS[pack].test(source.text));
    for (const source of project.sources) {
      const known = plan.done.length + plan.advice.length;
      if (!OURS[pack].test(source.text)) place(source, shown(project, source.path), plan);
      isSeen ||= plan.done.length + plan.advice.length > known;
    }
    if (isSeen || user === undefined) continue;
    plan.advice.push({
      what: `${shown(project, user.path)} uses ${pack}, but where its logger is made is not seen. Add ours there:`,
      lines: linesFor(pack, user),
    });
  }
}

type Logger = 'pino' | 'winston' | 'bunyan';

const LOGGERS: readonly (readonly [Logger, (source: Source, where: string, plan: Plan) => void])[] =
  [
    [
      'pino',
      (source, where, plan) => {
        placePino(source, where, plan);
        placeFastify(source, where, plan);
        placeNestPino(source, where, plan);
      },
    ],
    ['winston', placeWinston],
    ['bunyan', placeBunyan],
  ];

/** The code in a file whose logger is connected already, by `init` or by hand. */
const OURS: Readonly<Record<Logger, RegExp>> = {
  pino: /\bwithErrsight\b|['"]errsight\/pino['"]/,
  winston: /\bErrsightTransport\b/,
  bunyan: /\bcreateErrsightStream\b/,
};

/** Whether a file loads more than the types of a package: types alone make no logger. */
function loadsValue(source: Source, pack: string): boolean {
  if (!source.loads(pack)) return false;
  const types = new RegExp(
    `\\bimport\\s+(?:type\\b[^'"]*|\\{(?:\\s*type\\s+[\\w$]+(?:\\s+as\\s+[\\w$]+)?\\s*,?)+\\s*\\}\\s*)from\\s*['"]${pack}['"]`,
  );
  return !types.test(source.text);
}

function linesFor(pack: Logger, source: Source): string[] {
  if (pack === 'pino') {
    return [importLine(source, 'errsight', 'withErrsight'), 'pino(withErrsight(yourOptions, {}))'];
  }
  return pack === 'winston'
    ? [
        importLine(source, 'errsight/winston', 'ErrsightTransport'),
        'logger.add(new ErrsightTransport());',
      ]
    : [
        importLine(source, 'errsight/bunyan', 'createErrsightStream'),
        'logger.addStream(createErrsightStream());',
      ];
}

/** The opening bracket of each call of a name. */
function callsOf(source: Source, name: string): number[] {
  const escaped = name.replaceAll('$', String.raw`\$`).replaceAll('.', String.raw`\s*\.\s*`);
  const calls = new RegExp(`(?<![\\w$.]|function )${escaped}\\s*(?:<[^()]*>\\s*)?\\(`, 'g');
  return [...source.code.matchAll(calls)].map(({ index, 0: text }) => index + text.length - 1);
}

/** The calls of a package or of its members: `pino()`, `pino.pino()`, `require('pino')()`. */
function callsOfPackage(source: Source, pack: string, members: readonly string[]): number[] {
  const own = source.nameOf(pack, 'default');
  const names = members.flatMap((member) => {
    const alone = member === '' ? undefined : source.nameOf(pack, member);
    return [alone, own && (member === '' ? own : `${own}.${member}`)];
  });
  const direct = members.flatMap((member) => directCalls(source, pack, member));
  const calls = [...new Set(names)].flatMap((name) =>
    name === undefined ? [] : callsOf(source, name),
  );
  return [...new Set([...calls, ...direct])];
}

/** `require('pino')()`. */
function directCalls(source: Source, pack: string, member: string): number[] {
  const behind =
    member === '' ? '' : String.raw`\s*\.\s*${member.replaceAll('.', String.raw`\s*\.\s*`)}`;
  const pattern = new RegExp(`\\brequire\\(['"]${pack}['"]\\)${behind}\\s*\\(`, 'g');
  return [...source.text.matchAll(pattern)]
    .filter(({ index }) => source.code[index] !== ' ')
    .map(({ index, 0: text }) => index + text.length - 1);
}

function placePino(source: Source, where: string, plan: Plan): void {
  for (const [pack, members] of [
    ['pino', ['', 'pino', 'default']],
    ['pino-http', ['', 'pinoHttp', 'default']],
  ] as const) {
    for (const open of callsOfPackage(source, pack, members)) {
      const [first, ...more] = partsOf(source.code, open);
      const isOther = first !== undefined && propertyOrNone(source, first, 'logger') !== undefined;
      // The logger in the options was made elsewhere, and is connected there.
      if (pack === 'pino-http' && isOther) continue;
      if (wrapOptions(source, open, first, more.length > 0)) {
        plan.done.push(`${pack} in ${where}`);
      } else advisePino(source, where, plan);
    }
  }
}

/** Wraps pino's options in `withErrsight`. Returns false if that may be wrong. */
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

/** Whether options can be wrapped: they can be read whole, and pino accepts a second target beside them. */
function areOptions(source: Source, given: Range): boolean {
  const at = objectOf(source, given);
  if (at === undefined || propertyOf(source.code, at, 'dedupe') !== undefined) return false;
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
  for (const open of callsOfPackage(source, 'fastify', ['', 'fastify', 'default'])) {
    const [first] = partsOf(source.code, open);
    if (first === undefined) continue;
    const options = objectOf(source, first);
    const logger = options === undefined ? undefined : propertyOf(source.code, options, 'logger');
    const hasMore = options !== undefined && hasSpread(source, options);
    if (logger === undefined && options !== undefined && !hasMore) continue;
    const text = logger === undefined ? '' : source.code.slice(logger.start, logger.end);
    if (text === 'false') continue;
    if (logger !== undefined && text === 'true') {
      source.replace(logger.start, logger.end, 'withErrsight({}, {})');
      source.use('errsight', 'withErrsight');
    } else if (
      logger === undefined ||
      !text.startsWith('{') ||
      !wrapOptions(source, logger.start, logger, false)
    ) {
      plan.advice.push({
        what: `${where} gives Fastify options or a logger that are not seen here. Give it the options of pino so:`,
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

/** The start of an object that is written here, or under the name that stands here. */
function objectOf(source: Source, { start, end }: Range): number | undefined {
  const text = source.code.slice(start, end);
  if (text.startsWith('{')) return closingOf(source.code, start) === end - 1 ? start : undefined;
  if (!/^[\w$]+$/.test(text)) return undefined;
  const made = new RegExp(
    `\\b(?:const|let|var)\\s+${text.replaceAll('$', String.raw`\$`)}\\b[^=\\n;]*=\\s*\\{`,
  ).exec(source.code);
  return made === null ? undefined : made.index + made[0].length - 1;
}

function hasSpread(source: Source, open: number): boolean {
  return partsOf(source.code, open).some(({ start }) => source.code.startsWith('...', start));
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
  for (const open of callsOfPackage(source, 'winston', [
    'createLogger',
    'configure',
    'loggers.add',
    'default.createLogger',
  ])) {
    const options = partsOf(source.code, open).at(-1);
    const list = options && propertyOrNone(source, options, 'transports');
    if (isList(source, list) && putFirst(source, list, 'new ErrsightTransport()')) {
      source.use('errsight/winston', 'ErrsightTransport');
      plan.done.push(`winston in ${where}`);
    } else {
      plan.advice.push({
        what: `${where} makes a winston logger whose list of transports is not seen here. Add ours to it:`,
        lines: linesFor('winston', source),
      });
    }
  }
  placeDefaultWinston(source, where, plan);
}

/** Connects winston's own logger, which has no transports until some are added. */
function placeDefaultWinston(source: Source, where: string, plan: Plan): void {
  const own = source.nameOf('winston', 'default');
  const [added] = own === undefined ? [] : callsOf(source, `${own}.add`);
  if (own === undefined || added === undefined) return;
  const start = source.code.lastIndexOf(own, added);
  source.addLine(endOfStatement(source.code, start), `${own}.add(new ErrsightTransport());`, start);
  source.use('errsight/winston', 'ErrsightTransport');
  plan.done.push(`winston in ${where}`);
}

function placeBunyan(source: Source, where: string, plan: Plan): void {
  for (const open of callsOfPackage(source, 'bunyan', [
    '',
    'createLogger',
    'default',
    'default.createLogger',
  ])) {
    const [first] = partsOf(source.code, open);
    if (first === undefined || !placeStream(source, first)) {
      plan.advice.push({
        what: `${where} makes a bunyan logger whose streams are not seen here. Add ours:`,
        lines: linesFor('bunyan', source),
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
