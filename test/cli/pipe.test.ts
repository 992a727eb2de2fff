/** `errsight pipe`: lines pass through as they are, and the errors among them are events. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import bunyan from 'bunyan';
import t, { type Test } from 'tap';
import winston from 'winston';
import { copy } from '../../src/cli/copy.ts';
import { createErrsightStream } from '../../transports/bunyan.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import type { StoredEvent } from '../../src/dev/store.ts';
import { ROOT } from '../helpers/app.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';

const CLI = join(ROOT, 'dist/esm/src/cli/main.js');

t.setTimeout(600_000);

interface Piped {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function start(t: Test, env: Readonly<Record<string, string>>) {
  // `env -i`, since tap adds its own hooks to whatever environment `spawn` is given.
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const child = spawn('/usr/bin/env', ['-i', ...pairs, process.execPath, CLI, 'pipe'], {
    stdio: 'pipe',
  });
  t.teardown(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  return child;
}

/** Runs it with chunks for its stdin. */
async function pipe(
  sub: Test,
  chunks: Iterable<string | Buffer>,
  env: Readonly<Record<string, string>>,
): Promise<Piped> {
  const child = start(sub, env);
  const parts: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  for (const chunk of chunks) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code, signal] = await closed;
  return { code, signal, stdout: Buffer.concat(parts), stderr };
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const TIME = '2026-11-29T10:00:00.000Z';
const STACK = 'TypeError: no total\n    at total (/srv/shop/cart.js:7:3)';

const BUNYAN = { name: 'shop', hostname: 'web', pid: 7, level: 50, msg: '', time: TIME, v: 0 };

/** A kind of line, and the event that it becomes, if it does. */
const KINDS: readonly (readonly [line: string, title?: string, level?: string])[] = [
  ['{"level":30,"time":1795979707651,"msg":"pino says hello"}'],
  [
    `{"level":50,"time":1795979707651,"err":${JSON.stringify({ type: 'TypeError', message: 'no total', stack: STACK })},"msg":"failed"}`,
    'TypeError: no total',
  ],
  [JSON.stringify({ ...BUNYAN, level: 30 })],
  [
    JSON.stringify({
      ...BUNYAN,
      err: { name: 'RangeError', message: 'of bunyan', stack: 'RangeError: of bunyan' },
    }),
    'RangeError: of bunyan',
  ],
  ['{"level":"info","message":"winston says hello"}'],
  [
    JSON.stringify({
      level: 'error',
      message: 'while paying no total',
      stack: STACK,
      timestamp: TIME,
    }),
    'TypeError: no total',
  ],
  [
    JSON.stringify({
      '@timestamp': TIME,
      'log.level': 'error',
      message: 'm',
      'error.type': 'EcsError',
      'error.message': 'of ECS',
      'error.stack_trace': 'EcsError: of ECS',
    }),
    'EcsError: of ECS',
  ],
  ['web-1  | {"level":"fatal","msg":"in a container"}', 'in a container', 'fatal'],
  ['2026-11-29T10:00:00.123Z {"level":50,"msg":"with a time"}', 'with a time'],
  ['{"message":"of Monolog","level":200,"level_name":"INFO"}'],
  ['just a line of text, with an error in it'],
  [
    '2026-11-29 10:00:00 WARN  the disk is almost full',
    '2026-11-29 10:00:00 WARN  the disk is almost full',
    'warning',
  ],
  [
    'it failed Error: of a console\n    at total (/srv/shop/cart.js:7:3) {\n  code: 17\n}',
    'Error: of a console',
  ],
  [
    'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in <module>\n    main()\nValueError: of Python',
    'ValueError: of Python',
  ],
  [
    'Exception in thread "main" java.io.IOException: of Java\n\tat com.acme.App.run(App.java:10)\nCaused by: java.lang.Error: deeper\n\t... 1 more',
    'java.io.IOException: of Java',
  ],
  [
    "app.rb:3:in `pay': of Ruby (ArgumentError)\n\tfrom app.rb:7:in `<main>'",
    'ArgumentError: of Ruby',
  ],
  [
    '2026-11-29 10:00:00 ERROR c.acme.Main - paying\njava.lang.IllegalStateException: below a line\n\tat com.acme.Main.run(Main.java:12)',
    'java.lang.IllegalStateException: below a line',
  ],
  [
    'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "a.py", line 3, in g\nOSError: the second',
    'OSError: the second',
  ],
  [
    'panic: of Go\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:5 +0x2c',
    'panic: of Go',
    'fatal',
  ],
  ['\u001b[31m[error]\u001b[0m in colours', '[error] in colours'],
  ['level=error msg="of logfmt"', 'level=error msg="of logfmt"'],
  ['{"level":50,"msg":"never ends', 'A log line that is not JSON'],
  ['{ not: JSON }'],
  ['Grüße, 世界, 🦀'],
  [''],
  ['\r'],
];

