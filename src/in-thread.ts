import { requireHook } from './options/hooks.ts';
import errsight from '../transports/pino.ts';

export { stepOf } from '../transports/pino/step.ts';

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
