import { once } from 'node:events';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fastify from 'fastify';
import pino from 'pino';
import t, { type Test } from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { hold } from '../helpers/held.ts';

// Some sixty workers and a dozen processes take their time on a busy machine.
t.setTimeout(600_000);

const TARGET = 'errsight/pino';
const CHOPPY = fileURLToPath(new URL('../fixtures/choppy.js', import.meta.url));

type Transport = ReturnType<typeof pino.transport>;

/** Ends a worker with the test. What it still has must have arrived: its server is on this thread. */
function tidy(t: Test, transport: Transport): Transport {
  t.teardown(() => end(transport));
  return hold(transport);
}

async function end(transport: Transport): Promise<void> {
  if (Reflect.get(transport, 'closed') === true) return;
  const closed = once(transport, 'close');
  transport.end();
  await closed;
}

/** Options to reach the server, and not to wait for more events than one. */
function reach(server: TestErrsight, options: object = {}): object {
  return { apiKey: server.key, host: server.url, batchSize: 1, ...options };
}

/** A logger whose only target is ours. */
function log(
  t: Test,
  server: TestErrsight,
  options: object = {},
  settings: pino.LoggerOptions = {},
): { logger: pino.Logger; transport: Transport } {
  const transport = pino.transport({ target: TARGET, options: reach(server, options) });
  return { logger: pino(settings, tidy(t, transport)), transport };
}

/** What `logger.flush` calls back with; it must be nothing. */
function flush(logger: Pick<pino.Logger, 'flush'>): Promise<unknown> {
  return new Promise((resolve) => logger.flush((error) => resolve(error)));
}

/** Calls a level that the types know nothing of. */
function custom(logger: object, level: string, ...args: unknown[]): void {
  const method = (logger as Record<string, unknown>)[level];
  if (typeof method !== 'function') throw new Error(`no level ${level}`);
  Reflect.apply(method, logger, args);
}

function boom(): Error {
  return new TypeError('boom', { cause: new RangeError('the reason') });
}

const BOOM = {
  level: 'error',
  message: 'TypeError: boom',
  metadata: {
    exception_class: 'TypeError',
    exception_causes: [{ class: 'RangeError', message: 'the reason' }],
  },
};

t.test('an error arrives with its trail, and flush calls back when it has', async (t) => {
  const server = await strictServer(t);
  const { logger, transport } = log(t, server, { batchSize: 50, flushInterval: 3_600_000 });
  const child = logger.child({ reqId: 7, shop: 'ada' });
  child.info({ rows: 3 }, 'a step');
  logger.info('a step of nobody');
  child.error({ err: boom(), errsight: { tags: { tenant: 'acme' } } }, 'while paying');
  t.notOk(await flush(logger));
  t.equal(server.total, 1);
  t.match(server.events[0], {
    ...BOOM,
    metadata: { ...BOOM.metadata, request_id: '7', shop: 'ada', log_message: 'while paying' },
    tags: { tenant: 'acme' },
    breadcrumbs: [{ message: 'a step', data: { rows: 3 } }],
  });
  t.equal(server.events[0]?.breadcrumbs.length, 1);
  const seen: string[] = [];
  for (const name of ['finish', 'close', 'error']) transport.on(name, () => seen.push(name));
  await end(transport);
  t.strictSame(seen.toSorted(), ['close', 'finish']);
});

interface Spoken {
  readonly what: string;
  readonly settings: pino.LoggerOptions;
  readonly options?: object;
  readonly say: (logger: pino.Logger) => void;
  readonly event: object;
}

