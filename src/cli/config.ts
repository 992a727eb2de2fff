import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadEnvFile } from 'node:process';
import { pathToFileURL } from 'node:url';
import { resolveInitOptions } from '../options/resolve.ts';
import type { InitConfig } from '../options/config.ts';
import { OptionError } from '../options/option-error.ts';
import { isObject, read } from '../lib/safe-read.ts';
import { UsageError } from './args.ts';

/** Where a command's configuration comes from. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly env?: string | undefined;
}

/** The options of `readOptions` for these flags. */
export const CONFIG_OPTIONS = {
  config: { type: 'string' },
  env: { type: 'string' },
} as const;

/** Options as `init` would take them, and what is wrong with the environment. */
export interface Configuration {
  readonly config: InitConfig;
  readonly options: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

/**
 * Options of a file, and the environment's.
 *
 * @throws {UsageError} for a file that can't be used, and for a wrong option in it.
 */
export async function loadConfiguration(flags: ConfigFlags): Promise<Configuration> {
  const envFile = flags.env;
  if (envFile !== undefined) {
    try {
      loadEnvFile(envFile);
    } catch (error) {
      throw new UsageError(`--env: ${envFile} could not be read: ${reasonOf(error)}`);
    }
  }
  const options = flags.config === undefined ? {} : await optionsOf(flags.config);
  const problems: string[] = [];
  try {
    const config = resolveInitOptions(options, process.env, (problem) => problems.push(problem));
    return { config, options, problems };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new UsageError(`${flags.config ?? 'the configuration'}: ${error.problem}`);
  }
}

async function optionsOf(file: string): Promise<Readonly<Record<string, unknown>>> {
  let found: unknown;
  try {
    found = file.endsWith('.json')
      ? JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
      : await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new UsageError(`--config: ${file} could not be read: ${reasonOf(error)}`);
  }
  // A compiler can put several `default`s around it.
  for (let depth = 0; depth < 3 && isObject(found) && 'default' in found; depth += 1) {
    found = found.default;
  }
  if (!isObject(found) || typeof found === 'function' || Array.isArray(found)) {
    throw new UsageError(`--config: expected ${file} to export an object of options as default`);
  }
  // An option of the pino target, which has no meaning here.
  const { nestedKey: _pino, ...options } = found as Record<string, unknown>;
  return options;
}

function reasonOf(error: unknown): string {
  const code = isObject(error) ? read(error, 'code') : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