t.test(
  '100,000 mixed lines pass through as they are, with the events of the errors among them',
  async (sub) => {
    const server = await strictServer(sub, { maxEvents: 100_000 });
    const texts = KINDS.map(([line]) => `${line}\n`);
    const fill = '{"level":30,"time":1795979707651,"msg":"a step"}\nplain text\n'.repeat(2_500);
    const rounds = 20;
    let all = '';
    for (let round = 0; round < rounds; round += 1) all += texts.join('') + fill;
    // Without an end of its last line.
    const bytes = Buffer.from(`${all}[error] the last`);
    sub.ok(all.split('\n').length > 100_000);
    // In pieces that cut lines and characters anywhere.
    const pieces: Buffer[] = [];
    for (
      let at = 0, size = 1;
      at < bytes.length;
      at += size, size = (size * 7 + 13) % 65_521 || 1
    ) {
      pieces.push(bytes.subarray(at, at + size));
    }
    const ended = await pipe(sub, pieces, { ...server.env, ERRSIGHT_ENV: 'piped' });
    sub.match(ended, { code: 0, signal: null, stderr: '' });
    sub.equal(digest(ended.stdout), digest(bytes), 'byte for byte');
    const expected = KINDS.flatMap(([, title, level = 'error']) =>
      title === undefined ? [] : Array.from({ length: rounds }, () => `${level} ${title}`),
    );
    sub.strictSame(
      server.events.map(({ level, message }) => `${level} ${message}`).toSorted(),
      [...expected, 'error [error] the last'].toSorted(),
    );
    sub.ok(server.events.at(-1)?.breadcrumbs.length, 'with what led to them');
  },
);

t.test('the stacks of other languages are in the metadata', async (sub) => {
  const server = await strictServer(sub);
  const stacks = [
    'Exception in thread "main" java.io.IOException: no disk\n\tat com.acme.App.run(App.java:10)\nCaused by: java.lang.Error: deeper\n\tat com.acme.Io.read(Io.java:9)\n\t... 1 more',
    "app.rb:3:in `pay': no money (ArgumentError)\n\tfrom app.rb:7:in `<main>'",
    'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in <module>\n    main()\nValueError: no value',
  ];
  await pipe(sub, [`${stacks.join('\n[info] between\n')}\n`], server.env);
  sub.strictSame(
    Object.fromEntries(
      server.events.map(({ message, metadata }) => [message, metadata['traceback']]),
    ),
    {
      'java.io.IOException: no disk': stacks[0],
      'ArgumentError: no money': stacks[1],
      'ValueError: no value': stacks[2],
    },
  );
});

t.test(
  'the lines of several programs are told apart by what stands in front of them',
  async (sub) => {
    const server = await strictServer(sub);
    const forms: readonly ((program: string, line: string) => string)[] = [
      (program, line) => `${program.padEnd(6)} | ${line}`,
      (program, line) => `${program.padEnd(6)} | 2026-11-29T10:00:00.123456789Z ${line}`,
      (program, line) => `[pod/${program}-7d9/app] ${line}`,
      (program, line) => `Nov 29 10:00:0${line.length % 10} host ${program}[17]: ${line}`,
      (program, line) => `\u001B[36m${program} | \u001B[0m${line}`,
    ];
    for (const form of forms) {
      server.reset();
      const lines = [
        form('web', 'Traceback (most recent call last):'),
        form('db', 'LOG: checkpoint'),
        form('web', '  File "a.py", line 1, in <module>'),
        form('db', '{"level":50,"msg":"of the database"}'),
        form('api', 'Error: of the api'),
        form('web', '    f()'),
        form('api', '    at load (/srv/api/a.js:3:9)'),
        form('web', 'ValueError: bad'),
      ];
      await pipe(sub, [`${lines.join('\n')}\n`], server.env);
      sub.strictSame(
        server.events.map(({ message }) => message).toSorted(),
        ['Error: of the api', 'ValueError: bad', 'of the database'],
        lines[0] ?? '',
      );
    }
  },
);

/** What a transport makes of a line, and what the pipe does, but for what only the process itself knows. */
function comparable({ metadata, message, level, tags }: StoredEvent): unknown {
  const { sdk: _sdk, node: _node, hostname: _host, pid: _pid, ...rest } = metadata;
  const { mechanism: _mechanism, ...others } = tags as Readonly<Record<string, unknown>>;
  return { metadata: rest, message, level, tags: others };
}

