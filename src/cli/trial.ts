/** `errsight test`: sends one event with the configuration at hand, and says what became of it. */
import { bareHost, isLoopback, parseProxy } from '../lib/proxy.ts';
import { clean } from '../dev/terminal.ts';
import { Pipeline } from '../pipeline.ts';
import type { ActiveConfig } from '../options/config.ts';
import { readOptions } from './args.ts';
import { CONFIG_OPTIONS, loadConfiguration, type ConfigFlags } from './config.ts';
import { explain, keyProblem } from './explain.ts';
import { print } from './output.ts';
import { addressesOf, post, type Sent } from './post.ts';

/** Exit statuses. */
const ARRIVED = 0;
const NOT_ARRIVED = 1;
const WRONG_CONFIGURATION = 2;

const MESSAGE = 'errsight test: it works';

/** Resolves with the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  return testWith(readOptions('test', args, CONFIG_OPTIONS));
}

/** The same for a caller that has read the options. */
export async function testWith(flags: ConfigFlags): Promise<number> {
  const { config, options, problems } = await loadConfiguration(flags);
  const host = new URL(config.host);
  line('configuration', describeSource(flags));
  // With wrong settings this would be the default server, which nobody has chosen.
  const isChosen = config.apiKey !== undefined || problems.length === 0;
  if (isChosen) line('server', `${host.origin}${host.pathname === '/' ? '' : host.pathname}`);
  const problem = keyProblem(options['apiKey'] ?? process.env['ERRSIGHT_API_KEY']);
  if (config.apiKey === undefined) {
    const isOff = options['enabled'] === false;
    const [what, cure] = isOff
      ? ['the option `enabled` is false', 'Take it out, or set it to true.']
      : (problem ?? ['no key is known', NO_KEY]);
    return fail(
      problem?.[0] ?? problems.at(0) ?? what,
      problem?.[1] ?? (problems.length > 0 ? cureOf(problems) : cure),
      WRONG_CONFIGURATION,
    );
  }
  line('key', `ends in ${config.apiKey.slice(-4)}`);
  for (const each of problems) line('careful', each);
  const active = { ...config, apiKey: config.apiKey };
  return config.transport === undefined ? overHttp(active, problem) : byTransport(active);
}

const NO_KEY =
  'Set ERRSIGHT_API_KEY to the write key of your project, or name the file that has it: --env .env\n' +
  'Without a project, npx errsight dev runs a local ErrSight and prints a key.';

function cureOf(problems: readonly string[]): string {
  return problems.some((each) => /`(?:ERRSIGHT_HOST|host)`/.test(each))
    ? 'Write the whole address, as https://errsight.com, or http://127.0.0.1:3003 for errsight dev.'
    : 'Set the variables as docs/getting-started.md says.';
}

/** Sends the event as all events are sent, but only once, and looks at the answer. */
async function overHttp(
  config: ActiveConfig,
  problem: readonly [string, string] | undefined,
): Promise<number> {
  const { proxy, proxyFault } = config;
  line('proxy', proxy === undefined ? (proxyFault ?? 'none') : nameOf(proxy));
  if (proxyFault !== undefined) {
    const cure = 'Set the variable to a URL as http://proxy:3128, or to nothing.';
    return fail(`${proxyFault}, so nothing is sent`, cure, WRONG_CONFIGURATION);
  }
  const body = await makeEvent(config);
  if (body === undefined) return fail(...LEFT_OUT);
  const first = new URL(proxy ?? config.host);
  const found = await addressesOf(bareHost(first));
  line('address', found.addresses.length > 0 ? found.addresses.join(', ') : 'none');
  const sent: Sent = found.error ?? (await post(config, body));
  if (sent.tls !== undefined) line('TLS', sent.tls);
  if (sent.status !== undefined) line('answer', `HTTP ${sent.status} in ${sent.ms} ms`);
  if (sent.said !== undefined) line('it said', clean(sent.said, 200));
  const explained = explain(sent, config);
  if (explained === undefined) return succeed(config);
  const [what, cure] = explained;
  return sent.status === 401 && problem !== undefined
    ? fail(`${what} ${problem[0]}.`, problem[1])
    : fail(what, cure);
}

const LEFT_OUT = [
  'your own settings leave the event out',
  'Look at `beforeSend`: it returned null for it, or threw. Or `ignoreErrors` matches it.',
] as const;

/** Gives the event to the application's own transport. */
async function byTransport(config: ActiveConfig): Promise<number> {
  const own = typeof config.transport === 'string' ? config.transport : 'a function';
  line('transport', `${own}, in place of ErrSight's API`);
  const pipeline = new Pipeline({ ...config, spool: false, sampleRate: 1 });
  if (capture(pipeline) === undefined) return fail(...LEFT_OUT);
  const hasTaken = await pipeline.close(config.shutdownTimeout);
  if (!hasTaken) {
    return fail('your transport has not taken it', 'ERRSIGHT_DEBUG=1 says why it failed.');
  }
  print(
    '\nYour transport has taken it. Whether it reaches ErrSight from there is up to what comes next.\n',
  );
  return ARRIVED;
}

/** The bytes of the event as the application would send it. Undefined if its hooks leave it out. */
async function makeEvent(config: ActiveConfig): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array | undefined;
  const pipeline = new Pipeline({
    ...config,
    spool: false,
    sampleRate: 1,
    transport: (body) => {
      bytes = body;
    },
  });
  if (capture(pipeline) === undefined) return undefined;
  await pipeline.close(config.timeout);
  return bytes;
}

function capture(pipeline: Pipeline): string | undefined {
  // The level is no higher, so that it alerts nobody.
  const record = { time: Date.now(), level: 'info', message: MESSAGE, fields: {} } as const;
  return pipeline.capture(record, [{ tags: { errsight: 'test' } }]);
}

function succeed({ host, environment }: ActiveConfig): number {
  const url = new URL(host);
  const where = isLoopback(url)
    ? 'where errsight dev runs, or at'
    : 'among the logs of your project at';
  print(`\nIt has arrived. Look for "${MESSAGE}" (info, ${environment}) ${where} ${url.origin}\n`);
  return ARRIVED;
}

function fail(what: string, cure: string, status: number = NOT_ARRIVED): number {
  print(`\nIt has not arrived: ${what}${/[.!?]$/.test(what) ? '' : '.'}\n${cure}\n`);
  return status;
}

function line(name: string, text: string): void {
  print(`  ${name.padEnd(14)} ${text}\n`);
}

function nameOf(proxy: string): string {
  const url = parseProxy(proxy);
  return url === undefined ? 'unknown' : `${url.protocol}//${url.host}`;
}

function describeSource({ config, env: envFile }: ConfigFlags): string {
  const files = [config, envFile].filter((each) => each !== undefined);
  return [...files, 'the environment'].join(', ');
}
