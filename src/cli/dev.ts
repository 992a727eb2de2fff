/** `errsight dev`: a local ErrSight, and a program that reports to it. */
import { printEvent, printLoss } from '../dev/print.ts';
import {
  DEV_READ_KEY,
  DEV_WRITE_KEY,
  startServer,
  type LocalErrsight,
  type RequestLog,
} from '../dev/server.ts';
import { clean, painter } from '../dev/terminal.ts';
import { readNumber, readOptions, split, UsageError } from './args.ts';
import { openBrowser } from './browser.ts';
import { DEFAULT_PORT } from './help.ts';
import { plural, print, printAside } from './output.ts';
import { runProgram } from './program.ts';

interface Settings {
  readonly port: number;
  readonly host: string;
  readonly hostNames: readonly string[];
  readonly rateLimit: number;
  readonly strict: boolean;
  readonly json: boolean;
  readonly open: boolean;
  readonly program: readonly string[] | undefined;
}

/**
 * Runs until its program ends. Without a program it runs until a signal ends it. Resolves with the
 * exit status.
 */
export async function run(args: readonly string[]): Promise<number> {
  const settings = readSettings(args);
  const { strict, json, program } = settings;
  // stdout belongs to the program, or to the reader of JSON.
  const say = program === undefined && !json ? print : printAside;
  const stream = say === print ? process.stdout : process.stderr;
  const color = stream.isTTY && !process.env['NO_COLOR'];
  const server = await startServer({
    port: settings.port,
    host: settings.host,
    hostNames: settings.hostNames,
    anyKey: !strict,
    rateLimitPerMinute: settings.rateLimit,
    onEvent: (event, issue) => {
      if (json) print(`${JSON.stringify(event)}\n`);
      else say(`\n${printEvent(event, issue, { color })}`);
    },
    onLoss: (loss) => {
      if (strict) say(printLoss(loss, { color }));
    },
    onStranger: oncePerName((name) => say(printStranger(name, color))),
    onRequest: (request) => {
      if (request.status >= 400) say(printRefusal(request, color));
    },
  });
  say(greeting(server, settings));
  if (settings.open) openBrowser(server.url, say);
  const status = program === undefined ? await endOfWork() : await around(program, server, json);
  await server.close();
  say(`\n${summary(server)}\n`);
  return status === 0 && strict && server.silent.length > 0 ? 1 : status;
}

function readSettings(args: readonly string[]): Settings {
  const { own, program } = split(args);
  const values = readOptions('dev', own, {
    port: { type: 'string' },
    host: { type: 'string' },
    'host-name': { type: 'string' },
    'rate-limit': { type: 'string' },
    strict: { type: 'boolean' },
    json: { type: 'boolean' },
    open: { type: 'boolean' },
  });
  if (program?.length === 0) throw new UsageError('a program is missing behind --');
  if (values.host === '') throw new UsageError('--host takes an address, as 0.0.0.0');
  const hostNames = (values['host-name'] ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim());
  if (values['host-name'] !== undefined && !hostNames.every((each) => /^[\w.-]+$/.test(each))) {
    throw new UsageError('--host-name takes a name, as errsight.test, or several with commas');
  }
  return {
    hostNames,
    port: readNumber('--port', values.port ?? String(DEFAULT_PORT), 65_535),
    host: values.host ?? '127.0.0.1',
    rateLimit: readNumber('--rate-limit', values['rate-limit'] ?? '0', Number.MAX_SAFE_INTEGER),
    strict: values.strict ?? false,
    json: values.json ?? false,
    open: values.open ?? false,
    program,
  };
}

function around(
  program: readonly string[],
  server: LocalErrsight,
  isJson: boolean,
): Promise<number> {
  const env = { ERRSIGHT_HOST: server.url, ERRSIGHT_API_KEY: DEV_WRITE_KEY };
  // If the reader goes away, that ends the program, but not this command. What the program still
  // reports counts.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return runProgram(program, env, isJson);
}

/**
 * Resolves at Ctrl-C, at a supervisor's request to stop, or when the reader of our output goes
 * away.
 */
async function endOfWork(): Promise<number> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    // Not `once`, since what is written after the first error fails as well.
    process.stdout.on('error', () => resolve());
    process.stderr.on('error', () => undefined);
  });
  return 0;
}

function greeting(server: LocalErrsight, { host, program }: Settings): string {
  const where =
    program === undefined
      ? `Where your application runs, set

  ERRSIGHT_HOST=${server.url}
  ERRSIGHT_API_KEY=${DEV_WRITE_KEY}
`
      : `${server.url} is set for ${clean(program.join(' '), 100)}.
`;
  const warning = /^(?:127\.|::1$|localhost$)/.test(host)
    ? ''
    : `
Careful: it listens on ${clean(host, 100)}. Whoever reaches this machine at port ${server.port} can read
and send events. From a container it is http://host.docker.internal:${server.port}, from another one of its
network http://<the name of its service>:${server.port}
`;
  return `ErrSight is listening. ${where}
What arrives is below, and at ${server.url}/
To read events by its API, use the key ${DEV_READ_KEY}
${warning}`;
}

/** How many names are reported, since a client can make up any number of them. */
const MAX_NAMES = 10;

/** A refused client tries again and again, so the same refusal is printed once. */
function oncePerName(tell: (name: string) => void): (host: string) => void {
  const told = new Set<string>();
  return (host) => {
    const name = host.toLowerCase().replace(/:\d+$/, '');
    if (told.has(name) || told.size >= MAX_NAMES) return;
    told.add(name);
    tell(name);
  };
}

function printStranger(given: string, color: boolean): string {
  const name = clean(given, 100);
  const cure = /^[\w.-]+$/.test(name)
    ? `If it does, start with --host-name ${name}`
    : 'Use an address, or localhost.';
  const status = painter(color)('warning', '403');
  return `\n${status} for requests to "${name}": it is not known that this name leads here. ${cure}\n`;
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
