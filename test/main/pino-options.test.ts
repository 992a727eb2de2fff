import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import pino from 'pino';
import t from 'tap';
import { withErrsight } from '../../src/main/pino/options.ts';
import { processState } from '../../src/main/state.ts';
import { keyOf } from '../../src/notes/key.ts';
import { NoteReader } from '../../src/notes/reader.ts';
import { revive } from '../../src/notes/revive.ts';
import type { LineNote } from '../../src/notes/line-note.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { resolveTargetOptions } from '../../src/options/resolve.ts';
import { OptionError } from '../../src/options/option-error.ts';
import { addBreadcrumb, flush, getScope, withScope } from '../../src/index.ts';
import { scrub } from '../helpers/scrub.ts';
import errsight from '../../transports/pino.ts';
import { strictServer } from '../helpers/errsight.ts';

const KEY = `elp_${'0'.repeat(48)}`;
const HOST = 'http://127.0.0.1:9';
const ON = { apiKey: KEY, host: HOST };

t.afterEach(() => {
  const state = processState();
  state.endPinoSide?.();
  state.endPinoSide = undefined;
  getScope().clear();
});

type Fields = Record<string, unknown>;

interface Logging {
  readonly logger: pino.Logger;
  readonly lines: string[];
  /** What is known of each line besides its text. */
  readonly notes: (LineNote | undefined)[];
}

const reader = new NoteReader();

/** A logger that writes into memory, without what differs from line to line. */
function logging(options: pino.LoggerOptions = {}): Logging {
  const lines: string[] = [];
  const notes: (LineNote | undefined)[] = [];
  const quiet = { base: null, timestamp: false, level: 'trace', ...options };
  const stream = {
    write(line: string) {
      lines.push(line);
      notes.push(reader.take(keyOf(line.trimEnd()))?.note);
    },
  };
  return { logger: pino(quiet, stream), lines, notes };
}

function parsed(lines: readonly string[]): Fields[] {
  return lines.map((line) => JSON.parse(line) as Fields);
}

function signals(): number {
  return process.listenerCount('SIGTERM');
}

/** Calls a method of a logger as JavaScript can. */
function log(logger: pino.Logger, args: readonly unknown[], level: pino.Level = 'error'): void {
  Reflect.apply(logger[level], logger, args);
}

/** What is left of the options on the main thread: lines go to memory instead. */
function inMemory(options: Fields, more?: object): Logging {
  const { transport: _worker, ...rest } = withErrsight<Fields>(options, more);
  return logging(rest);
}

/** The transport that the options have then, with a mark where our target is. */
function transportOf(options: object, more: object = {}): unknown {
  const { transport } = withErrsight(options, { ...ON, ...more }) as { transport: Fields };
  const mark = (each: Fields): Fields =>
    String(each['target']).endsWith('transports/pino.js')
      ? { ...each, target: 'OURS', options: Object.keys(each['options'] as object).toSorted() }
      : each;
  const { targets } = transport as { targets?: Fields[] };
  return targets === undefined ? mark(transport) : { ...transport, targets: targets.map(mark) };
}

const GIVEN = ['apiKey', 'host', 'nestedKey'];
const GROUP = ['$group', ...GIVEN];
const OURS = { target: 'OURS', options: GIVEN, level: 30 };
const FILE = { target: 'pino/file', options: { destination: '/dev/null' } };
const STDOUT = { target: 'pino/file', options: { destination: 1 }, level: 0 };

