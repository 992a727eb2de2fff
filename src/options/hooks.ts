import { requireFrom } from '../lib/require-from.ts';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { systemClock, type Timer } from '../lib/clock.ts';
import { OptionError } from './option-error.ts';

/**
 * The function behind an option that names a module. Any other value is returned as it is.
 *
 * @throws {OptionError} (rejects) if there is no such module, or no function in it.
 */
export async function loadHook(name: string, given: unknown): Promise<unknown> {
  if (typeof given !== 'string') return given;
  const exported = await attempt(name, async () => {
    const path = resolve(given);
    try {
      return load(path);
    } catch (error) {
      // Only an ES module that awaits something at its top level needs what follows.
      if (!isAsync(error)) throw error;
      return await inTime(
        name,
        import(/* webpackIgnore: true */ /* @vite-ignore */ pathToFileURL(path).href),
      );
    }
  });
  return functionOf(name, exported);
}

/**
 * The same at once, for callers that cannot wait.
 *
 * @throws {OptionError} also for a module that awaits something at its top level.
 */
export function requireHook(name: string, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  try {
    return functionOf(name, load(resolve(given)));
  } catch (error) {
    throw failed(name, error);
  }
}

async function attempt(name: string, action: () => Promise<unknown>): Promise<unknown> {
  try {
    return await action();
  } catch (error) {
    throw failed(name, error);
  }
}

/** ms that a module may await something at its top level. pino's lines wait for it. */
const PATIENCE = 2_000;

/**
 * What a module exports. If the module is late, it is a function that fails until the module is
 * there. If the module rejects, the function fails each time. That costs events, as a hook that
 * throws does. It harms neither the application nor its end.
 */
async function inTime(name: string, loading: Promise<unknown>): Promise<unknown> {
  let hook: ((...given: unknown[]) => unknown) | undefined;
  const loaded = loading.then((exported) => {
    hook = functionOf(name, exported) as typeof hook;
    return hook;
  });
  let timer: Timer | undefined;
  const late = new Promise<unknown>((settle) => {
    timer = systemClock.setTimer(() => {
      // From now on nobody else hears of its failure.
      loaded.catch(() => undefined);
      settle((...given: unknown[]): unknown => {
        if (hook === undefined) throw new Error(`its module has not loaded after ${PATIENCE} ms`);
        return hook(...given);
      });
    }, PATIENCE);
  });
  try {
    return await Promise.race([loaded, late]);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    return (): never => {
      throw new Error(`its module has failed: ${String(error)}`, { cause: error });
    };
  } finally {
    if (timer !== undefined) systemClock.clearTimer(timer);
  }
}

function failed(name: string, error: unknown): OptionError {
  if (error instanceof OptionError) return error;
  return new OptionError(name, `the module of \`${name}\` failed: ${String(error)}`);
}

function resolve(specifier: string): string {
  const project = requireFrom(join(process.cwd(), 'package.json'));
  return specifier.startsWith('file:') ? fileURLToPath(specifier) : project.resolve(specifier);
}

/**
 * Works for both kinds of modules, and in both of our builds. TypeScript would turn an `import()`
 * into a `require`.
 */
function load(path: string): unknown {
  return requireFrom(path)(path) as unknown;
}

function isAsync(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_REQUIRE_');
}

/**
 * The export of that name, or the default export, which can lie under several `default`s of a
 * compiler.
 */
function functionOf(name: string, module: unknown): unknown {
  let value = module;
  // Functions have properties too, so the first function is the one.
  for (let depth = 0; depth < 3 && typeof value === 'object' && value !== null; depth += 1) {
    value = (Reflect.get(value, name) as unknown) ?? Reflect.get(value, 'default');
  }
  if (typeof value === 'function') return value;
  throw new OptionError(
    name,
    `expected the module of \`${name}\` to export a function as \`${name}\` or as default`,
  );
}
