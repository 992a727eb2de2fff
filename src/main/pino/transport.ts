import { requireFrom } from '../../lib/require-from.ts';
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';
import { ownFiles } from '../../lib/own-files.ts';
import { OptionError } from '../../options/option-error.ts';

type Fields = Readonly<Record<string, unknown>>;

const NAME = 'errsight/pino';
/** A text that only our target contains, also if it is bundled: see `notes/memory.ts`. */
const MARK = 'errsight:notes:1';

let beside: { readonly file: string | undefined } | undefined;

/**
 * Our target in the folder of the bundle, if it is there. A file of that name can also be the
 * application's own target.
 */
function besideBundle(): string | undefined {
  if (beside !== undefined) return beside.file;
  const { file, pino } = ownFiles();
  const path = join(dirname(file), 'transports/pino.js');
  const isMarked =
    pino.length === 0 &&
    file !== '' &&
    attempt(() => readFileSync(path, 'utf8'))?.includes(MARK) === true;
  beside = { file: isMarked ? path : undefined };
  return beside.file;
}

/** The names of levels by their numbers. */
type Levels = Readonly<Record<string, string>>;

/** What pino is told of our target. */
export interface Target {
  readonly options: object;
  /** The number of the lowest level that it wants. */
  readonly level: number;
}

/**
 * Whether this code is in a bundle that was made without a plugin which leads pino to its worker
 * and to our target.
 */
export function bundled(): boolean {
  const paths = Reflect.get(globalThis, '__bundlerPathsOverrides') as unknown;
  const isLed = isObject(paths) && read(paths, NAME) !== undefined;
  return !isLed && ownFiles().folders.length === 0 && besideBundle() === undefined;
}

/**
 * The options of our target in a user's `transport`, if it is there.
 *
 * @throws {OptionError} if pino would not find it in a bundle.
 */
export function ownTarget(transport: unknown): Fields | undefined {
  const target = targetsIn(transport).find(({ target: name }) => isOurs(name));
  if (target?.['target'] === NAME && bundled() && byName() === undefined) {
    throw new OptionError(
      'transport',
      `from this bundle pino cannot find its target \`${NAME}\`; leave \`pino\` and \`errsight\` out of the ` +
        'bundle and install them beside it, or give the bundler a plugin for pino (esbuild-plugin-pino, ' +
        `pino-webpack-plugin) with the transport \`${NAME}\`, or take its lines on this thread: ` +
        '`pino(withErrsight(options, { … }))` without a target',
    );
  }
  return target && (isObject(target['options']) ? (target['options'] as Fields) : {});
}

/**
 * Whether a hook of the user makes the text of lines for one output. pino reads lines only for
 * several targets, and drops those that are no JSON. So no target of ours may stand beside it.
 */
export function writesForOne({ hooks, transport }: Fields): boolean {
  if (!isObject(hooks) || typeof read(hooks, 'streamWrite') !== 'function') return false;
  const targets = isObject(transport) ? read(transport, 'targets') : undefined;
  return !isArray(targets) || targets.length < 2;
}

/**
 * Refuses a second target of ours.
 *
 * @throws {OptionError}
 */
export function refuseSecond({ transport }: Fields): void {
  if (ownTarget(transport) === undefined) return;
  throw new OptionError(
    'transport',
    `\`${NAME}\` is among the targets of \`transport\` already; give its options there, and ` +
      '`withErrsight` no second argument',
  );
}

/**
 * pino's `transport`, with our target beside the user's own. If the user has none, our target is
 * beside stdout, where pino writes by default. `levels` are the names of all levels by their
 * numbers.
 *
 * @throws {OptionError} if pino can have no further target.
 */
export function withTarget(pinoOptions: Fields, ours: Target, levels: Levels): object {
  const lowest = Math.min(0, ...Object.keys(levels).map(Number));
  const { transport } = pinoOptions;
  for (const name of ['stream', 'file', 'logger', 'loggerInstance']) {
    if (pinoOptions[name] === undefined) continue;
    throw new OptionError(
      name,
      `\`${name}\` has no place for another target; give \`withErrsight\` the options of the logger ` +
        `itself, or no second argument, and the stream of \`${NAME}\` beside yours: ${STREAMS}`,
    );
  }
  refuseSecond(pinoOptions);
  const target = { target: ownFiles().pino[0] ?? besideBundle() ?? NAME, options: ours.options };
  const given = (isObject(transport) ? transport : {}) as Fields;
  const others = besides(transport, lowest);
  // This is no transport. pino refuses it.
  if (others === undefined) return given;
  const {
    target: _target,
    pipeline: _pipeline,
    targets: _targets,
    options: _options,
    ...rest
  } = given;
  // As the only target it has its own `flush`, and gets each line.
  if (others.length === 0) return { ...rest, ...target };
  refuseFormatter(pinoOptions);
  const own =
    rest['dedupe'] === true
      ? besideEach(others, target, ours.level, levels)
      : [{ ...target, level: ours.level }];
  return { ...rest, targets: [...others, ...own] };
}