t.test('the target comes beside what is there', async (t) => {
  const cases: readonly (readonly [what: string, options: object, transport: unknown])[] = [
    ['nothing', {}, { targets: [STDOUT, OURS] }],
    ['undefined', { transport: undefined }, { targets: [STDOUT, OURS] }],
    ['a target', { transport: FILE }, { targets: [{ ...FILE, level: 0 }, OURS] }],
    ['no targets', { transport: { targets: [] } }, { target: 'OURS', options: GIVEN }],
    [
      'one of targets, which had every line',
      { transport: { targets: [FILE] } },
      { targets: [{ ...FILE, level: 0 }, OURS] },
    ],
    [
      'one of targets with a level',
      { transport: { targets: [{ ...FILE, level: 'error' }] } },
      { targets: [{ ...FILE, level: 'error' }, OURS] },
    ],
    [
      'several targets, with their levels',
      { transport: { targets: [FILE, { ...FILE, level: 'debug' }] } },
      { targets: [FILE, { ...FILE, level: 'debug' }, OURS] },
    ],
    [
      'a pipeline',
      { transport: { pipeline: [{ target: 'a' }, FILE] } },
      { targets: [{ pipeline: [{ target: 'a' }, FILE], level: 0 }, OURS] },
    ],
    [
      'with dedupe, on each level of theirs',
      {
        transport: {
          targets: [FILE, { ...FILE, level: 'debug' }, { ...FILE, level: 'error' }],
          dedupe: true,
        },
      },
      {
        dedupe: true,
        targets: [
          FILE,
          { ...FILE, level: 'debug' },
          { ...FILE, level: 'error' },
          { ...OURS, options: GROUP },
          { ...OURS, options: GROUP, level: 50 },
        ],
      },
    ],
    [
      'with dedupe, beside one that wants little',
      { transport: { targets: [{ ...FILE, level: 'error' }], dedupe: true } },
      {
        dedupe: true,
        targets: [
          { ...FILE, level: 'error' },
          { ...OURS, options: GROUP, level: 50 },
          { ...OURS, options: GROUP },
        ],
      },
    ],
    [
      'what else a transport has',
      { transport: { ...FILE, worker: { name: 'x' }, sync: true } },
      { worker: { name: 'x' }, sync: true, targets: [{ ...FILE, level: 0 }, OURS] },
    ],
  ];
  for (const [what, options, transport] of cases) {
    const before = JSON.stringify(options);
    t.strictSame(transportOf(options), transport, what);
    t.equal(JSON.stringify(options), before, `${what}: the given options stay`);
  }
});

t.test('the switches of what is watched stay on this thread', async (t) => {
  const { track } = resolveTargetOptions({}, {});
  t.ok(Object.keys(track).length > 1);
  t.strictSame(transportOf({}, track), { targets: [STDOUT, OURS] });
});

t.test('pino lets through to the target what it wants', async (t) => {
  const cases: readonly (readonly [options: object, more: object, level: number])[] = [
    [{}, {}, 30],
    [{}, { breadcrumbLevel: 'debug' }, 10],
    [{}, { minLevel: 'error', breadcrumbLevel: 'error' }, 50],
    [{}, { minLevel: 'debug', breadcrumbLevel: 'error' }, 10],
    [{ customLevels: { critical: 5 } }, {}, 5],
    [{ customLevels: { audit: 25 } }, {}, 30],
    [{ customLevels: { audit: 35 }, useOnlyCustomLevels: true, level: 'audit' }, {}, 35],
  ];
  for (const [options, more, level] of cases) {
    const { targets } = transportOf(options, more) as { targets: { level: number }[] };
    t.equal(targets.at(-1)?.level, level, JSON.stringify([options, more]));
  }
});

/** The option that an attempt fails of. */
function refused(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return error.option;
  }
}

t.test('what cannot work is refused, with a key and without one', async (t) => {
  const own = { target: 'errsight/pino' };
  const level = { level: (label: string) => ({ level: label }) };
  const cases: readonly (readonly [option: string, options: unknown, more: object])[] = [
    ['transport', { transport: own }, {}],
    ['transport', { transport: { targets: [FILE, own] } }, {}],
    ['transport', { transport: { pipeline: [FILE, own] } }, {}],
    ['transport', { transport: { targets: [{ pipeline: [own] }] } }, {}],
    ['transport', withErrsight({}, ON), {}],
    ['formatters.level', { formatters: level }, {}],
    ['formatters.level', { formatters: level, transport: FILE }, {}],
    ['stream', { stream: process.stdout }, {}],
    ['file', { file: '/dev/null' }, {}],
    ['logger', { logger: pino() }, {}],
    ['beforeSend', {}, { beforeSend: () => null }],
    ['beforeBreadcrumb', {}, { beforeBreadcrumb: () => null }],
    ['transport', {}, { transport: () => undefined }],
    ['minLevel', {}, { minLevel: 'loud' }],
    ['min_level', {}, { min_level: 'error' }],
    ['captureUncaught', {}, { captureUncaught: 'yes' }],
    ['requestScopes', {}, { requestScopes: 1 }],
    ['nestedKey', {}, { nestedKey: 1 }],
    ['pinoOptions', 'info', {}],
    ['pinoOptions', null, {}],
    ['pinoOptions', process.stdout, {}],
  ];
  for (const [option, options, more] of cases) {
    for (const rest of [ON, {}]) {
      const what = `${option}: ${Object.keys({ ...(options as object), ...more }).join()}`;
      const attempt = (): unknown => withErrsight(options, { ...rest, ...more });
      t.equal(refused(attempt), option, what);
    }
  }
  const missing = { ...ON, beforeBreadcrumb: './no-such-module.js' };
  t.equal(
    refused(() => withErrsight({}, missing)),
    'beforeBreadcrumb',
  );
  const badOwn = { transport: { ...own, options: { minLevel: 'loud' } } };
  t.equal(
    refused(() => withErrsight(badOwn)),
    'minLevel',
  );
  t.doesNotThrow(() => withErrsight({ transport: { targets: [] }, formatters: level }, ON));
});