/** What pino tells its worker, and what it does not. */
const SPOKEN: readonly Spoken[] = [
  {
    what: 'messageKey and errorKey',
    settings: { messageKey: 'message', errorKey: 'problem' },
    say: (logger) => logger.error({ problem: 'out of ink' }, 'x'),
    event: { message: 'x', metadata: { exception_properties: { value: 'out of ink' } } },
  },
  {
    what: 'a custom level by its number',
    settings: { customLevels: { audit: 55 } },
    say: (logger) => custom(logger, 'audit', 'x'),
    event: { level: 'error', message: 'x' },
  },
  {
    what: 'a custom level by its label',
    settings: {
      customLevels: { audit: 55 },
      formatters: { level: (name) => ({ level: name }) },
    },
    say: (logger) => custom(logger, 'audit', 'x'),
    event: { level: 'error', message: 'x' },
  },
  {
    what: 'only custom levels, on a scale that runs the other way',
    settings: {
      customLevels: { emerg: 10, info: 70 },
      useOnlyCustomLevels: true,
      level: 'info',
    },
    say: (logger) => {
      logger.info('a step');
      logger.level = 'emerg';
      custom(logger, 'emerg', 'x');
    },
    event: { level: 'fatal', message: 'x', breadcrumbs: [{ level: 'info', message: 'a step' }] },
  },
  {
    what: 'a severity',
    settings: { formatters: { level: (name) => ({ severity: name.toUpperCase() }) } },
    say: (logger) => logger.fatal('x'),
    event: { level: 'fatal', message: 'x' },
  },
  {
    what: 'nestedKey',
    settings: { nestedKey: 'payload' },
    options: { nestedKey: 'payload' },
    say: (logger) => logger.error({ err: boom(), a: 1 }, 'x'),
    event: { ...BOOM, metadata: { ...BOOM.metadata, a: 1, log_message: 'x' } },
  },
];

for (const { what, settings, options, say, event } of SPOKEN) {
  t.test(`the worker understands ${what}`, async (t) => {
    const server = await strictServer(t);
    const { logger } = log(t, server, options, settings);
    say(logger);
    t.notOk(await flush(logger));
    t.equal(server.total, 1);
    t.match(server.events, [event]);
  });
}

t.test('pino with its transport option and custom levels, which pino passes on', async (t) => {
  const server = await strictServer(t);
  const logger = pino({
    customLevels: { audit: 55 },
    transport: { target: TARGET, options: reach(server) },
  });
  const transport = tidy(t, Reflect.get(logger, pino.symbols.streamSym) as Transport);
  const failed = once(transport, 'error').then(([error]: unknown[]) => String(error));
  logger.audit('x');
  const arrived = server.waitForEvents(1).then((events) => events[0]?.message);
  t.equal(await Promise.race([arrived, failed]), 'x');
});

t.test('Fastify with its logger option: the request, its id, its steps', async (t) => {
  const server = await strictServer(t);
  const app = fastify({ logger: { transport: { target: TARGET, options: reach(server) } } });
  tidy(t, Reflect.get(app.log, pino.symbols.streamSym) as Transport);
  t.teardown(() => app.close());
  app.get('/pay', (request) => {
    request.log.info('charging');
    throw boom();
  });
  const [, answer] = await Promise.all([app.inject('/'), app.inject('/pay')]);
  t.equal(answer.statusCode, 500);
  const [event] = await server.waitForEvents(1);
  t.match(event, { ...BOOM, metadata: { ...BOOM.metadata, request_id: /^req-/ } });
  const steps = event?.breadcrumbs.map(({ message }) => message);
  t.strictSame(steps, ['incoming request', 'charging'], 'of this request only');
});

t.test('among targets it gets what its level lets through', async (t) => {
  const server = await strictServer(t);
  const transport = pino.transport({
    targets: [
      { target: 'pino/file', options: { destination: '/dev/null' } },
      { target: TARGET, level: 'warn', options: reach(server, { minLevel: 'error' }) },
    ],
  });
  const logger = pino({ level: 'trace' }, tidy(t, transport));
  logger.info('not let through');
  logger.warn('a step');
  logger.error({ err: boom() }, 'x');
  const [event] = await server.waitForEvents(1);
  t.notOk(await flush(logger), 'pino does not pass flush on to several targets, but calls back');
  t.match(event, BOOM);
  t.strictSame(
    event?.breadcrumbs.map(({ message }) => message),
    ['a step'],
  );
  t.equal(server.total, 1);
});

