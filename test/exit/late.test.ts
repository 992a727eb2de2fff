import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { files, makeFolder } from '../helpers/kills.ts';

const LISTENERS: readonly (readonly [does: string, code: number, arrive: readonly string[]])[] = [
  ['captures', 4, ['and another one', 'captured', 'in an exit listener']],
  ['exits', 5, ['captured']],
  ['captures and exits', 5, ['and another one', 'captured', 'in an exit listener']],
  ['captures and closes', 4, ['and another one', 'captured', 'in an exit listener']],
  [
    'captures and throws',
    4,
    ['TypeError: nobody catches this', 'and another one', 'captured', 'in an exit listener'],
  ],
  ['throws', 4, ['TypeError: nobody catches this', 'captured']],
];

for (const [does, code, arrive] of LISTENERS) {
  for (const when of ['before init', 'after init']) {
    t.test(`an exit listener that was added ${when} and ${does} loses nothing`, async (t) => {
      const server = await strictServer(t);
      const args = ['exit listener', does, when];
      const ended = await runFixture('api-end', { args, env: server.env });
      t.equal(ended.code, code);
      t.strictSame(server.events.map(({ message }) => message).toSorted(), arrive);
      t.notMatch(ended.stderr, 'errsight:');
    });
  }
}

t.test('a request that was not sent at all when the process ends is sent once', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-end', { args: ['exit before sending'], env: server.env });
  t.match(ended, { code: 4, stderr: '' });
  t.strictSame(server.events.map(({ message }) => message).toSorted(), ['captured']);
  t.equal(server.requests.length, 1);
});

t.test('many events of an exit listener are sent by one thread, together', async (t) => {
  const server = await strictServer(t);
  const args = ['exit listener', 'captures a lot', 'before init'];
  const ended = await runFixture('api-end', { args, env: server.env });
  t.equal(ended.code, 4);
  t.equal(server.total, 21);
  t.equal(new Set(server.events.map(({ message }) => message)).size, 21, 'each once');
  t.equal(server.requests.length, 2, 'what was captured before, and all that the listener has');
  t.match(ended.stderr, /^0 more threads$/m, 'the one that sends what was captured before');
});

for (const [does, lost] of [
  ['captures', 3],
  ['captures and exits', 3],
  ['captures a lot', 21],
] as const) {
  t.test(`an exit listener that ${does}: one line has the whole number of losses`, async (t) => {
    const server = await strictServer(t, {
      intercept: (_request, response) => {
        response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"no"}');
        return true;
      },
    });
    const args = ['exit listener', does, 'before init'];
    // With the time of the fixture: such an answer ends the wait, however late it comes.
    const ended = await runFixture('api-end', { args, env: server.env });
    const told = ended.stderr.match(/^errsight: .* had not arrived .*$/gm) ?? [];
    t.equal(told.length, 1, ended.stderr);
    t.match(told[0], `errsight: ${lost} events had not arrived when the process ended: `);
    t.match(told[0], 'ErrSight does not know the API key (401)');
  });
}

t.test('the time is over before a server that answers has all: the line says so', async (t) => {
  let requests = 0;
  // It takes what was captured before, and the first request of the listener's events.
  const server = await strictServer(t, { intercept: () => ++requests > 2 });
  const args = ['exit listener', 'captures too much', 'before init'];
  // Long enough for the first request of a busy machine.
  const env = { ...server.env, SHUTDOWN_TIMEOUT: '15000', TIMEOUT: '60000' };
  const ended = await runFixture('api-end', { args, env });
  t.equal(server.total, 51);
  const line =
    'errsight: 10 events had not arrived when the process ended: the time was over before all could be sent';
  t.match(ended.stderr, line);
});

t.test('events of an exit listener are left on the disk where the server is away', async (t) => {
  const server = await strictServer(t);
  server.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  const env = { ...server.env, ERRSIGHT_SPOOL_DIR: t.testdir(), SHUTDOWN_TIMEOUT: '1500' };
  const args = ['exit listener', 'captures a lot', 'before init'];
  const ended = await runFixture('api-end', { args, env });
  t.equal(ended.code, 4);
  t.notMatch(ended.stderr, 'had not arrived');
  server.intercept = undefined;
  await runFixture('api-end', { args: ['waits for what was left'], env });
  t.equal(new Set(server.events.map(({ message }) => message)).size, 21);
});