t.test(
  'the target is known by name and by each path that leads to it, and by no other',
  async (t) => {
    const require = createRequire(import.meta.url);
    const resolved = require.resolve('errsight/pino');
    for (const target of [
      'errsight/pino',
      resolved,
      pathToFileURL(resolved).href,
      import.meta.resolve('errsight/pino'),
      fileURLToPath(import.meta.resolve('errsight/pino')),
      '/srv/node_modules/errsight/dist/cjs/transports/pino.js',
      '/srv/node_modules/errsight/dist/cjs/pino.js',
    ]) {
      const options = { transport: { targets: [FILE, { target, options: {} }] } };
      t.equal(
        refused(() => withErrsight(options, ON)),
        'transport',
        target,
      );
    }
    for (const target of [
      'pino/file',
      'errsight',
      './errsight/pino',
      '/srv/transports/pino.js',
      'file:no',
    ]) {
      t.doesNotThrow(() => withErrsight({ transport: { target } }, ON), target);
    }
  },
);

t.test('without a key pino is what it was', async (t) => {
  for (const [options, more] of [
    [{ level: 'info' }, {}],
    [{ level: 'info' }, { ...ON, enabled: false }],
    [{ level: 'info', transport: { target: 'errsight/pino' } }, undefined],
  ] as const) {
    const { level, transport, ...rest } = withErrsight<Fields>(options, more);
    t.strictSame(
      [level, transport],
      [options.level, 'transport' in options ? options.transport : undefined],
    );
    t.strictSame(rest, {});
    t.equal(processState().endPinoSide, undefined, 'nothing runs');
  }
});

const boom = new TypeError('boom');
const bang = new RangeError('bang');
const ERR = { type: 'TypeError', message: 'boom' };

t.test('an Error behind a message is known, and no byte of the line is another', async (t) => {
  const cases: readonly (readonly [args: unknown[], kept: object | undefined])[] = [
    [['m', boom], ERR],
    [['m %s', 'x', boom], ERR],
    [['m %s', boom], ERR],
    [['m %s %d %i %f %j %o %O %c', boom], ERR],
    [['m %s', bang, boom], ERR],
    [['m %s', boom, 'x', bang], { type: 'RangeError', message: 'bang' }],
    [['m', 1, { a: 1 }, boom], ERR],
    [['100%% of %s', 'all', boom, bang], ERR],
    [['100%%', boom], ERR],
    [['100% sure %s', boom], ERR],
    [['%', boom], ERR],
    [['', boom], ERR],
    [['m'], undefined],
    [['m', { a: 1 }], undefined],
    [['m %s', 'x'], undefined],
    [[boom], ERR],
    [[boom, 'm'], ERR],
    [[{ a: 1 }, 'm', boom], ERR],
    [[{ a: 1 }, 'm %s', 'x', boom], ERR],
    [[{ err: boom }, 'm', bang], ERR],
    [[{ details: { err: boom } }, 'm'], ERR],
    [[{ list: [1, { reason: boom }] }, 'm'], ERR],
    [[undefined, 'm'], undefined],
    [[undefined, 'm', boom], ERR],
    [[], undefined],
    [[17, boom], ERR],
    [['m', 'a\n    at f (a.js:1:2)', 'Context'], 'a\n    at f (a.js:1:2)' as unknown as object],
  ];
  for (const settings of [{}, { msgPrefix: '[p] ' }, { errorKey: 'failure' }, { nestedKey: 'n' }]) {
    const bare = logging(settings);
    const ours = logging(withErrsight(settings));
    for (const [args, kept] of cases) {
      for (const of of [bare, ours]) {
        log(of.logger, args);
        log(of.logger.child({ c: 1 }, { msgPrefix: '(child) ' }), args);
      }
      const what = `${JSON.stringify(args)} with ${JSON.stringify(settings)}`;
      t.strictSame(ours.lines.splice(0), bare.lines.splice(0), what);
      for (const note of ours.notes.splice(0)) {
        t.match(note?.thrown?.value, kept, what);
        if (kept === undefined) t.equal(note?.thrown, undefined, what);
      }
    }
  }
});

