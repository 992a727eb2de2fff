import { requireFrom } from '../../lib/require-from.ts';
import { isAbsolute, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';
import { ownFiles } from '../../lib/own-files.ts';
import { OptionError } from '../../options/reader.ts';

type Fields = Readonly<Record<string, unknown>>;

const NAME = 'errsight/pino';

/** What pino is told of our target. */
export interface Target {
  readonly options: object;
  /** The lowest number of a level that it wants. */
  readonly level: number;
}

/** Whether this code is in a bundle, made without a plugin that leads pino to its worker and to our target. */
export function bundled(): boolean {
  const paths = Reflect.get(globalThis, '__bundlerPathsOverrides') as unknown;
  const isLed = isObject(paths) && read(paths, NAME) !== undefined;
  return !isLed && ownFiles().folders.length === 0;
}

/**
 * The options of our target among  those of a user's `transport`, if it is there.
 *
 * @throws {OptionError} where pino would not find it, in a bundle.
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
 * pino's `transport` with our target beside the user's own, or beside stdout, where pino writes by
 * itself. `lowest` is the lowest number of all levels.
 *
 * @throws {OptionError} where pino can have no further target.
 */
export function withTarget(pinoOptions: Fields, ours: Target, lowest: number): object {
  const { transport } = pinoOptions;
  for (const name of ['stream', 'file', 'logger', 'loggerInstance']) {
    if (pinoOptions[name] === undefined) continue;
    throw new OptionError(
      name,
      `\`${name}\` has no place for another target; give \`withErrsight\` the options of the logger ` +
        `itself, or no second argument, and the stream of \`${NAME}\` beside yours: ${STREAMS}`,
    );
  }
  if (ownTarget(transport) !== undefined) {
    throw new OptionError(
      'transport',
      `\`${NAME}\` is among the targets of \`transport\` already; give its options there, and ` +
        '`withErrsight` no second argument',
    );
  }
  const target = { target: ownFiles().pino[0] ?? NAME, options: ours.options };
  const given = (isObject(transport) ? transport : {}) as Fields;
  const others = besides(transport, lowest);
  // What is no transport is for pino to refuse.
  if (others === undefined) return given;
  const {
    target: _target,
    pipeline: _pipeline,
    targets: _targets,
    options: _options,
    ...rest
  } = given;
  // Alone it has its own `flush`, and gets each line.
  if (others.length === 0) return { ...rest, ...target };
  refuseFilters(pinoOptions, rest);
  return { ...rest, targets: [...others, { ...target, level: ours.level }] };
}

/**
 * The targets there are, which go on getting each line: among several pino filters them by their
 * levels, and without one leaves out what is below `info`.
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

/** pino reads the level of a line's text where there are several targets, and may leave some out. */
function refuseFilters(pinoOptions: Fields, transport: Fields): void {
  const { formatters } = pinoOptions;
  if (isObject(formatters) && typeof (formatters as Fields)['level'] === 'function') {
    throw new OptionError(
      'formatters.level',
      `pino takes no \`formatters.level\` with several targets; give \`withErrsight\` no second ` +
        `argument, and the stream of \`${NAME}\` to pino: ${STREAMS}`,
    );
  }
  if (transport['dedupe'] === true) {
    throw new OptionError(
      'transport.dedupe',
      `with \`dedupe\` pino gives a line to one target only; give \`withErrsight\` no second ` +
        `argument, and the stream of \`${NAME}\` to pino: ${STREAMS}`,
    );
  }
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
 * By its name, and by each way in which people find the file: `require.resolve`, `import.meta.resolve`, a
 * path, and in a bundle that of its own folder.
 */
function isOurs(name: unknown): boolean {
  if (typeof name !== 'string') return false;
  if (name === NAME) return true;
  const path = name.startsWith('file:') ? attempt(() => fileURLToPath(name)) : name;
  if (path === undefined || !isAbsolute(path)) return false;
  return ownFiles().pino.includes(normalize(path)) || OF_PACKAGE.test(path) || path === byName();
}

/** What the name leads to from where the program runs. */
function byName(): string | undefined {
  return attempt(() => requireFrom(join(process.cwd(), 'package.json')).resolve(NAME));
}

/** Those of another one. */
const OF_PACKAGE =
  /[\\/]errsight[\\/](?:dist[\\/](?:(?:cjs|module)|(?:cjs|esm)[\\/]transports)[\\/]pino\.js|entries[\\/]pino\.mjs)$/;

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
