import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import tap, { type Test } from 'tap';
import { isObject } from '../../src/dev/json.ts';
import { PATIENCE } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { ask } from '../dev/requests.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

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
function run(
  t: Test,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  more: { readonly detached?: boolean } = {},
): Run {
  // `env -i`, since tap adds its own hooks to whatever environment `spawn` is given.
  const all = { PATH: process.env['PATH'] ?? '', ...env };
  const pairs = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const child = spawn('/usr/bin/env', ['-i', ...pairs, process.execPath, CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...more,
  });
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
        .replaceAll(/(?<=127\.0\.0\.1):\d+/g, ':PORT')
        .replace(/^[\d:.]+ (?=ERROR)/m, 'TIME ')
        .replace(/(?<=issue )\w+/, 'ID'),
      `\
ErrSight is listening. Where your application runs, set

  ERRSIGHT_HOST=http://127.0.0.1:PORT
  ERRSIGHT_API_KEY=elp_000000000000000000000000000000000000000000000000

What arrives is below, and at http://127.0.0.1:PORT/
To read events by its API, use the key elr_000000000000000000000000000000000000000000000000

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
  const cure = 'perhaps by another errsight dev; choose a free one with --port 0';
  t.equal(cli.output.stderr, `errsight: port ${port} is taken, ${cure}\n`);
  t.equal(cli.output.stdout, '');
});

await tap.test('a wrong command line is explained, with status 2', async (t) => {
  const there = 'there are dev, test, init, pipe, relay';
  const cases = [
    [[], `a command is missing; ${there}`],
    [['serve'], `"serve" is no command; ${there}`],
    [['--port', '1'], `expected a command before "--port"; ${there}`],
    [
      ['dev', 'now', 'please'],
      '"now please" is too much for errsight dev, which takes --port, --host, --host-name, --rate-limit, --strict, --json, --open',
    ],
    [
      ['dev', '--prot', '1'],
      "Unknown option '--prot'; there are --port, --host, --host-name, --rate-limit, --strict, --json, --open",
    ],
    [['dev', '--port'], "Option '--port <value>' argument missing"],
    [['dev', '--port', 'x'], '--port takes a whole number from 0 to 65535, got "x"'],
    [['dev', '--port', '65536'], '--port takes a whole number from 0 to 65535, got "65536"'],
    [['dev', '--host='], '--host takes an address, as 0.0.0.0'],
    [
      ['dev', '--host-name', 'http://a'],
      '--host-name takes a name, as errsight.test, or several with commas',
    ],
    [['dev', '--'], 'a program is missing behind --'],
    [['test', '--env', 'nope'], '--env: nope could not be read: there is no such file'],
    [
      ['dev', '--rate-limit', '1.5'],
      '--rate-limit takes a whole number from 0 to 9007199254740991, got "1.5"',
    ],
  ] as const;
  await Promise.all(
    cases.map(async ([args, message]) => {
      const cli = run(t, args);
      t.equal(await cli.end, 2, args.join(' '));
      t.equal(
        cli.output.stderr,
        `errsight: ${message} (see ${/^(?:dev|test)$/.test(args[0] ?? '') ? `errsight ${args[0]}` : 'errsight'} --help)\n`,
      );
    }),
  );
});

await tap.test('help and version', async (t) => {
  const help = run(t, ['--help']);
  t.equal(await help.end, 0);
  t.match(help.output.stdout, / dev [^]+ test [^]+ init [^]+ pipe [^]+ relay /);
  const ofDev = run(t, ['dev', '--help']);
  t.equal(await ofDev.end, 0);
  t.match(
    ofDev.output.stdout,
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

/** A program that reports an error, and does something more. */
const reporting = (more: string): string[] => [
  process.execPath,
  '--input-type=module',
  '-e',
  `import { captureException, close, init } from 'errsight';
   init(); captureException(new Error('of the program')); await close(); ${more}`,
];

await tap.test(
  'a program has host and key, its output is as it is, and so is its end',
  async (t) => {
    const cli = run(t, [
      'dev',
      '--port=0',
      '--',
      ...reporting(`process.stdout.write('\\x00no end'); process.exit(7)`),
    ]);
    t.equal(await cli.end, 7);
    t.equal(cli.output.stdout, '\0no end', "stdout is the program's");
    t.match(cli.output.stderr, /is set for [^]*Error: of the program[^]*1 event, 1 issue/);

    const killed = run(t, [
      'dev',
      '--port=0',
      '--',
      ...reporting(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)`),
    ]);
    t.equal(await killed.end, 128 + 9, 'a signal is told as a shell tells it');

    const missing = run(t, ['dev', '--port=0', '--', 'no-such-program-here', '--help']);
    t.equal(await missing.end, 127);
    t.match(
      missing.output.stderr,
      /no-such-program-here could not be started: there is no such program\n/,
    );
    const line = run(t, ['dev', '--port=0', '--', 'true && true']);
    t.equal(await line.end, 127);
    t.match(line.output.stderr, /a line of a shell is: -- sh -c 'true && true'/);
  },
);

await tap.test('signals go to the program, which says what becomes of them', async (t) => {
  const code = `process.on('SIGTERM', () => { console.log('asked to end'); process.exit(5); });
    setInterval(() => {}, 1000); console.log('ready');`;
  const cli = run(t, ['dev', '--port=0', '--', process.execPath, '-e', code]);
  await cli.says(/ready/);
  cli.child.kill('SIGTERM');
  t.equal(await cli.end, 5);
  t.match(cli.output.stdout, /asked to end/);
});

