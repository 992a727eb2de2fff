import { statSync } from 'node:fs';
import { attempt } from '../lib/safe-read.ts';
import type { Config } from './config.ts';
import type { OptionReader } from './reader.ts';

/** Hears what is wrong, and does not keep the application from starting. */
export type Tell = (problem: string) => void;

export const KEY_VARIABLE = 'ERRSIGHT_API_KEY';
export const HOST_VARIABLE = 'ERRSIGHT_HOST';

/** A write key as ErrSight makes it. */
const KEY = /^elp_[0-9a-f]{48}$/;

/** In one line, since all of it is found at once. Who has no key is not told of anything else. */
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