async function both(sub: Test, log: (server: TestErrsight) => Promise<string[]>): Promise<void> {
  const server = await strictServer(sub);
  const lines = await log(server);
  const own = server.events.map(comparable);
  sub.ok(own.length > 0);
  server.reset();
  const { code } = await pipe(sub, lines, server.env);
  sub.equal(code, 0);
  sub.strictSame(server.events.map(comparable), own);
  for (const { tags } of server.events) sub.match(tags, { mechanism: 'pipe' });
  const stamps = lines.map((line) => {
    const { time, timestamp } = JSON.parse(line) as Readonly<Record<string, string>>;
    return Date.parse(time ?? timestamp ?? '');
  });
  sub.strictSame(
    server.events.map(({ time }) => time),
    stamps,
    'at the time of the line',
  );
}

t.test('lines of bunyan become the events that its stream makes', (sub) =>
  both(sub, async (server) => {
    const out = new PassThrough();
    const entry = createErrsightStream({ apiKey: server.key, host: server.url });
    const logger = bunyan.createLogger({
      name: 'shop',
      serializers: bunyan.stdSerializers,
      streams: [{ stream: out }, entry],
    });
    logger.warn({ order: 17 }, 'no stock');
    await entry.stream.flush(10_000);
    return [String(out.read())];
  }),
);

t.test('lines of winston become the events that its transport makes', (sub) =>
  both(sub, async (server) => {
    const out = new PassThrough();
    const errsight = new ErrsightTransport({ apiKey: server.key, host: server.url });
    const { combine, timestamp, json } = winston.format;
    const logger = winston.createLogger({
      format: combine(timestamp(), json()),
      transports: [new winston.transports.Stream({ stream: out }), errsight],
    });
    logger.warn('no stock', { order: 17 });
    await errsight.flush(10_000);
    return [String(out.read())].map((line) => line);
  }),
);

t.test('a line of 20 MB passes through, and tells of its error', async (sub) => {
  const server = await strictServer(sub);
  const line = `{"level":50,"msg":"large","body":"${'x'.repeat(20_000_000)}"}\n`;
  const ended = await pipe(sub, [line], server.env);
  sub.equal(digest(ended.stdout), digest(Buffer.from(line)));
  sub.match(server.events, [
    { message: 'large', metadata: { log_line_characters: line.length - 1 } },
  ]);
});

t.test('without a key, or with a wrong one, lines pass through all the same', async (sub) => {
  const none = await pipe(sub, ['[error] x\n'], {});
  sub.match(none, { code: 0, stderr: /^errsight: no key is known [^\n]+\n$/ });
  sub.equal(none.stdout.toString(), '[error] x\n');
  const wrong = await pipe(sub, ['[error] x\n'], { ERRSIGHT_API_KEY: 'undefined' });
  sub.match(wrong, { code: 0, stderr: /^errsight: the settings are wrong: [^\n]+\n$/ });
  sub.equal(wrong.stdout.toString(), '[error] x\n');
});

t.test('it reads no faster than what it writes is read', async (sub) => {
  const child = start(sub, {});
  const chunk = Buffer.alloc(65_536, '.');
  let isFull = false;
  for (let sent = 0; sent < 200 && !isFull; sent += 1) {
    isFull = !child.stdin.write(chunk) && child.stdin.writableLength > 10 * chunk.length;
  }
  sub.ok(isFull, 'its stdin is full while nobody reads its stdout');
  child.kill('SIGTERM');
  child.kill('SIGTERM');
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  sub.equal(signal, 'SIGTERM', 'and a signal ends it all the same');
});

t.test(
  'a signal ends it when the program in front has said its last, as the program would',
  async (sub) => {
    const server = await strictServer(sub);
    const child = start(sub, server.env);
    child.stdin.write('one\n');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    child.stdin.end('[error] the last words\n');
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    sub.strictSame([code, signal], [null, 'SIGINT']);
    sub.match(server.events, [{ message: '[error] the last words' }]);
  },
);

t.test('a reader that goes away ends it, after the events have arrived', async (sub) => {
  const server = await strictServer(sub);
  const child = start(sub, server.env);
  child.stdin.write('[error] before\n');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  child.stdin.write('more\n');
  const [code] = (await once(child, 'exit')) as [number | null];
  sub.equal(code, 0);
  sub.match(server.events, [{ message: '[error] before' }]);
});

t.test('a stream that fails is over', async (sub) => {
  const from = new PassThrough();
  const done = copy(from, 2, () => undefined, new AbortController().signal);
  from.destroy(new Error('broken'));
  await done;
  sub.pass('and nothing is thrown');
});
