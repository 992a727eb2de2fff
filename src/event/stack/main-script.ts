import { readFileSync } from 'node:fs';
import { requireFrom } from '../../lib/require-from.ts';
import { isAbsolute, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { attempt } from '../../lib/safe-read.ts';

/** Options of Node that have their value in the next argument. */
const WITH_VALUE =
  /^(?:-r|-C|-S|--(?:require|import|(?:experimental-)?loader|conditions|env-file(?:-if-exists)?|title|inspect-port|stack-trace-limit))$/;

/** Options that say that there is no script, but its text. */
const WITHOUT_SCRIPT = /^(?:-e|-p|-pe|--eval|--print)$/;

/**
 * The script that the process was started with, in which its bundle may be; undefined where nobody
 * knows. A worker has a script of its own: pino's worker asks Linux for that of the process.
 */
export function mainScript(): string | undefined {
  if (isMainThread) return resolved(process.argv[1]);
  const line = attempt(() => readFileSync('/proc/self/cmdline', 'utf8'));
  return line === undefined ? undefined : resolved(scriptOf(line.split('\0').slice(1)));
}

/** The script among the arguments of Node. */
export function scriptOf(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (WITHOUT_SCRIPT.test(arg)) return undefined;
    if (WITH_VALUE.test(arg)) at += 1;
    else if (!arg.startsWith('-') && arg !== '') return arg;
  }
  return undefined;
}

/** It may be named without its extension, or be a folder. */
function resolved(script: string | undefined): string | undefined {
  if (script === undefined) return undefined;
  return attempt(() =>
    requireFrom(join(process.cwd(), 'main.js')).resolve(
      isAbsolute(script) ? script : `./${script}`,
    ),
  );
}