for (const scenario of ['own listener throws', 'own listener throws, and emit is patched']) {
  t.test(`${scenario}: the first error arrives, and the process ends as it would`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('api-end', { args: [scenario], env: server.env });
    t.equal(ended.code, 7);
    t.match(ended.stderr, /throw new Error\('from the listener'\)/, 'the line that threw is shown');
    t.strictSame(
      server.events.map(({ message, level }) => [message, level]),
      [['TypeError: nobody catches this', 'fatal']],
    );
  });
}

const DEATHS = [
  ['direct', 'cold', 'uncaughtExceptionMonitor', 'before'],
  ['direct', 'cold', 'uncaughtExceptionMonitor', 'after'],
  ['bare', 'cold', 'uncaughtException', 'before'],
  ['bare', 'warm', 'uncaughtException', 'after'],
  ['bare', 'warm', 'uncaughtExceptionMonitor', 'before'],
  ['withErrsight', 'cold', 'uncaughtException', 'after'],
  ['withErrsight', 'cold', 'uncaughtExceptionMonitor', 'before'],
] as const;

for (const args of DEATHS) {
  t.test(`${args.join(', ')}: a listener that throws costs no event`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('death', { args, env: server.env });
    t.equal(ended.code, 7);
    t.match(ended.stderr, /throw new Error\('from the listener'\)/, 'the line that threw is shown');
    t.strictSame(server.events.map(({ message }) => message).toSorted(), [
      'TypeError: nobody catches this',
      'the last words',
    ]);
  });
}

t.test('a listener that does not throw finds the process as it was', async (t) => {
  const server = await strictServer(t);
  const args = ['own listener survives'];
  const ended = await runFixture('api-end', { args, env: server.env });
  t.equal(ended.code, 0, ended.stderr);
  t.strictSame(server.events.map(({ message }) => message).toSorted(), [
    'TypeError: nobody catches this',
    'emit is the same',
  ]);
});

const TRANSPORTS = [
  ['sync', ['one', 'two'], /^$/],
  ['sync, captured late', ['one', 'two', 'late'], /^$/],
  ['async', [], /errsight: 2 events had not arrived when the process ended/],
  ['throws', [], /errsight: 2 events had not arrived when the process ended/],
] as const;

for (const [kind, arrived, said] of TRANSPORTS) {
  t.test(
    `process.exit() with a transport function that is ${kind}: delivered, or told`,
    async (t) => {
      const ended = await runFixture('transport-end', { args: [kind] });
      t.equal(ended.code, 3, ended.stderr);
      t.strictSame(ended.stdout.split('\n').filter(Boolean), arrived);
      t.match(ended.stderr, said);
    },
  );
}

for (const kind of ['exits', 'exits, async', 'puts, exits']) {
  for (const more of [[], ['flush']]) {
    t.test(
      `a transport function that ${[kind, ...more].join(', ')}: what it had is told`,
      async (t) => {
        const ended = await runFixture('transport-end', { args: [kind, ...more] });
        t.equal(ended.code, 3, ended.stderr);
        const why = more.length === 0 ? '' : ': no answer came in time';
        t.equal(ended.stderr, `errsight: 2 events had not arrived when the process ended${why}\n`);
      },
    );
  }
}

t.test('a transport function that captures each time: the last one is told', async (t) => {
  const ended = await runFixture('transport-end', { args: ['sync, captures', 'flush'] });
  t.equal(ended.code, 3, ended.stderr);
  const told = /^errsight: (\d) events? had not arrived when the process ended/m.exec(ended.stderr);
  t.equal(Number(told?.[1]), 1, ended.stderr);
});

t.test(
  'of a transport function that captures at the end only what it did not get is left on the disk',
  async (t) => {
    const SPOOL = makeFolder(t);
    const ended = await runFixture('transport-end', { args: ['sync, captures'], env: { SPOOL } });
    t.equal(ended.code, 3, ended.stderr);
    t.strictSame(ended.stdout.split('\n').filter(Boolean), ['one', 'two', 'by the transport']);
    const left = files(SPOOL).flatMap(
      (file) => readFileSync(join(SPOOL, file), 'utf8').match(/"message":"[^"]+"/g) ?? [],
    );
    t.strictSame(left, ['"message":"by the transport"'], 'what it captured with its last call');
    t.equal(ended.stderr, '');
  },
);
