import { requireHook } from './options/hooks.ts';
import errsight from '../transports/pino.ts';

export { recordOf, stepOf } from '../transports/pino/step.ts';

/**
 * Takes pino's lines on this thread, with the options of the target. A bundle needs it, since pino
 * has no worker there. Returns a function that takes a line.
 *
 * @throws {OptionError} for a hook's module that cannot be loaded at once.
 */
export function takeLines(target: object): (line: string) => void {
  // The stream hears what pino would say of itself, and a module is loaded as in a worker.
  const { $pino: config, ...options } = target as Readonly<Record<string, unknown>>;
  const hooks = ['beforeSend', 'beforeBreadcrumb', 'transport'].map(
    (name) => [name, requireHook(name, options[name])] as const,
  );
  const stream = errsight({ ...options, ...Object.fromEntries(hooks) });
  stream.emit('message', { config });
  return (line) => void stream.write(line);
}
