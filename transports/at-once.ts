/** What stands for `src/main/late.cts` in the ES modules that bundlers take. */
import * as client from '../src/main/client.ts';
import { requireHook } from '../src/options/hooks.ts';
import errsight from './pino.ts';
import type { OpenPino } from '../src/main/late.cts';

export const loadClient = (): typeof client => client;

export const openPino: OpenPino = (target) => {
  // What pino would say of itself is for the stream to hear, and a module is loaded as in a worker.
  const { $pino: config, ...options } = target as Readonly<Record<string, unknown>>;
  const hooks = ['beforeSend', 'beforeBreadcrumb', 'transport'].map(
    (name) => [name, requireHook(name, options[name])] as const,
  );
  const stream = errsight({ ...options, ...Object.fromEntries(hooks) });
  stream.emit('message', { config });
  return (line) => void stream.write(line);
};
