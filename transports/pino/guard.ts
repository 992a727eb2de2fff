/**
 * Protects pino's worker from later errors in the module of a hook. pino ends the worker for any
 * uncaught error, and then the application. So an error in a timer of such a module would cost the
 * process and all events in the queue.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe } from '../../src/event/error/one-line.ts';
import { createReporter } from '../../src/lib/report.ts';
import { loadHook } from '../../src/options/hooks.ts';

/** The option whose module has started the current async context. */
let running: AsyncLocalStorage<string> | undefined;

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
type Listener = (this: unknown, ...given: unknown[]) => void;

/**
 * Loads the function of an option that names a module; see `loadHook`. Errors that the module does
 * not handle are printed on stderr. Any other value is returned as it is, and nothing is watched.
 */
export async function loadGuarded(name: string, given: unknown): Promise<unknown> {
  if (typeof given !== 'string') return await loadHook(name, given);
  const store = (running ??= watch());
  const hook = await store.run(name, () => loadHook(name, given));
  if (typeof hook !== 'function') return hook;
  return (...values: unknown[]): unknown =>
    store.run(name, () => Reflect.apply(hook, undefined, values) as unknown);
}

/**
 * Listens before pino's listeners, which end the worker. pino has added them before it starts a
 * target.
 */
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
