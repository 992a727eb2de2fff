#!/usr/bin/env node
/** The command line. It finds the command, and loads only that one's code. */
import { VERSION } from '../lib/version.ts';
import { complain, split, UsageError } from './args.ts';
import { COMMANDS, helpOf, isCommand, OVERVIEW, type Command } from './help.ts';
import { print } from './output.ts';

/** Runs a command. Resolves with the exit status. */
type Run = (args: readonly string[]) => Promise<number>;

const LOAD: Readonly<Record<Command, () => Promise<{ readonly run: Run }>>> = {
  dev: () => import('./dev.ts'),
  test: () => import('./trial.ts'),
  init: () => import('./init.ts'),
  pipe: () => import('./pipe.ts'),
  relay: () => import('./relay.ts'),
};

async function main(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  const { own } = split(args);
  const command = commandOf(first);
  if (own.some((each) => each === '--help' || each === '-h')) {
    print(command === undefined ? OVERVIEW : helpOf(command));
    return 0;
  }
  if (own.some((each) => each === '--version' || each === '-v')) {
    print(`${VERSION}\n`);
    return 0;
  }
  if (command === undefined) throw unknown(first);
  const { run } = await LOAD[command]();
  return run(rest);
}

function unknown(given: string | undefined): UsageError {
  const known = COMMANDS.join(', ');
  if (given === undefined) return new UsageError(`a command is missing; there are ${known}`);
  if (given.startsWith('-')) {
    return new UsageError(`expected a command before "${given}"; there are ${known}`);
  }
  return new UsageError(`"${given}" is no command; there are ${known}`);
}

function commandOf(first: string | undefined): Command | undefined {
  return first !== undefined && isCommand(first) ? first : undefined;
}

const given = process.argv.slice(2);
void main(given)
  .catch((error: unknown) => complain(error, commandOf(given[0])))
  .then((status) => (process.exitCode = status));