t.test('twice among targets both hear how pino writes, however long hooks load', async (t) => {
  const [one, two] = [await strictServer(t), await strictServer(t)];
  const dir = t.testdir({
    'slow.mjs': `import { setImmediate as turn } from 'node:timers/promises';
      for (let i = 0; i < 50; i += 1) await turn();
      export default (event) => ({ ...event, tags: { hook: 'ran' } });`,
  });
  const transport = pino.transport({
    targets: [
      { target: TARGET, options: reach(one) },
      { target: TARGET, options: reach(two, { beforeSend: `${dir}/slow.mjs` }) },
    ],
  });
  const logger = pino({ messageKey: 'message' }, tidy(t, transport));
  logger.error('x');
  t.match(await one.waitForEvents(1), [{ message: 'x' }]);
  t.match(await two.waitForEvents(1), [{ message: 'x', tags: { hook: 'ran' } }]);
});

t.test('beside a target that takes what pino says about its keys, the text is found', async (t) => {
  const server = await strictServer(t);
  const dir = t.testdir({
    'greedy.cjs': `const build = require('pino-abstract-transport');
      const read = async (source) => { for await (const line of source) void line; };
      module.exports = () => build(read, { expectPinoConfig: true });`,
  });
  const transport = pino.transport({
    targets: [{ target: `${dir}/greedy.cjs` }, { target: TARGET, options: reach(server) }],
  });
  pino({ messageKey: 'message' }, tidy(t, transport)).error('x');
  t.match(await server.waitForEvents(1), [{ level: 'error', message: 'x' }]);
});

t.test('at the end of a pipeline it reads lines that come in pieces', async (t) => {
  const server = await strictServer(t);
  const transport = pino.transport({
    pipeline: [{ target: CHOPPY }, { target: TARGET, options: reach(server) }],
  });
  const logger = pino({ errorKey: 'problem' }, tidy(t, transport));
  logger.info('a step');
  logger.error({ problem: boom(), text: '\u20ac\u{1f600}\u00e9'.repeat(20) }, 'x');
  const [event] = await server.waitForEvents(1);
  t.match(event, {
    ...BOOM,
    metadata: { ...BOOM.metadata, text: '\u20ac\u{1f600}\u00e9'.repeat(20), log_message: 'x' },
    breadcrumbs: [{ message: 'a step' }],
  });
});

const MODES: readonly (readonly [mode: string, what: string])[] = [
  ['targets', 'as the only one of targets'],
  ['levels', 'with a level beside another target'],
  ['pipeline', 'at the end of a pipeline'],
  ['mixed', 'at the end of a pipeline beside another target'],
];

for (const [mode, what] of MODES) {
  for (const way of ['end', 'exit']) {
    t.test(`${what}: all arrives when the process ends (${way})`, async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('pino-modes', { args: [mode, way], env: server.env });
      t.equal(ended.code, way === 'exit' ? 1 : 0, ended.stderr);
      t.equal(ended.stderr, '');
      const said = server.events.map(({ metadata }) => String(metadata['log_message']));
      t.strictSame(
        said.toSorted(),
        Array.from({ length: 30 }, (_, i) => `\u20ac ${i + 1}`).toSorted(),
      );
    });
  }
}

t.test('a burst of 5,000 errors arrives, 5,000 of 5,000', async (t) => {
  const server = await strictServer(t);
  const { logger } = log(t, server, { batchSize: 50, shutdownTimeout: 30_000 });
  for (let i = 0; i < 5_000; i += 1) logger.error({ err: boom(), i });
  const events = await server.waitForEvents(5_000);
  t.notOk(await flush(logger));
  t.equal(server.total, 5_000);
  t.equal(new Set(events.map(({ metadata }) => metadata['i'])).size, 5_000, 'each once');
});

t.test('a burst is not lost either while the server fails now and then', async (t) => {
  const server = await strictServer(t);
  let request = 0;
  server.intercept = (_request, response) => {
    request += 1;
    if (request % 3 === 0) response.writeHead(503).end('{}');
    else if (request % 5 === 0) response.destroy();
    return request % 3 === 0 || request % 5 === 0;
  };
  const { logger } = log(t, server, { batchSize: 50, shutdownTimeout: 30_000 });
  for (let i = 0; i < 500; i += 1) logger.error(`event ${i}`);
  const events = await server.waitForEvents(500);
  t.notOk(await flush(logger));
  t.equal(server.total, 500);
  t.equal(new Set(events.map(({ message }) => message)).size, 500, 'each once');
});