t.test('the user’s own hook comes first, and its order of arguments holds', async (t) => {
  const seen: unknown[] = [];
  const { logger, lines, notes } = logging(
    withErrsight<pino.LoggerOptions>({
      hooks: {
        logMethod(args, method, level) {
          seen.push([this === logger, args.length, level]);
          const [first, second, ...rest] = args as unknown[] as [string, string];
          // As in pino's documentation: the object may come second.
          Reflect.apply(method, this, [second, first, ...rest]);
        },
        streamWrite: (line) => line.replace('boom', 'BOOM'),
      },
    }),
  );
  log(logger, ['m', { a: 1 }]);
  log(logger, [boom, 'm']);
  t.strictSame(seen, [
    [true, 2, 50],
    [true, 2, 50],
  ]);
  t.match(parsed(lines), [{ a: 1, msg: 'm' }, { msg: 'm' }]);
  // What their hook makes of the text is what is sent, and by that the line is known again.
  t.match(notes, [undefined, { thrown: { value: ERR } }]);
});

t.test('an Error is known under whatever name it stands', async (t) => {
  const settings: pino.LoggerOptions = {
    serializers: { mine: (value: unknown) => value instanceof TypeError },
    formatters: { log: (fields) => ({ picked: Object.keys(fields).join() }) },
  };
  for (const [fields, path] of [
    [{ reason: boom }, ['reason']],
    [{ mine: boom }, ['mine']],
    [{ failure: boom, error: bang }, ['error']],
    [{ details: { err: boom } }, ['details', 'err']],
    [{ results: [{ status: 'rejected', reason: boom }] }, ['results', '0', 'reason']],
    [{ req: { error: boom } }, undefined],
    [{ plain: { message: 'no error' } }, undefined],
  ] as const) {
    const [bare, ours] = [logging(settings), logging(withErrsight(settings))];
    for (const { logger } of [bare, ours]) logger.child({ a: 1 }).error(fields, 'm');
    t.strictSame(ours.lines, bare.lines);
    t.strictSame(ours.notes[0]?.thrown?.path, path, JSON.stringify(fields));
  }
  t.strictSame(Object.keys(boom), [], 'nothing is left on the Error');
});

t.test('what is known of an Error is read as the Error itself would be', async (t) => {
  class OrderError extends Error {
    override name = 'OrderError';
    readonly code = 'E_ORDER';
    readonly type = 'a type of its own';
  }
  const circular = new Error('circular') as Error & { self?: unknown };
  circular.self = circular;
  circular.cause = circular;
  const cases: readonly Error[] = [
    boom,
    new OrderError('outer', { cause: new RangeError('middle', { cause: boom }) }),
    new AggregateError([boom, bang], 'both'),
    new AggregateError([boom, bang]),
    new TypeError('fetch failed', { cause: new AggregateError([boom, bang], 'refused') }),
    Object.assign(new Error('with fields'), { statusCode: 418, inner: { a: 1 } }),
    new Error('m', { cause: 'a text' }),
    new Error('m', { cause: { a: 1 } }),
    new Error(''),
    new Error('a\ncaused by: b'),
    circular,
    new DOMException('aborted', 'AbortError'),
  ];
  const read = createExceptionReader({
    scrub,
    paths: createPathRules({ projectRoot: process.cwd(), inAppInclude: [], inAppExclude: [] }),
  });
  const { logger, notes } = logging(withErrsight({}));
  for (const error of cases) {
    logger.error({ error });
    const [note] = notes.splice(0);
    const { properties: _raw, causes, ...direct } = read(error);
    const { properties: _json, causes: shownCauses, ...shown } = read(revive(note?.thrown?.value));
    t.strictSame(shown, direct, String(error));
    t.strictSame(
      shownCauses.map(({ class: name, message }) => [name, message]),
      causes.map(({ class: name, message }) => [name, message]),
      String(error),
    );
  }
});

