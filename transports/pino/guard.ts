/**
 * Keeps what the module of a hook does later from pino's worker. pino ends the worker by whatever nobody
 * catches in it, and the application by that: an error in a timer of such a module would cost both the
 * process and what the queue holds.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe } from '../../src/event/error/one-line.ts';
import { createReporter } from '../../src/lib/report.ts';
import { loadHook } from '../../src/options/hooks.ts';

/** The option whose module begun what runs. */
let running: AsyncLocalStorage<string> | undefined;

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
type Listener = (this: unknown, ...given: unknown[]) => void;

/**
 * The function behind an option that names a module, see `loadHook`; what it leaves unhandled is told on
 * stderr. Anything else as it is, and then nothing is watched.
 */
export async function loadGuarded(name: string, given: unknown): Promise<unknown> {
  if (typeof given !== 'string') return await loadHook(name, given);
  const store = (running ??= watch());
  const hook = await store.run(name, () => loadHook(name, given));
  if (typeof hook !== 'function') return hook;
  return (...values: unknown[]): unknown =>
    store.run(name, () => Reflect.apply(hook, undefined, values) as unknown);
}

/** Stands before those who end the worker: pino listens before it starts a target. */
function watch(): AsyncLocalStorage<string> {
  const store = new AsyncLocalStorage<string>();
  const reporter = createReporter({ debug: false, apiKey: undefined });
  const here: NodeJS.EventEmitter = process;
  for (const event of EVENTS) {
    for (const listener of here.listeners(event) as Listener[]) {
      here.off(event, listener);
      here.on(event, function (this: unknown, ...values: unknown[]) {
        const name = store.getStore();
        if (name === undefined) listener.apply(this, values);
        else reporter.warn(`the module of \`${name}\` failed later: ${describe(values[0])}`);
      });
    }
  }
  return store;
}
