import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isObject, read } from '../src/event/guarded.ts';
import { here } from '../src/here.cts';
import { OptionError } from '../src/option-reader.ts';

/**
 * The function behind an option that names a module; anything else as it is.
 *
 * @throws {OptionError} (rejects) when there is no such module, or no function in it.
 */
export async function loadHook(name: string, given: unknown): Promise<unknown> {
  if (typeof given !== 'string') return given;
  let exported: unknown;
  try {
    exported = unwrap(await load(given), name);
  } catch (error) {
    throw new OptionError(name, `the module of \`${name}\` failed: ${String(error)}`);
  }
  if (typeof exported === 'function') return exported;
  throw new OptionError(
    name,
    `expected the module of \`${name}\` to export a function as \`${name}\` or as default`,
  );
}

async function load(specifier: string): Promise<unknown> {
  const project = createRequire(join(process.cwd(), 'package.json'));
  const path = specifier.startsWith('file:')
    ? fileURLToPath(specifier)
    : project.resolve(specifier);
  try {
    // Works for both kinds of modules, and in both of our builds: TypeScript makes a require of an
    // import() in CommonJS.
    return createRequire(here)(path) as unknown;
  } catch (error) {
    // Only an ES module that awaits something at its top level needs more.
    if (!isObject(error) || !String(read(error, 'code')).startsWith('ERR_REQUIRE_')) throw error;
    return import(pathToFileURL(path).href);
  }
}

/** The export of that name, or the default one, behind as many `default`s as a compiler has put there. */
function unwrap(module: unknown, name: string): unknown {
  let value = module;
  // Functions have properties too: the first one is what was looked for.
  for (let depth = 0; depth < 3 && typeof value !== 'function' && isObject(value); depth += 1) {
    value = read(value, name) ?? read(value, 'default');
  }
  return value;
}