/** What a logger throws by itself, if it does. */
function failureOf(logger: pino.Logger, args: readonly unknown[], level: pino.Level): unknown {
  try {
    log(logger, args, level);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

t.test('each line is byte for byte what it was', async (t) => {
  getScope().setTag('of', 'the process');
  const json = fc.oneof(fc.anything(), fc.string(), fc.dictionary(fc.string(), fc.anything()));
  const settings = fc.constantFrom<pino.LoggerOptions>(
    {},
    { mixin: () => ({ a: 'mixed', mixed: true }) },
    {
      mixin: (fields) => ({ n: Object.keys(fields).length }),
      mixinMergeStrategy: (a, b) => ({ ...a, ...b }),
    },
    { nestedKey: 'payload', msgPrefix: '> ' },
    { redact: ['a', 'b.c'], formatters: { log: (fields) => ({ ...fields, formatted: 1 }) } },
    { customLevels: { audit: 35 }, formatters: { level: (label) => ({ level: label }) } },
  );
  const level = fc.constantFrom<pino.Level>('debug', 'info', 'warn', 'error');
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(settings, fc.array(json, { maxLength: 4 }), level, (options, args, at) => {
        const bare = logging(options);
        const ours = logging(withErrsight(options));
        const thrown = [bare, ours].map(({ logger }) => failureOf(logger, args, at));
        return JSON.stringify(bare.lines) === JSON.stringify(ours.lines) && thrown[0] === thrown[1];
      }),
      { numRuns: 1_000 },
    ),
  );
});

t.test('of a line is known in which scope it was logged', async (t) => {
  const { logger, lines, notes } = inMemory({}, ON);
  const bare = logging();
  for (const each of [bare.logger, logger]) {
    each.error('outside');
    await withScope(async (scope) => {
      scope
        .setUser({ id: 42 })
        .setTags({ tenant: 'acme', none: null })
        .setMetadata({ password: 'x' });
      scope.setFingerprint(['a', 'b']).setLevel('fatal');
      addBreadcrumb({ message: 'step', timestamp: 0 });
      await Promise.resolve();
      for (const level of ['debug', 'info', 'warn', 'error'] as const) each[level](level);
    });
  }
  const said = {
    scope: {
      id: /^\w+$/,
      user: { id: '42' },
      tags: { tenant: 'acme' },
      metadata: { password: '[Filtered]' },
      fingerprint: ['a', 'b'],
      level: 'fatal',
      breadcrumbs: [{ message: 'step' }],
    },
  };
  const [outside, debug, info, warn, error] = notes;
  t.strictSame([outside, debug, info], [undefined, undefined, undefined]);
  t.match(warn, said);
  t.match(error, said);
  t.strictSame(lines, bare.lines, 'and no byte of it is in the line');
  reader.read();
  const mark = reader.scopeOf(lines[2]?.trimEnd() ?? '', undefined);
  t.equal(mark, warn?.scope?.id, 'of a step is known whose it is');

  getScope().setTag('of', 'the process');
  logger.error('outside');
  t.strictSame(notes.at(-1), { scope: { tags: { of: 'the process' } } });
});

t.test('the thresholds are those of the options, and of custom levels', async (t) => {
  const cases: readonly (readonly [
    options: object,
    more: object | undefined,
    events: string[],
    steps: string[],
  ])[] = [
    [{}, ON, ['warn', 'error'], ['info']],
    [{}, undefined, ['warn', 'error'], ['info']],
    [
      {},
      { ...ON, minLevel: 'error', breadcrumbLevel: 'debug' },
      ['error'],
      ['debug', 'info', 'warn'],
    ],
    [{}, { ...ON, breadcrumbLevel: 'error' }, ['warn', 'error'], []],
    [{ customLevels: { critical: 31 } }, ON, ['warn', 'error', 'critical'], ['info']],
    [
      { transport: { target: 'errsight/pino', options: { ...ON, minLevel: 'error' } } },
      undefined,
      ['error'],
      ['info', 'warn'],
    ],
  ];
  for (const [options, more, events, steps] of cases) {
    const { logger, lines, notes } = inMemory({ ...options, base: { case: events.join() } }, more);
    withScope((scope) => {
      scope.setTag('a', 1);
      const levels = logger as unknown as Record<string, ((text: string) => void) | undefined>;
      for (const name of ['debug', 'info', 'warn', 'error', 'critical']) levels[name]?.(name);
    });
    reader.read();
    const told = parsed(lines).map(({ msg }) => msg);
    t.strictSame(
      told.filter((_, index) => notes[index] !== undefined),
      events,
      JSON.stringify([options, more]),
    );
    t.strictSame(
      told.filter((_, index) => reader.scopeOf(lines[index]?.trimEnd() ?? '', undefined) !== null),
      steps,
      JSON.stringify([options, more]),
    );
  }
});

