import { isObject } from '../../lib/safe-read.ts';
import { destinyOf, levelOnScale } from '../../event/level.ts';
import { OptionError } from '../../options/option-error.ts';
import { resolveTargetOptions } from '../../options/resolve.ts';
import type { TargetConfig } from '../../options/config.ts';
import { keepErrors, keepId, lineIds } from './hooks.ts';
import { projectOf } from '../../options/project.ts';
import { createCrumbs, startPinoSide } from './side.ts';
import { bundled, ownTarget, refuseSecond, withTarget, writesForOne } from './transport.ts';
import { loadInThread } from '../../late.cts';
import { linesOf, processState } from '../state.ts';
import { tellTooOld } from './too-old.ts';
import type { Formatter, LogMethod, Mixins, StreamWrite } from './hooks.ts';
import type { LineRules } from './rules.ts';
import type { WithErrsightOptions } from '../../options/pino.ts';

/** The options of pino that are combined with ours. */
interface PinoOptions extends Readonly<Record<string, unknown>>, Partial<Mixins> {
  readonly nestedKey?: string;
  readonly messageKey?: string;
  readonly errorKey?: string;
  readonly hooks?: { readonly logMethod?: LogMethod; readonly streamWrite?: StreamWrite };
  readonly formatters?: { readonly log?: Formatter };
  readonly customLevels?: Readonly<Record<string, number>>;
  readonly useOnlyCustomLevels?: boolean;
}

/** Does the work of `withErrsight`. */
export function optionsWith(
  pinoOptions: unknown,
  errsightOptions: WithErrsightOptions | undefined,
): unknown {
  const given = checked(pinoOptions);
  const { config, target: forTarget, isOff } = readOptions(given, errsightOptions);
  const levels = levelsOf(given);
  const target = forTarget && { ...forTarget, ...keysOf(given) };
  const numbers = Object.keys(levels).map(Number);
  const wanted = numbers.filter(
    (number) => destinyOf(levelOnScale(number, levels), config) !== 'nothing',
  );
  const isHere = target !== undefined && (bundled() || writesForOne(given));
  if (isHere) refuseSecond(given);
  const transport =
    target === undefined || isHere
      ? undefined
      : withTarget(given, { options: target, level: Math.min(...wanted, Infinity) }, levels);
  // The options are checked first: an option that cannot work is an error also without an API key.
  if (isOff) return given;
  const state = processState();
  const { scopes, workers } = state;
  const lines = linesOf(state);
  const { scrub, maker } = createCrumbs(config);
  const { minLevel, breadcrumbLevel, maxBreadcrumbs } = config;
  const rules: LineRules = {
    scrub,
    maker,
    minLevel,
    breadcrumbLevel,
    maxBreadcrumbs,
    sendDefaultPii: config.sendDefaultPii,
    defaultTags: config.defaultTags,
    requestData: config.request.requestData,
    project: projectOf(config),
    isOurs: target !== undefined || ownTarget(given['transport']) !== undefined,
    isTakenHere: isHere,
    isRewritten: typeof given.hooks?.streamWrite === 'function',
    onEvent: (root, scope) => {
      workers.expect(root);
      scope.origin?.onEvent?.(workers);
    },
  };
  const hooks = given.hooks ?? {};
  const take = isHere ? loadInThread().takeLines(target) : undefined;
  const keeping = keepErrors(lines, hooks.logMethod);
  const logMethod = isHere ? tellTooOld(keeping, config) : keeping;
  lines.give(logMethod, rules);
  startPinoSide(state, config, maker);
  return {
    ...given,
    ...lineIds({ lines, scopes, rules }, levels, given),
    ...lines.bound.options(given, given.errorKey ?? 'err'),
    ...(typeof given.formatters?.log === 'function' && {
      formatters: { ...given.formatters, log: keepId(given.formatters.log) },
    }),
    hooks: {
      ...hooks,
      logMethod,
      streamWrite: lines.writing(hooks.streamWrite, take),
    },
    ...(transport && { transport }),
  };
}

/** Options for this thread, which the worker does not know. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'captureUncaught',
  'consoleBreadcrumbs',
  'captureConsole',
  'localVariables',
]);

interface Read {
  readonly config: TargetConfig;
  /** The options of the target to add; undefined to add none. */
  readonly target: object | undefined;
  /** Whether it is certain that there is nothing to do. */
  readonly isOff: boolean;
}

function readOptions(given: PinoOptions, errsightOptions: WithErrsightOptions | undefined): Read {
  const { nestedKey } = given;
  if (errsightOptions !== undefined) {
    const config = resolveTargetOptions({ nestedKey, ...errsightOptions });
    // The worker does not know the switches of the watches, which run on this thread.
    const forTarget = Object.entries(errsightOptions).filter(
      ([name]) => !(name in config.track) && !(name in config.request) && !ELSEWHERE.has(name),
    );
    return {
      config,
      target: { nestedKey, ...Object.fromEntries(forTarget) },
      isOff: config.apiKey === undefined,
    };
  }
  const own = ownTarget(given['transport']);
  const config = resolveTargetOptions(own ?? {});
  // A stream of the user may have an API key that is not known here.
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

/**
 * pino tells its workers these settings by a message, which a target that starts late does not get.
 * Returns what is not the default, in the form of that message.
 */
function keysOf({ messageKey, errorKey, customLevels, ...given }: PinoOptions): object {
  const isUsual = messageKey === undefined && errorKey === undefined && customLevels === undefined;
  if (isUsual) return {};
  const levels = { labels: levelsOf({ ...given, ...(customLevels && { customLevels }) }) };
  return { $pino: { messageKey, errorKey, levels } };
}

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** The names of levels by their numbers, as pino tells its worker. */
function levelsOf({ customLevels, useOnlyCustomLevels }: PinoOptions): Record<string, string> {
  const values = { ...(useOnlyCustomLevels !== true && LEVELS), ...customLevels };
  return Object.fromEntries(Object.entries(values).map(([name, number]) => [number, name]));
}