let groups = 0;

/**
 * With `dedupe`, pino gives a line only to the targets of one level: the highest level that is not
 * above the line's own. So ours is added on each level of the others, and still acts as one target.
 * It has a level of its own only if that is below theirs, so it takes no line from them.
 */
function besideEach(
  others: readonly Fields[],
  target: Fields,
  least: number,
  levels: Levels,
): Fields[] {
  groups += 1;
  const theirs = others.map(({ level = 'info' }) => numberOf(level, levels));
  const all = [...new Set([...theirs, ...(least < Math.min(...theirs) ? [least] : [])])];
  const wanted = all.filter((level) => all.every((next) => next <= level || next > least));
  const options = { ...(target['options'] as object), $group: groups };
  return wanted.map((level) => ({ ...target, options, level }));
}

function numberOf(level: unknown, levels: Levels): number {
  const known = Object.keys(levels).find((number) => levels[number] === level);
  return typeof level === 'number' ? level : Number(known ?? 30);
}

/**
 * The targets that exist already. They must still get each line. If there are several targets, pino
 * filters lines by the target's level, and a target without one gets nothing below `info`.
 */
function besides(transport: unknown, lowest: number): readonly Fields[] | undefined {
  if (!isObject(transport)) {
    const isNone = transport === undefined || transport === null || transport === false;
    return isNone
      ? [{ target: 'pino/file', options: { destination: 1 }, level: lowest }]
      : undefined;
  }
  const { target, targets, pipeline, options } = transport as Fields;
  if (isArray(targets)) {
    const [only] = targets as readonly Fields[];
    return targets.length === 1 && isObject(only)
      ? [{ level: lowest, ...withoutUndefined(only) }]
      : (targets as readonly Fields[]);
  }
  if (isArray(pipeline)) return [{ pipeline, level: lowest }];
  return typeof target === 'string' ? [{ target, options, level: lowest }] : undefined;
}

/** pino accepts `formatters.level` with a stream, but not with several targets. */
function refuseFormatter({ formatters }: Fields): void {
  if (!isObject(formatters) || typeof (formatters as Fields)['level'] !== 'function') return;
  throw new OptionError(
    'formatters.level',
    `pino takes no \`formatters.level\` with several targets; give \`withErrsight\` no second ` +
      `argument, and the stream of \`${NAME}\` beside yours: ${STREAMS}`,
  );
}

const STREAMS =
  'pino(withErrsight(options), pino.multistream([{ stream: process.stdout }, { stream: errsight({ … }) }]))';

function targetsIn(transport: unknown): readonly Fields[] {
  if (!isObject(transport)) return [];
  const { targets, pipeline } = transport as Fields;
  const inside = [targets, pipeline]
    .flatMap((list) => (isArray(list) ? list : []))
    .filter(isObject);
  return [transport as Fields, ...inside.flatMap((each) => [each as Fields, ...targetsIn(each)])];
}

/**
 * Whether this is our target, given by its name or by the path of its file. People find the file by
 * `require.resolve`, `import.meta.resolve` or a path; a bundle has it in its own folder.
 */
function isOurs(name: unknown): boolean {
  if (typeof name !== 'string') return false;
  if (name === NAME) return true;
  const path = name.startsWith('file:') ? attempt(() => fileURLToPath(name)) : name;
  if (path === undefined || !isAbsolute(path)) return false;
  const file = normalize(path);
  if (file === besideBundle() || ownFiles().pino.includes(file)) return true;
  return OF_PACKAGE.test(path) || path === byName();
}

/** The file that the name resolves to, from the program's working directory. */
function byName(): string | undefined {
  return attempt(() => requireFrom(join(process.cwd(), 'package.json')).resolve(NAME));
}

/** The paths of the target in another copy of the package. */
const OF_PACKAGE =
  /[\\/]errsight[\\/](?:dist[\\/](?:(?:cjs|module)|(?:cjs|esm)[\\/]transports)[\\/]pino\.js|entries[\\/]pino\.mjs)$/;

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