t.test('flush calls back without an error when nothing can be delivered', async (t) => {
  const server = await strictServer(t);
  server.intercept = (_request, response) => {
    response.destroy();
    return true;
  };
  const { logger, transport } = log(t, server, { shutdownTimeout: 100 });
  transport.on('error', (error: unknown) => t.fail(String(error)));
  logger.error('x');
  t.notOk(await flush(logger));
  t.equal(server.total, 0);
  await end(transport);
});

t.test('several flushes at once all call back', async (t) => {
  const server = await strictServer(t);
  const { logger } = log(t, server);
  const flushed: Promise<unknown>[] = [];
  for (let i = 0; i < 5; i += 1) {
    logger.error(`event ${i}`);
    flushed.push(flush(logger));
  }
  t.strictSame((await Promise.all(flushed)).filter(Boolean), []);
  t.equal(server.total, 5);
});

t.test('a line of 9 MiB is known by its beginning, and its neighbours arrive', async (t) => {
  const server = await strictServer(t);
  const { logger } = log(t, server);
  logger.error('before');
  logger.fatal({ a: '\u20ac'.repeat(9 * 1_048_576) }, 'too long');
  logger.error('after');
  t.notOk(await flush(logger));
  const arrived = server.events.map(({ level, message }) => `${level} ${message}`).toSorted();
  t.match(arrived, ['error after', 'error before', /^fatal A log line of 9437\d\d\d characters/]);
});

t.test('lines that no pino writes do the worker no harm', async (t) => {
  const server = await strictServer(t);
  const { logger, transport } = log(t, server);
  transport.on('error', (error: unknown) => t.fail(String(error)));
  for (const line of ['', '\r\n', 'text\n', 'null\n', '[]\n', '{"level":60,"a\n', '\u0000\n']) {
    transport.write(line);
  }
  transport.write(`{"level":50,"a":${'['.repeat(10_000)}${']'.repeat(10_000)},"msg":"deep"}\n`);
  transport.write('{"level":50,"__proto__":{"err":1},"level":10,"msg":"x"}\n');
  logger.error('still there');
  t.notOk(await flush(logger));
  const arrived = server.events.map(({ level, message }) => `${level} ${message}`).toSorted();
  t.strictSame(arrived, [
    'error deep',
    'error still there',
    'error x',
    'fatal A log line that is not JSON',
  ]);
});

const HOOKS: Readonly<Record<string, string>> = {
  'default.mjs': 'export default (event) => ({ ...event, tags: { hook: "ran" } });',
  'named.mjs': 'export function beforeSend(event) { event.tags.hook = "ran"; return event; }',
  'both.mjs': `export const beforeSend = (event) => ({ ...event, tags: { hook: "ran" } });
    export const beforeBreadcrumb = (crumb) => ({ ...crumb, message: "changed" });
    export default () => null;`,
  'object.mjs': 'export default { beforeSend: (event) => ({ ...event, tags: { hook: "ran" } }) };',
  'exports.cjs': 'exports.beforeSend = (event) => ({ ...event, tags: { hook: "ran" } });',
  'module.cjs': 'module.exports = (event) => ({ ...event, tags: { hook: "ran" } });',
  'awaits.mjs': `await Promise.resolve();
    export default (event) => ({ ...event, tags: { hook: "ran" } });`,
  'compiled.cjs': `Object.defineProperty(exports, "__esModule", { value: true });
    exports.default = (event) => ({ ...event, tags: { hook: "ran" } });`,
  'properties.mjs': `const hook = (event) => ({ ...event, tags: { hook: "ran" } });
    hook.default = () => null;
    hook.beforeSend = () => null;
    export default hook;`,
};

for (const [name, source] of Object.entries(HOOKS)) {
  t.test(`beforeSend is a module: ${name}`, async (t) => {
    const server = await strictServer(t);
    const path = `${t.testdir({ [name]: source })}/${name}`;
    const { logger } = log(t, server, { beforeSend: path });
    logger.error('x');
    t.notOk(await flush(logger));
    t.match(server.events, [{ message: 'x', tags: { hook: 'ran' } }]);
  });
}

