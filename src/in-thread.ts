import { logStep } from './event/make/log-step.ts';
import { isObject } from './lib/safe-read.ts';
import { requireHook } from './options/hooks.ts';
import errsight from '../transports/pino.ts';
import { DEFAULT_SHAPE, pinoRecord } from '../transports/pino/records.ts';
import type { Level } from './event/level.ts';
import type { BreadcrumbInput } from './event/record.ts';

/**
 * Takes the lines of pino's on this thread, with the options of the target: for a bundle, in which pino has no
 * worker. Returns what takes one.
 *
 * @throws {OptionError} for a hook's module that cannot be loaded at once.
 */
export function takeLines(target: object): (line: string) => void {
  // What pino would say of itself is for the stream to hear, and a module is loaded as in a worker.
  const { $pino: config, ...options } = target as Readonly<Record<string, unknown>>;
  const hooks = ['beforeSend', 'beforeBreadcrumb', 'transport'].map(
    (name) => [name, requireHook(name, options[name])] as const,
  );
  const stream = errsight({ ...options, ...Object.fromEntries(hooks) });
  stream.emit('message', { config });
  return (line) => void stream.write(line);
}

/** A line of pino's as a step of a trail, as pino's worker would have it. */
export function stepOf(
  line: string,
  keys: { readonly messageKey: string; readonly errorKey: string },
  level: Level,
): BreadcrumbInput {
  const fields: unknown = JSON.parse(line);
  if (!isObject(fields)) return { level };
  return logStep(pinoRecord({ ...fields }, { ...DEFAULT_SHAPE, ...keys }, level).record);
}
