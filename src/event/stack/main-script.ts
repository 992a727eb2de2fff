import { readFileSync } from 'node:fs';
import { requireFrom } from '../../lib/require-from.ts';
import { isAbsolute, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { attempt } from '../../lib/safe-read.ts';

/** Options of Node whose value is the next argument. */
const WITH_VALUE =
  /^(?:-r|-C|-S|--(?:require|import|(?:experimental-)?loader|conditions|env-file(?:-if-exists)?|title|inspect-port|stack-trace-limit))$/;

/** Options with the text of the program. Then there is no script. */
const WITHOUT_SCRIPT = /^(?:-e|-p|-pe|--eval|--print)$/;

/**
 * The script that the process was started with, which may be a bundle. Undefined if it can't be
 * found out. A worker has a script of its own, so pino's worker asks Linux for the process's.
 */
export function mainScript(): string | undefined {
  if (isMainThread) return resolved(process.argv[1]);
  const line = attempt(() => readFileSync('/proc/self/cmdline', 'utf8'));
  return line === undefined ? undefined : resolved(scriptOf(line.split('\0').slice(1)));
}

/** Finds the script in the arguments of Node. */
export function scriptOf(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (WITHOUT_SCRIPT.test(arg)) return undefined;
    if (WITH_VALUE.test(arg)) at += 1;
    else if (!arg.startsWith('-') && arg !== '') return arg;
  }
  return undefined;
}

/** The path of the script, which may be given without its extension, or be a folder. */
function resolved(script: string | undefined): string | undefined {
  if (script === undefined) return undefined;
  return attempt(() =>
    requireFrom(join(process.cwd(), 'main.js')).resolve(
      isAbsolute(script) ? script : `./${script}`,
    ),
  );
}