t.test(
  'a module is found by a path relative to the working directory, or a file: URL',
  async (t) => {
    const dir = t.testdir({ 'my hook.mjs': HOOKS['default.mjs'] ?? '' });
    const path = `${dir}/my hook.mjs`;
    for (const specifier of [`./${relative(process.cwd(), path)}`, pathToFileURL(path).href]) {
      const server = await strictServer(t);
      const { logger } = log(t, server, { beforeSend: specifier });
      logger.error('x');
      t.notOk(await flush(logger));
      t.match(server.events, [{ tags: { hook: 'ran' } }], specifier);
    }
  },
);

t.test('one module can hold both hooks', async (t) => {
  const server = await strictServer(t);
  const path = `${t.testdir({ 'both.mjs': HOOKS['both.mjs'] ?? '' })}/both.mjs`;
  const { logger } = log(t, server, { beforeSend: path, beforeBreadcrumb: path });
  logger.info('a step');
  logger.error('x');
  t.notOk(await flush(logger));
  t.match(server.events, [{ tags: { hook: 'ran' }, breadcrumbs: [{ message: 'changed' }] }]);
});

t.test('a hook that throws drops the event and not the worker', async (t) => {
  const server = await strictServer(t);
  const dir = t.testdir({
    'hook.mjs': `export default (event) => {
      if (event.message === "bad") throw null;
      return event;
    }`,
  });
  const { logger, transport } = log(t, server, { beforeSend: `${dir}/hook.mjs` });
  transport.on('error', (error: unknown) => t.fail(String(error)));
  logger.error('bad');
  logger.error('good');
  t.notOk(await flush(logger));
  t.match(server.events, [{ message: 'good' }]);
  t.equal(server.total, 1);
});

t.test('a module of a hook that never loads costs events, and nobody waits for it', async (t) => {
  const server = await strictServer(t);
  const source = 'await new Promise(() => undefined); export default (event) => event;';
  const dir = t.testdir({ 'hook.mjs': source });
  const { logger, transport } = log(t, server, { beforeSend: `${dir}/hook.mjs` });
  transport.on('error', (error: unknown) => t.fail(String(error)));
  logger.error('unseen by the hook, so perhaps with what it would take out');
  t.notOk(await flush(logger));
  await end(transport);
  t.equal(server.total, 0);
});

/** What a module does later; `failing()` says that it is about to. */
const LATE: Readonly<Record<string, string>> = {
  'throws in a timer': 'setTimeout(() => { failing(); throw new Error("late"); }, 5);',
  'throws nothing': 'setTimeout(() => { failing(); throw undefined; }, 5);',
  'throws in a timer of a timer':
    'setTimeout(() => setTimeout(() => { failing(); throw new Error("late"); }, 5), 5);',
  'rejects in a timer':
    'setTimeout(() => { failing(); void Promise.reject(new Error("late")); }, 5);',
  'rejects as it loads': 'failing(); void Promise.reject(new Error("late"));',
  'has an emitter fail':
    'setImmediate(() => { failing(); new EventEmitter().emit("error", new Error("late")); });',
  'awaits at its top, and throws then':
    'await null; setTimeout(() => { failing(); throw new Error("late"); }, 5);',
  'has a socket fail': 'connect(1, "127.0.0.1").on("close", failing);',
  'is called, and throws later':
    'work = () => setTimeout(() => { failing(); throw new Error("late"); }, 5);',
  'is called, and rejects later':
    'work = async () => { await null; failing(); throw new Error("late"); };',
};

for (const [what, source] of Object.entries(LATE)) {
  t.test(`a hook's module that ${what} costs neither the host nor the queue`, async (t) => {
    const server = await strictServer(t);
    const dir = t.testdir({
      'hook.mjs': `import { EventEmitter } from 'node:events';
        import { connect } from 'node:net';
        let state = 'before';
        let work = () => undefined;
        function failing() { state = 'after'; }
        ${source}
        export default (event) => {
          const tags = { state };
          void work();
          return { ...event, tags };
        };`,
    });
    const { logger, transport } = log(t, server, { beforeSend: `${dir}/hook.mjs` });
    transport.on('error', (error: unknown) => t.fail(String(error)));
    let logged = 0;
    // Until it has failed, and once more.
    for (let after = 0; after < 2 && logged < 100; logged += 1) {
      logger.error(`number ${logged}`);
      t.notOk(await flush(logger));
      if (server.events.at(-1)?.tags['state'] === 'after') after += 1;
    }
    await end(transport);
    t.equal(server.events.at(-1)?.tags['state'], 'after', what);
    t.equal(server.total, logged, 'nothing is lost');
  });
}