await tap.test('a signal to the whole group reaches the program once', async (t) => {
  const code = `let count = 0;
    process.on('SIGINT', () => console.log('INT', ++count));
    process.on('SIGQUIT', () => { console.log('ended after', count); process.exit(40 + count); });
    setInterval(() => {}, 1000); console.log('ready');`;
  for (const [what, program] of [
    ['a program', [process.execPath, '-e', code]],
    ['one behind a shell', ['sh', '-c', '"$0" -e "$1"; exit $?', process.execPath, code]],
  ] as const) {
    const cli = run(t, ['dev', '--port=0', '--', ...program], {}, { detached: true });
    await cli.says(/ready/);
    process.kill(-(cli.child.pid ?? 0), 'SIGINT');
    await cli.says(/INT 1/);
    // It comes behind whatever else was passed on.
    cli.child.kill('SIGQUIT');
    t.match(await cli.says(/ended after \d/), ['ended after 1'], what);
    const status = await cli.end;
    if (what === 'a program') t.equal(status, 41);
  }
});

await tap.test('a name that is not known to lead here is told once, with the cure', async (t) => {
  const names = ['errsight.corp.example', 'other.example'];
  const ask403 = async (cli: Run): Promise<number[]> => {
    const url = (await cli.says(/^ {2}ERRSIGHT_HOST=(\S+)$/m))[1] ?? '';
    const statuses: number[] = [];
    for (const host of [...names, ...names, 'ERRSIGHT.corp.example:3003']) {
      const sent = request(`${url}/page.js`, { headers: { host }, agent: false }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      statuses.push(response.resume().statusCode ?? 0);
    }
    return statuses;
  };
  const cli = run(t, ['dev', '--port=0']);
  t.strictSame(await ask403(cli), [403, 403, 403, 403, 403]);
  cli.child.kill('SIGINT');
  await cli.end;
  const told = [
    ...cli.output.stdout.matchAll(/^403 for requests to "(\S+)".*--host-name (\S+)$/gm),
  ];
  t.strictSame(
    told.map(([, one, two]) => [one, two]),
    names.map((name) => [name, name]),
  );
  const open = run(t, ['dev', '--port=0', '--host-name', 'errsight.corp.example, other.example']);
  t.strictSame(await ask403(open), [200, 200, 200, 200, 200]);
});

await tap.test('with --json stdout has whole events, one a line, and nothing else', async (t) => {
  const cli = run(t, [
    'dev',
    '--port=0',
    '--json',
    '--',
    ...reporting(`console.log('of the program itself')`),
  ]);
  t.equal(await cli.end, 0);
  const events = cli.output.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  t.match(events, [{ message: 'Error: of the program', metadata: { exception_class: 'Error' } }]);
  t.match(cli.output.stderr, /of the program itself/);
});

await tap.test('any key that has the form of one is taken, but in strict mode', async (t) => {
  const other = {
    method: 'POST',
    headers: { 'X-API-Key': `elp_${'ab'.repeat(24)}` },
    body: '{"message":"m"}',
  };
  const reading = { headers: { 'X-API-Key': `elr_${'cd'.repeat(24)}` } };
  for (const [args, written, read] of [
    [[], 202, 200],
    [['--strict'], 401, 401],
  ] as const) {
    const cli = run(t, ['dev', '--port=0', ...args]);
    const url = (await cli.says(/^ {2}ERRSIGHT_HOST=(\S+)$/m))[1] ?? '';
    t.equal((await ask(`${url}/api/v1/events`, other)).status, written);
    t.equal((await ask(`${url}/api/v1/events`, reading)).status, read);
    t.equal(
      (await ask(`${url}/api/v1/events`, { ...other, ...reading })).status,
      read === 200 ? 403 : 401,
    );
    cli.child.kill('SIGINT');
    await cli.end;
  }
});

await tap.test(
  '--host listens where it is told, with a warning; --open opens the address',
  async (t) => {
    const bin = t.testdir({ 'xdg-open': '#!/bin/sh\necho "$1" > "$(dirname "$0")/opened"\n' });
    chmodSync(`${bin}/xdg-open`, 0o755);
    const env = { PATH: `${bin}:${process.env['PATH']}` };
    const cli = run(
      t,
      [
        'dev',
        '--port=0',
        '--host',
        '0.0.0.0',
        '--open',
        '--',
        'sh',
        '-c',
        `until [ -s ${bin}/opened ]; do sleep 0.05; done`,
      ],
      env,
    );
    t.equal(await cli.end, 0);
    t.match(
      cli.output.stderr,
      /Careful: it listens on 0\.0\.0\.0[^]*can read\nand send events[^]*host\.docker\.internal/,
    );
    t.match(readFileSync(`${bin}/opened`, 'utf8'), /^http:\/\/127\.0\.0\.1:\d+\n$/);
    const without = run(t, ['dev', '--port=0', '--open', '--', 'true'], { PATH: '/nowhere' });
    t.equal(await without.end, 127);
    t.match(without.output.stderr, /No browser could be opened \(xdg-open: ENOENT\)/);
  },
);