t.test(
  'a mixin that logs does not mix up the scopes, or the errors, of the two lines',
  async (t) => {
    const seen: unknown[] = [];
    const shared = Object.freeze({ shared: true });
    const { logger, lines, notes } = logging(
      withErrsight<pino.LoggerOptions>({
        mixin(fields, level, own) {
          seen.push([Object.keys(fields), level, own === logger]);
          if (level === 50) withScope((scope) => scope.setTag('b', 2) && logger.warn('inner'));
          return shared;
        },
        // Throws the mixin's away, and what the line says is another object.
        mixinMergeStrategy: (fields, mixed) => {
          seen.push(mixed === shared);
          return { kept: Object.keys(fields).join() };
        },
      }),
    );
    withScope((scope) => {
      scope.setTag('a', 1);
      log(logger, ['m', boom]);
    });
    t.strictSame(seen, [[[], 50, true], [[], 40, true], true, true]);
    t.strictSame(parsed(lines), [
      { level: 40, kept: '', msg: 'inner' },
      { level: 50, kept: '', msg: 'm' },
    ]);
    t.match(notes, [{ scope: { tags: { b: '2' } } }, { scope: { tags: { a: '1' } }, thrown: {} }]);
    t.equal(notes[0]?.thrown, undefined);
  },
);

t.test('what a scope holds cannot break a line', async (t) => {
  const hostile = {
    get thrower(): never {
      throw new Error('read');
    },
    big: 10n,
    toJSON(): never {
      throw new Error('toJSON');
    },
  };
  const { logger, lines, notes } = logging(withErrsight({}));
  withScope((scope) => {
    scope.setMetadata({ hostile, text: 'x'.repeat(1_000_000), ['__proto__']: 1 });
    scope.setUser(hostile as object).setTag('t', hostile as never);
    logger.error('m');
  });
  t.strictSame(lines, ['{"level":50,"msg":"m"}\n']);
  t.match(notes, [{ scope: { id: /^\w+$/ } }]);
  t.ok(JSON.stringify(notes).length < 300_000);
});

t.test('the stream beside stdout works where pino has no place for a target', async (t) => {
  const server = await strictServer(t);
  const printed: string[] = [];
  const stream = errsight({ apiKey: server.key, host: server.url });
  const logger = pino(
    withErrsight({
      formatters: { level: (label: string) => ({ severity: label.toUpperCase() }) },
    }),
    pino.multistream([
      { stream: { write: (line: string) => void printed.push(line) } },
      { stream },
    ]),
  );
  await withScope(async (scope) => {
    scope.setUser({ id: 42 });
    logger.info('a step');
    log(logger, ['it failed', boom]);
    t.ok(await stream.flush());
  });
  t.match(server.events, [
    {
      level: 'error',
      message: 'boom',
      user_context: { id: '42' },
      breadcrumbs: [{ message: 'a step' }],
    },
  ]);
  t.match(parsed(printed), [{ severity: 'INFO' }, { severity: 'ERROR', msg: 'it failed' }]);
  t.ok(await flush(), 'and it is flushed without init');
  stream.end();
});

t.test('called again, the later call takes the place of the earlier', async (t) => {
  const state = processState();
  const before = signals();
  for (let call = 0; call < 5; call += 1) withErrsight({}, { ...ON, scrubKeys: [`zone${call}`] });
  t.equal(state.makers.length, 1);
  t.equal(signals(), before + 1);
  addBreadcrumb({ message: 'm', data: { zone0: 'x', zone4: 'y' } });
  const steps = getScope().steps(state.makers[0] as never, 50);
  const crumbs = steps.map(({ crumb }) => crumb);
  t.match(crumbs, [{ data: { zone0: 'x', zone4: '[Filtered]' } }]);
  state.endPinoSide?.();
  state.endPinoSide = undefined;
  t.equal(signals(), before);
  t.strictSame(state.makers, []);
});

t.test('each logger filters breadcrumbs as its own options say', async (t) => {
  const strict = inMemory({}, { ...ON, scrubKeys: ['iban'] });
  const other = inMemory({}, { ...ON, maxBreadcrumbs: 0 });
  withScope(() => {
    addBreadcrumb({ message: 'm', data: { iban: 'DE00' } });
    strict.logger.error('m');
    other.logger.error('m');
  });
  t.match(strict.notes, [{ scope: { breadcrumbs: [{ data: { iban: '[Filtered]' } }] } }]);
  t.strictSame(Object.keys(other.notes[0]?.scope ?? {}), ['id']);
});
