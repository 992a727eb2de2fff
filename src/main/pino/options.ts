import { isObject } from '../../lib/safe-read.ts';
import { destinyOf, levelOnScale } from '../../event/level.ts';
import { OptionError } from '../../options/reader.ts';
import { resolveTargetOptions, type TargetConfig } from '../../options/options.ts';
import { keepErrors, showErrors, withSerializer } from './errors.ts';
import { scopeMixins } from './scope.ts';
import { projectOf } from '../reported.ts';
import { createCrumbs, startPinoSide } from './side.ts';
import { ownTarget, withTarget } from './transport.ts';
import { processState } from '../state.ts';
import type { LogFormatter, LogMethod, Serializers } from './errors.ts';
import type { Mixins } from './scope.ts';
import type { WithErrsightOptions } from '../../options/pino.ts';

/** pino's options, as far as they are composed with ours. */
interface PinoOptions extends Readonly<Record<string, unknown>>, Partial<Mixins> {
  readonly errorKey?: string;
  readonly nestedKey?: string;
  readonly serializers?: Serializers;
  readonly formatters?: { readonly log?: LogFormatter };
  readonly hooks?: { readonly logMethod?: LogMethod };
  readonly customLevels?: Readonly<Record<string, number>>;
  readonly useOnlyCustomLevels?: boolean;
}

/**
 * pino's options with ErrSight: `pino(withErrsight({ level: 'info' }, { apiKey }))`. Each line goes to
 * ErrSight with the scope of whoever logged it, and keeps its Errors wherever they stand. What is in
 * the options already is composed with, not replaced; so this comes last.
 *
 *   with errsightOptions     adds the target `errsight/pino` beside the targets there are, or stdout
 *   without                  adds none: for a transport or a stream of your own
 *   without an API key       Errors are kept; nothing else is different
 *
 * It also has `flush()` and signals wait for pino's worker, and requests have scopes. Called again,
 * the later call's switches and `shutdownTimeout` hold.
 *
 * @throws {OptionError} for an option that cannot work, or that pino cannot have with our target.
 */
export function withErrsight(
  pinoOptions?: undefined,
  errsightOptions?: WithErrsightOptions,
): { readonly level?: string };
export function withErrsight<T>(pinoOptions: T, errsightOptions?: WithErrsightOptions): T;
// Without a constraint: with any, TypeScript would not know the parameters of functions in the options.
export function withErrsight(
  pinoOptions?: unknown,
  errsightOptions?: WithErrsightOptions,
): unknown {
  const given = checked(pinoOptions);
  const errorKey = given.errorKey ?? 'err';
  const serializers = withSerializer(given.serializers, errorKey);
  const keeping = {
    ...given,
    serializers,
    formatters: {
      ...given.formatters,
      log: showErrors(given.formatters?.log, serializers, errorKey),
    },
    hooks: { ...given.hooks, logMethod: keepErrors(errorKey, given.hooks?.logMethod) },
  };
  const { config, target, isOff } = readOptions(given, errsightOptions);
  const levels = levelsOf(given);
  const numbers = Object.keys(levels).map(Number);
  const wanted = numbers.filter(
    (number) => destinyOf(levelOnScale(number, levels), config) !== 'nothing',
  );
  const transport =
    target === undefined
      ? undefined
      : withTarget(
          given,
          { options: target, level: Math.min(...wanted, Infinity) },
          Math.min(0, ...numbers),
        );
  // Not earlier: what cannot work is told where there is no key yet, too.
  if (isOff) return keeping;
  const state = processState();
  const { scrub, maker } = createCrumbs(config);
  const { minLevel, breadcrumbLevel, maxBreadcrumbs } = config;
  const mixins = scopeMixins(
    {
      scopes: state.scopes,
      scrub,
      maker,
      minLevel,
      breadcrumbLevel,
      maxBreadcrumbs,
      sendDefaultPii: config.sendDefaultPii,
      requestData: config.request.requestData,
      levelNames: levels,
      project: projectOf(config),
      errorKey,
      onEvent: (logger, scope) => {
        state.workers.expect(logger);
        scope.origin?.onEvent?.(state.workers);
      },
    },
    given,
  );
  startPinoSide(state, config, maker);
  return { ...keeping, ...mixins, ...(transport && { transport }) };
}

interface Read {
  readonly config: TargetConfig;
  /** The options of a target that is to be added. */
  readonly target: object | undefined;
  /** Whether it is known that there is nothing to do. */
  readonly isOff: boolean;
}

function readOptions(given: PinoOptions, errsightOptions: WithErrsightOptions | undefined): Read {
  const { nestedKey } = given;
  if (errsightOptions !== undefined) {
    const config = resolveTargetOptions({ nestedKey, ...errsightOptions });
    // What is watched is watched on this thread: to the worker its switches are unknown.
    const forTarget = Object.entries(errsightOptions).filter(
      ([name]) =>
        !(name in config.track) && !(name in config.request) && name !== 'captureUncaught',
    );
    return {
      config,
      target: { nestedKey, ...Object.fromEntries(forTarget) },
      isOff: config.apiKey === undefined,
    };
  }
  const own = ownTarget(given['transport']);
  const config = resolveTargetOptions(own ?? {});
  // A stream of the user's own may have a key that is not known here.
  return { config, target: undefined, isOff: own !== undefined && config.apiKey === undefined };
}

function checked(given: unknown): PinoOptions {
  if (given === undefined) return {};
  const isStream = isObject(given) && typeof Reflect.get(given, 'write') === 'function';
  if (!isObject(given) || isStream) {
    throw new OptionError(
      'pinoOptions',
      `expected the first argument of \`withErrsight\` to be pino's options, got ` +
        (isStream ? "a stream, which is pino's second argument" : typeof given),
    );
  }
  return given as PinoOptions;
}

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** The names by number, as pino tells its worker. */
function levelsOf({ customLevels, useOnlyCustomLevels }: PinoOptions): Record<string, string> {
  const values = { ...(useOnlyCustomLevels !== true && LEVELS), ...customLevels };
  return Object.fromEntries(Object.entries(values).map(([name, number]) => [number, name]));
}
