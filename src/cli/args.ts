import { parseArgs } from 'node:util';
import { isObject, read } from '../lib/safe-read.ts';

/** A mistake on the command line, or in a file that it names. The command ends with status 2. */
export class UsageError extends Error {}

/** The arguments of the command itself, and the program behind `--`. */
export function split(args: readonly string[]): {
  readonly own: readonly string[];
  readonly program: readonly string[] | undefined;
} {
  const at = args.indexOf('--');
  if (at === -1) return { own: args, program: undefined };
  return { own: args.slice(0, at), program: args.slice(at + 1) };
}

/** The options of a command, by their names: whether they take a text. */
export type OptionTypes = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;

/** What was given for them. */
export type Given<T extends OptionTypes> = {
  readonly [Name in keyof T]?: (T[Name]['type'] extends 'string' ? string : boolean) | undefined;
};

/**
 * Reads the options of a command.
 *
 * @throws {UsageError} for an unknown option, and for words that are no option.
 */
export function readOptions<T extends OptionTypes>(
  command: string,
  args: readonly string[],
  options: T,
): Given<T> {
  const known = Object.keys(options).map((name) => `--${name}`);
  const { values, positionals } = parse(args, options, known.join(', '));
  if (positionals.length === 0) return values;
  const words = positionals.join(' ');
  throw new UsageError(
    `"${words}" is too much for errsight ${command}, which takes ${known.join(', ')}`,
  );
}

function parse(
  args: readonly string[],
  options: OptionTypes,
  known: string,
): { readonly values: object; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    // Its messages end with advice about positional arguments that helps nobody here.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    const isUnknown = sentence.startsWith('Unknown option');
    throw new UsageError(isUnknown ? `${sentence}; there are ${known}` : sentence);
  }
}

/** @throws {UsageError} if it is no whole number from 0 on. */
export function readNumber(option: string, value: string, max: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= max) return number;
  throw new UsageError(`${option} takes a whole number from 0 to ${max}, got "${value}"`);
}

/**
 * Says in one line what went wrong. Returns the exit status.
 *
 * @param command the command whose help is named, if one was given
 */
export function complain(error: unknown, command?: string): number {
  if (error instanceof UsageError) {
    const help = command === undefined ? 'errsight --help' : `errsight ${command} --help`;
    process.stderr.write(`errsight: ${error.message} (see ${help})\n`);
    return 2;
  }
  if (isObject(error) && read(error, 'code') === 'EADDRINUSE') {
    const port = String(read(error, 'port'));
    process.stderr.write(
      `errsight: port ${port} is taken, perhaps by another errsight dev; choose a free one with --port 0\n`,
    );
    return 1;
  }
  process.stderr.write(`errsight: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}
