import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tap, { type Test } from 'tap';
import { isObject } from '../../src/dev/json.ts';
import { strictServer } from '../helpers/errsight.ts';
import { ask } from '../dev/requests.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** How long a child may take to say or do something, in milliseconds. */
const PATIENCE = 10_000;

interface Run {
  readonly child: ChildProcess;
  /** What it wrote so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves once its standard output has this in it. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Resolves with its exit status once it ended. */
  readonly end: Promise<number | null>;
}

/** Runs the command line tool as a child, which does not outlive the test. */
function run(t: Test, args: readonly string[]): Run {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  const end = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no ${String(pattern)} in ${JSON.stringify(output)}`));
      }, PATIENCE);
      const look = (): void => {
        const found = pattern.exec(output.stdout);
        if (found === null) return;
        clearTimeout(timer);
        child.stdout.off('data', look);
        resolve(found);
      };
      child.stdout.on('data', look);
      look();
    });
  t.teardown(async () => {
    child.kill('SIGKILL');
    await end;
  });
  return { child, output, says, end };
}

/** Posts events to the child with the key it printed. */
async function send(cli: Run, body: string): Promise<number> {
  const url = (await cli.says(/^ {2}ERRSIGHT_HOST=(\S+)$/m))[1] ?? '';
  const key = (await cli.says(/^ {2}ERRSIGHT_API_KEY=(\S+)$/m))[1] ?? '';
  const headers = { 'X-API-Key': key };
  return (await ask(`${url}/api/v1/events`, { method: 'POST', headers, body })).status;
}

await tap.test(
  'says what to set, prints what arrives, ends on Ctrl-C with a summary',
  async (t) => {
    const cli = run(t, ['dev', '--port', '0']);
    t.equal(await send(cli, '[{"level":"error","message":"boom","extra":1}]'), 202);
    await cli.says(/boom/);
    t.equal(await send(cli, '{"message"'), 400);
    await cli.says(/400/);
    cli.child.kill('SIGINT');
    t.equal(await cli.end, 0);
    t.equal(cli.output.stderr, '');
    t.equal(
      cli.output.stdout
        .replace(/:\d+$/m, ':PORT')
        .replace(/^[\d:.]+ (?=ERROR)/m, 'TIME ')
        .replace(/(?<=issue )\w+/, 'ID'),
      `\
ErrSight is listening. Where your application runs, set

  ERRSIGHT_HOST=http://127.0.0.1:PORT
  ERRSIGHT_API_KEY=elp_000000000000000000000000000000000000000000000000

TIME ERROR boom
  new · issue ID · production

400 POST /api/v1/events: Invalid JSON payload

1 event, 1 issue, 2 requests, 1 of them refused
`,
    );
  },
);

await tap.test('in strict mode silent losses are printed, and end with status 1', async (t) => {
  const cli = run(t, ['dev', '--port=0', '--strict']);
  t.equal(await send(cli, '{"message":"boom","extra":1}'), 202);
  await cli.says(/^ {2}! dropped \[0\]\.extra: ErrSight has no such field$/m);
  cli.child.kill('SIGTERM');
  t.equal(await cli.end, 1);
  const loose = run(t, ['dev', '--port=0', '--strict']);
  t.equal(await send(loose, '{"message":"boom"}'), 202);
  loose.child.kill('SIGINT');
  t.equal(await loose.end, 0, 'and with 0 when there were none');
});

await tap.test('a rate limit can be set', async (t) => {
  const cli = run(t, ['dev', '--port', '0', '--rate-limit', '1']);
  t.equal(await send(cli, '[{"message":"a"},{"message":"b"}]'), 429);
  t.ok(await cli.says(/^429 POST \/api\/v1\/events: Rate limit exceeded/m));
});

await tap.test('a port that is taken is said in one line', async (t) => {
  const { port } = await strictServer(t);
  const cli = run(t, ['dev', '--port', String(port)]);
  t.equal(await cli.end, 1);
  t.equal(cli.output.stderr, `errsight: port ${port} is taken; choose another one with --port\n`);
  t.equal(cli.output.stdout, '');
});

await tap.test('a wrong command line is explained, with status 2', async (t) => {
  const cases = [
    [[], 'a command is missing: errsight dev'],
    [['serve'], '"serve" is no command; there is only dev'],
    [['dev', 'now', 'please'], '"now please" is too much'],
    [['dev', '--prot', '1'], "Unknown option '--prot'"],
    [['dev', '--port'], "Option '--port <value>' argument missing"],
    [['dev', '--port', 'x'], '--port takes a whole number from 0 to 65535, got "x"'],
    [['dev', '--port', '65536'], '--port takes a whole number from 0 to 65535, got "65536"'],
    [
      ['dev', '--rate-limit', '1.5'],
      '--rate-limit takes a whole number from 0 to 9007199254740991, got "1.5"',
    ],
  ] as const;
  await Promise.all(
    cases.map(async ([args, message]) => {
      const cli = run(t, args);
      t.equal(await cli.end, 2, args.join(' '));
      t.equal(cli.output.stderr, `errsight: ${message} (see errsight --help)\n`);
    }),
  );
});

await tap.test('help and version', async (t) => {
  const help = run(t, ['--help']);
  t.equal(await help.end, 0);
  t.match(
    help.output.stdout,
    /--port[^]+default 3003[^]+--rate-limit[^]+a new project[^]+60[^]+--strict/,
  );
  const version = run(t, ['--version']);
  t.equal(await version.end, 0);
  const path = fileURLToPath(import.meta.resolve('errsight/package.json'));
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  t.equal(version.output.stdout, `${isObject(content) ? String(content['version']) : ''}\n`);
});

await tap.test('a reader that goes away ends it', async (t) => {
  const cli = run(t, ['dev', '--port', '0']);
  const url = (await cli.says(/^ {2}ERRSIGHT_HOST=(\S+)$/m))[1] ?? '';
  cli.child.stdout?.destroy();
  const hit = (): Promise<unknown> => ask(`${url}/api/v1/events`, { method: 'POST' });
  await hit().catch(() => undefined);
  t.equal(await cli.end, 0);
});
