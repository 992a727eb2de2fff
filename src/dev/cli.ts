#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { isObject } from './json.ts';
import { printEvent, printLoss } from './print.ts';
import { DEV_WRITE_KEY, startServer, type LocalErrsight, type RequestLog } from './server.ts';
import { clean, painter } from './terminal.ts';
import { VERSION } from '../lib/version.ts';

/** The port of `errsight dev` unless told otherwise. */
const DEFAULT_PORT = 3003;

const HELP = `errsight dev: a local ErrSight for development

  It takes events as the real server does, keeps them in memory, and prints each one.

Usage: errsight dev [options]

  --port <number>        where to listen on 127.0.0.1 (default ${DEFAULT_PORT}; 0: a free port)
  --rate-limit <number>  events a minute (default 0: unlimited; a new project of ErrSight's has 60)
  --strict               also print what the real ErrSight would have changed, dropped or failed
                         to show without saying so; if there was any, end with status 1
  --help                 print this
  --version              print the version
`;

/** A mistake on the command line. */
class UsageError extends Error {}

interface Arguments {
  readonly task: 'dev' | 'help' | 'version';
  readonly port: number;
  readonly rateLimit: number;
  readonly strict: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const settings = {
    port: readNumber('--port', values.port ?? String(DEFAULT_PORT), 65_535),
    rateLimit: readNumber('--rate-limit', values['rate-limit'] ?? '0', Number.MAX_SAFE_INTEGER),
    strict: values.strict ?? false,
  };
  if (values.help === true) return { task: 'help', ...settings };
  if (values.version === true) return { task: 'version', ...settings };
  const [command, ...more] = positionals;
  if (command === undefined) throw new UsageError('a command is missing: errsight dev');
  if (command !== 'dev') throw new UsageError(`"${command}" is no command; there is only dev`);
  if (more.length > 0) throw new UsageError(`"${more.join(' ')}" is too much`);
  return { task: 'dev', ...settings };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        'rate-limit': { type: 'string' },
        strict: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
    // Its messages end with advice about positional arguments that helps nobody here.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(sentence);
  }
}

function readNumber(option: string, value: string, max: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= max) return number;
  throw new UsageError(`${option} takes a whole number from 0 to ${max}, got "${value}"`);
}

/** Runs until a signal asks it to end. Resolves with the exit status. */
async function dev({ port, rateLimit, strict }: Arguments): Promise<number> {
  const color = process.stdout.isTTY && !process.env['NO_COLOR'];
  const server = await startServer({
    port,
    rateLimitPerMinute: rateLimit,
    onEvent: (event, issue) => print(`\n${printEvent(event, issue, { color })}`),
    onLoss: (loss) => {
      if (strict) print(printLoss(loss, { color }));
    },
    onRequest: (request) => {
      if (request.status >= 400) print(printRefusal(request, color));
    },
  });
  print(`ErrSight is listening. Where your application runs, set

  ERRSIGHT_HOST=${server.url}
  ERRSIGHT_API_KEY=${DEV_WRITE_KEY}

What arrives is below, and at ${server.url}/
`);
  await endOfWork();
  await server.close();
  print(`\n${summary(server)}\n`);
  return strict && server.silent.length > 0 ? 1 : 0;
}

/** Ctrl-C, a supervisor's request to stop, or a reader of our output that went away. */
function endOfWork(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    // Not once: what is still written after the first error fails as well.
    process.stdout.on('error', () => resolve());
  });
}

function print(text: string): void {
  if (!process.stdout.destroyed) process.stdout.write(text);
}

function printRefusal({ method, path, status, error }: RequestLog, color: boolean): string {
  const what = clean(`${method} ${path}`, 100);
  return `\n${painter(color)('warning', String(status))} ${what}: ${error ?? 'refused'}\n`;
}

function summary({ total, issues, requests, forgotten }: LocalErrsight): string {
  const refused = requests.filter(({ status }) => status >= 400).length;
  return [
    plural(total, 'event'),
    plural(issues.length, 'issue'),
    plural(requests.length, 'request'),
    ...(refused > 0 ? [`${refused} of them refused`] : []),
    ...(forgotten > 0 ? [`the oldest ${plural(forgotten, 'event')} no longer kept`] : []),
  ].join(', ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

async function main(): Promise<number> {
  try {
    const args = readArguments(process.argv.slice(2));
    if (args.task === 'dev') return await dev(args);
    print(args.task === 'help' ? HELP : `${VERSION}\n`);
    return 0;
  } catch (error) {
    return complain(error);
  }
}

/** Says in one line what went wrong. Returns the exit status. */
function complain(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`errsight: ${error.message} (see errsight --help)\n`);
    return 2;
  }
  if (isObject(error) && error['code'] === 'EADDRINUSE') {
    const port = String(error['port']);
    process.stderr.write(`errsight: port ${port} is taken; choose another one with --port\n`);
    return 1;
  }
  process.stderr.write(`errsight: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}

void main().then((status) => (process.exitCode = status));