t.test("what fails in pino's worker beside our hooks ends it as before", async (t) => {
  const server = await strictServer(t);
  const dir = t.testdir({
    'hook.mjs': 'export default (event) => event;',
    'target.mjs': `import { Writable } from 'node:stream';
      export default () => {
        setTimeout(() => { throw new Error('of another target'); }, 5);
        return new Writable({ write: (_chunk, _encoding, done) => done() });
      };`,
  });
  const ours = { target: TARGET, options: reach(server, { beforeSend: `${dir}/hook.mjs` }) };
  const transport = pino.transport({ targets: [ours, { target: `${dir}/target.mjs` }] });
  t.match(await failure(transport), 'of another target');
});

const WRONG: readonly (readonly [option: string, what: string, options: object])[] = [
  ['batchSize', 'a text for a number', { batchSize: 'many' }],
  ['minLevel', 'a level that is none', { minLevel: 'loud' }],
  ['nestedKey', 'a key that is no text', { nestedKey: 7 }],
  ['api_key', 'an unknown option', { api_key: 'x' }],
  ['beforeSend', 'a module that is missing', { beforeSend: './no/such/hook.mjs' }],
  ['beforeSend', 'a package that is missing', { beforeSend: 'no-such-package-anywhere' }],
  ['beforeSend', 'a file: URL of nothing', { beforeSend: 'file:///no/such/hook.mjs' }],
  ['beforeSend', 'a file: URL that is none', { beforeSend: 'file://host/%00' }],
  ['beforeSend', 'an empty path', { beforeSend: '' }],
  ['beforeBreadcrumb', 'no path at all', { beforeBreadcrumb: 7 }],
];

function failure(transport: Transport): Promise<string> {
  return once(hold(transport), 'error').then(([error]: unknown[]) => String(error));
}

for (const [option, what, options] of WRONG) {
  t.test(`the application hears of a wrong option by name: ${what}`, async (t) => {
    const server = await strictServer(t);
    const single = pino.transport({ target: TARGET, options: reach(server, options) });
    t.match(await failure(single), `\`${option}\``);
    const target = { target: TARGET, options: reach(server, options) };
    const among = pino.transport({ targets: [target, target] });
    t.match(await failure(among), `\`${option}\``, 'among targets');
  });
}

const NO_HOOKS: Readonly<Record<string, string>> = {
  'a module without the function': 'export const other = () => null;',
  'a module without exports': '',
  'a module that exports something else': 'export default { beforeSend: "text" };',
  'a module that throws': 'throw new Error("not today");',
  'a module that is no JavaScript': 'this is no JavaScript',
};

for (const [what, source] of Object.entries(NO_HOOKS)) {
  t.test(`the application hears of ${what} as a hook, by the option's name`, async (t) => {
    const server = await strictServer(t);
    const dir = t.testdir({ 'hook.mjs': source });
    const transport = pino.transport({
      target: TARGET,
      options: reach(server, { beforeSend: `${dir}/hook.mjs` }),
    });
    t.match(await failure(transport), '`beforeSend`');
  });
}

t.test('without an API key lines are swallowed, and no socket is opened', async (t) => {
  const server = await strictServer(t);
  const transport = pino.transport({ target: TARGET, options: { host: server.url } });
  const logger = pino({ customLevels: { audit: 55 } }, tidy(t, transport));
  transport.on('error', (error: unknown) => t.fail(String(error)));
  logger.fatal({ err: boom() }, 'x');
  t.notOk(await flush(logger));
  await end(transport);
  t.equal(server.requests.length, 0);
});

t.test('a transport without a logger starts all the same', async (t) => {
  const server = await strictServer(t);
  const transport = pino.transport({ target: TARGET, options: reach(server) });
  tidy(t, transport);
  transport.write('{"level":50,"msg":"written by hand"}\n');
  t.match(await server.waitForEvents(1), [{ message: 'written by hand' }]);
});
