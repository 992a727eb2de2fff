/** What `--help` says. `docs/cli.md` has the same options, which a test compares. */

/** The port of `errsight dev` unless told otherwise. */
export const DEFAULT_PORT = 3003;

const COMMON: string = `  --help                 print this
  --version              print the version
`;

const CONFIG: string = `  --config <file>        options: a JSON file, or a module that exports them as default
  --env <file>           variables of a file, as node --env-file takes them
`;

export type Command = 'dev' | 'test' | 'init' | 'pipe' | 'relay';

const PAGES: Readonly<Record<Command, string>> = {
  dev: `errsight dev: a local ErrSight for development

  It takes events as the real server does, keeps them in memory, and prints each one.
  With a program it sets ERRSIGHT_HOST and ERRSIGHT_API_KEY, and ends with the program's status.

Usage: errsight dev [options] [-- program arguments...]

  --port <number>        where to listen (default ${DEFAULT_PORT}; 0: a free port)
  --host <address>       listen on another address than 127.0.0.1, as 0.0.0.0 for containers:
                         whoever reaches it can read and send events
  --host-name <name>     a name that leads here, beside localhost, this machine's and those of a network
                         of containers; several with commas; requests to others get 403
  --rate-limit <number>  events a minute (default 0: unlimited; a new project of ErrSight's has 60)
  --strict               take the printed keys only; also print what the real ErrSight would have
                         changed, dropped or failed to show without saying so; if there was any,
                         end with status 1
  --json                 print whole events, one line of JSON each, and nothing else on stdout
  --open                 open it in the browser
${COMMON}`,
  test: `errsight test: sends one event, and says what became of it

  It uses the variables of the environment, as the application does. Status 0: it has arrived.
  1: it has not. 2: the configuration is wrong.

Usage: errsight test [options]

${CONFIG}${COMMON}`,
  init: `errsight init: puts errsight into a project

  It shows what it would change. For what it cannot place it prints the lines to add.

Usage: errsight init [options]

  --yes                  change the files
  --cwd <folder>         the project's folder (default: this one)
  --entry <file>         the file that the application starts with, where it is not found
${COMMON}`,
  pipe: `errsight pipe: makes events of the lines of another program

  It passes stdin on to stdout as it is. Errors among its lines become events: JSON of pino, bunyan,
  winston, ECS and many others, and plain text with levels and stacks.

Usage: program | errsight pipe [options]

${CONFIG}${COMMON}`,
  relay: `errsight relay: sends on what a fleet has put into a queue in Redis

  The processes of the fleet have the option transport: 'errsight/redis'. As many relays as you like
  can share a stream.

Usage: errsight relay [options]

  --redis <url>          where Redis is (default: ERRSIGHT_REDIS_URL, else REDIS_URL, else
                         this machine)
  --stream <key>         the stream (default: ERRSIGHT_STREAM, else errsight)
  --name <name>          the name of this relay, unlike those of others (default: the name of the machine
                         and the number of the process)
${CONFIG}${COMMON}`,
};

export const COMMANDS: readonly Command[] = Object.keys(PAGES) as readonly Command[];

export function isCommand(name: string): name is Command {
  return Object.hasOwn(PAGES, name);
}

export function helpOf(command: Command): string {
  return PAGES[command];
}

/** What `errsight --help` prints. */
export const OVERVIEW: string = `errsight: brings errors to ErrSight

Usage: errsight <command> [options]

  dev      a local ErrSight for development, around your program if you like
  test     send one event, and say what became of it
  init     put errsight into a project
  pipe     make events of the lines of another program
  relay    send on what a fleet has put into a queue in Redis

  errsight <command> --help has the options.
`;
