import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeApp, ROOT } from './helpers/app.ts';
import { runProgram } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

/** What applications do, and when they say that events are recorded. */
const PROGRAMS: readonly (readonly [what: string, program: string, sent: readonly object[]])[] = [
  [
    'before init, with levels, scope and scrubbing',
    `const sent = recordEvents();
    init({ release: '1.2.3', spool: true });
    setUser({ id: '42' });
    captureException(new RangeError('no stock'), { metadata: { password: 'hunter2', cart: 3 } });
    captureMessage('hello', 'warning');
    tell(sent);`,
    [
      {
        level: 'error',
        message: 'RangeError: no stock',
        release: '1.2.3',
        user_context: undefined,
        user: { id: '42' },
        metadata: {
          cart: 3,
          password: '[Filtered]',
          exception_class: 'RangeError',
          exception_frames: [{ filename: 'app0.js', in_app: true, context_line: /no stock/ }],
        },
      },
      { level: 'warning', message: 'hello' },
    ],
  ],
  [
    'after init, with its hooks',
    `init({ beforeSend: (event) => (event.message === 'secret' ? null : event) });
    captureMessage('before it was asked for');
    const sent = recordEvents();
    captureMessage('secret');
    captureMessage('said');
    tell(sent);`,
    [{ level: 'info', message: 'said' }],
  ],
  [
    'without init, and anew',
    `const first = recordEvents();
    captureMessage('one');
    const second = recordEvents();
    captureMessage('two');
    tell({ toJSON: () => [...first, ...second] });`,
    [{ message: 'one' }, { message: 'two' }],
  ],
  [
    'what completes an event that was recorded',
    `const sent = recordEvents();
    const error = new Error('declined');
    captureException(error);
    captureException(error, { level: 'fatal', tags: { shop: 'a' } });
    tell(sent);`,
    [{ level: 'fatal', message: 'Error: declined', tags: { shop: 'a' } }],
  ],
  [
    'winston, bunyan, and both of the ways of pino',
    `const sent = recordEvents();
    const { ErrsightTransport } = await import('errsight/winston');
    const { createErrsightStream } = await import('errsight/bunyan');
    const { default: winston } = await import('winston');
    const { default: bunyan } = await import('bunyan');
    const { default: errsight } = await import('errsight/pino');
    winston.createLogger({ transports: [new ErrsightTransport({ release: 'w' })] }).error('of winston');
    bunyan.createLogger({ name: 'b', streams: [createErrsightStream({ release: 'b' })] }).error('of bunyan');
    pino(errsight()).error('of the stream');
    const logger = pino(withErrsight({}, {}));
    logger.error('of the worker');
    await flush();
    tell(sent);`,
    ['of winston', 'of bunyan', 'of the stream', 'of the worker'].map((message) => ({
      level: 'error',
      message,
    })),
  ],
  [
    'a worker that was started before',
    `const logger = pino(pino.transport({ target: 'errsight/pino' }));
    logger.info('started');
    await flush();
    const sent = recordEvents();
    // It hears of it with the next flush at the latest.
    await flush();
    logger.error('of the worker');
    await flush();
    tell(sent);`,
    [{ level: 'error', message: 'of the worker' }],
  ],
];

const HEAD = `import pino from 'pino';
import { addBreadcrumb, captureException, captureMessage, flush, init, setUser, withErrsight } from 'errsight';
import { recordEvents } from 'errsight/testing';
const tell = (sent) => process.on('exit', () => { captureMessage('at the exit'); console.log('SENT ' + JSON.stringify(sent)); });
`;

t.test('events are recorded as they would be sent, and none leaves', async (t) => {
  const server = await strictServer(t);
  const files = Object.fromEntries(PROGRAMS.map(([, text], at) => [`app${at}.js`, HEAD + text]));
  const app = makeApp(t, files, { packages: ['winston', 'bunyan'] });
  for (const [at, [what, , expected]] of PROGRAMS.entries()) {
    // Nobody's tests have a key; where there is one nothing leaves either.
    for (const env of at === PROGRAMS.length - 1 ? [server.env] : [{}, server.env]) {
      const cwd = app.folder;
      const ended = await runProgram(process.execPath, [`app${at}.js`], { cwd, env });
      t.strictSame([ended.code, ended.stderr], [0, ''], what);
      const sent = JSON.parse(/^SENT (.*)$/m.exec(ended.stdout)?.[1] ?? '[]') as object[];
      t.match(sent, expected, what);
      t.equal(sent.length, expected.length + 1, `${what}: each once`);
    }
  }
  t.equal(server.requests.length, 0, 'nothing was sent');
});

t.test('the examples of docs/testing.md run as they are written', async (t) => {
  const server = await strictServer(t);
  const text = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8');
  const programs = [...text.matchAll(/```js\n([^]*?)```/g)].map(([, program = '']) => program);
  t.equal(programs.length, 2);
  const files = Object.fromEntries(programs.map((program, at) => [`${at}.test.js`, program]));
  const app = makeApp(t, files);
  for (const env of [{}, server.env]) {
    const ended = await runProgram(process.execPath, ['--test', '--test-reporter=tap'], {
      cwd: app.folder,
      env,
    });
    t.match(ended, { code: 0, stderr: '', stdout: /^# pass 2$/m }, ended.stdout);
  }
  t.equal(server.requests.length, 0, 'nothing was sent');
});
