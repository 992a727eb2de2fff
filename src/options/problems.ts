import { statSync } from 'node:fs';
import { attempt } from '../lib/safe-read.ts';
import type { Config } from './config.ts';
import type { OptionReader } from './reader.ts';

/** Hears what is wrong with the options. The application starts nevertheless. */
export type Tell = (problem: string) => void;

export const KEY_VARIABLE = 'ERRSIGHT_API_KEY';
export const HOST_VARIABLE = 'ERRSIGHT_HOST';

/** A write key as ErrSight makes it. */
const KEY = /^elp_[0-9a-f]{48}$/;

/**
 * All faults are found at once, so they are told in one line. Without a key nothing else is told.
 */
export function tellProblems({ faults }: OptionReader, config: Config, tell: Tell): void {
  const { apiKey, projectRoot } = config;
  const isOff = faults.has(KEY_VARIABLE) || faults.has(HOST_VARIABLE);
  if (apiKey === undefined && !isOff) return;
  const problems = [...faults.values()];
  if (apiKey !== undefined && !KEY.test(apiKey)) {
    problems.push(
      `the API key has ${apiKey.length} characters and not the form of a key, which is \`elp_\` and 48 ` +
        'digits or letters from a to f',
    );
  }
  if (projectRoot !== undefined && !isFolder(projectRoot)) {
    problems.push(`\`projectRoot\` is no folder here, got \`${projectRoot}\``);
  }
  if (problems.length === 0) return;
  const end = isOff ? '; nothing is reported' : '';
  tell(`the settings are wrong: ${problems.join('; ')}${end}`);
}

function isFolder(path: string): boolean {
  return attempt(() => statSync(path, { throwIfNoEntry: false })?.isDirectory()) === true;
}
