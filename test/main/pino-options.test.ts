import fc from 'fast-check';
import pino from 'pino';
import t from 'tap';
import { withErrsight } from '../../src/main/pino/options.ts';
import { processState } from '../../src/main/state.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { resolveTargetOptions } from '../../src/options/options.ts';
import { OptionError } from '../../src/options/reader.ts';
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

/** A logger that writes into memory, without what differs from line to line. */
function logging(options: pino.LoggerOptions = {}): { logger: pino.Logger; lines: string[] } {
  const lines: string[] = [];
  const quiet = { base: null, timestamp: false, level: 'trace', ...options };
  return { logger: pino(quiet, { write: (line) => void lines.push(line) }), lines };
}

function parsed(lines: readonly string[]): Fields[] {
  return lines.map((line) => JSON.parse(line) as Fields);
}

function idIn(line: Fields | undefined): unknown {
  return (line?.['errsightScope'] as Fields | undefined)?.['id'];
}

function signals(): number {
  return process.listenerCount('SIGTERM');
}

/** Calls a method of a logger as JavaScript can. */
function log(logger: pino.Logger, args: readonly unknown[], level: pino.Level = 'error'): void {
  Reflect.apply(logger[level], logger, args);
}

/** What is left of the options on the main thread: lines go to memory instead. */
function inMemory(options: Fields, more?: object): { logger: pino.Logger; lines: string[] } {
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
    ['transport.dedupe', { transport: { targets: [FILE], dedupe: true } }, {}],
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

t.test('without a key pino is what it was, but for Errors', async (t) => {
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
    t.strictSame(Object.keys(rest).toSorted(), ['formatters', 'hooks', 'serializers']);
    t.equal(processState().endPinoSide, undefined, 'nothing runs');
  }
});

const boom = new TypeError('boom');
const bang = new RangeError('bang');
const ERR = { type: 'TypeError', message: 'boom' };

t.test('an Error behind a message is kept, and the message is what it was', async (t) => {
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
    [[{ a: 1 }, 'm', boom], undefined],
    [[undefined, 'm'], undefined],
    [[], undefined],
    [[17, boom], undefined],
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
      const [plain, ...ownLines] = [parsed(bare.lines.splice(0)), ...parsed(ours.lines.splice(0))];
      for (const [index, line] of ownLines.entries()) {
        t.equal(line['msg'], plain[index]?.['msg'], what);
        const { errorKey = 'err', nestedKey } = settings as pino.LoggerOptions;
        const fields = nestedKey === undefined ? line : ((line[nestedKey] ?? {}) as Fields);
        t.match(fields[errorKey], kept ?? undefined, what);
        if (kept === undefined) t.equal(fields[errorKey], undefined, what);
      }
    }
  }
});

t.test('the user’s own hook comes first, and its order of arguments holds', async (t) => {
  const seen: unknown[] = [];
  const { logger, lines } = logging(
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
  t.match(parsed(lines), [
    { a: 1, msg: 'm' },
    { msg: 'm', err: { type: 'TypeError', message: 'BOOM' } },
  ]);
});

t.test('an Error is shown under whatever name it stands', async (t) => {
  const { logger, lines } = logging(
    withErrsight<pino.LoggerOptions>({
      serializers: { mine: (value: unknown) => value instanceof TypeError },
      formatters: {
        log: (fields) => ({ ...fields, formatted: fields['reason'] instanceof Error }),
      },
    }),
  );
  const child = logger.child({ error: bang }, { serializers: { late: pino.stdSerializers.err } });
  child.error({ reason: boom, mine: boom, late: boom, plain: { message: 'no error' } });
  child.error({ error: boom, msg: 'm' });
  t.match(parsed(lines), [
    {
      reason: { ...ERR, stack: boom.stack },
      mine: true,
      late: { ...ERR, stack: boom.stack },
      plain: { message: 'no error' },
      formatted: true,
    },
    { error: { ...ERR, stack: boom.stack }, msg: 'm', formatted: false },
  ]);
  t.match(lines[0], '"error":{"type":"RangeError","message":"bang"', 'in a binding too');
  t.strictSame(Object.keys(boom), [], 'nothing is left on the Error');

  const own = logging(withErrsight({ serializers: { error: () => 'theirs' } }));
  own.logger.error({ error: boom });
  t.match(parsed(own.lines), [{ error: 'theirs' }]);
  const key = logging(withErrsight({ errorKey: 'error' }));
  const bare = logging({ errorKey: 'error' });
  for (const each of [key, bare])
    each.logger.error({ error: new Error('a', { cause: boom }) }, 'm');
  t.match(parsed(key.lines)[0], { error: { message: 'a: boom' } });
});

t.test('what is shown of an Error is read as the Error itself would be', async (t) => {
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
  const { logger, lines } = logging(withErrsight({}));
  for (const error of cases) {
    logger.error({ error });
    const [line] = parsed(lines.splice(0));
    const { properties: _raw, causes, ...direct } = read(error);
    const { properties: _json, causes: shownCauses, ...shown } = read(line?.['error']);
    t.strictSame(shown, direct, String(error));
    // Of a text as a cause pino keeps nothing either.
    if (typeof error.cause !== 'string') {
      t.strictSame(
        shownCauses.slice(0, 2).map(({ class: name, message }) => [name, message]),
        causes.slice(0, 2).map(({ class: name, message }) => [name, message]),
        String(error),
      );
    }
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

t.test('without a scope and without Errors each line is byte for byte what it was', async (t) => {
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

t.test('a line carries the scope that it was logged in', async (t) => {
  const { logger, lines } = inMemory({}, ON);
  logger.error('outside');
  await withScope(async (scope) => {
    scope
      .setUser({ id: 42 })
      .setTags({ tenant: 'acme', none: null })
      .setMetadata({ password: 'x' });
    scope.setFingerprint(['a', 'b']).setLevel('fatal');
    addBreadcrumb({ message: 'step', timestamp: 0 });
    await Promise.resolve();
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level);
  });
  withScope(() => logger.child({ errsightScope: 'a binding' }).info({ a: 1 }, 'another'));
  const id = parsed(lines).flatMap((line) =>
    line['msg'] === 'info' ? [line['errsightScope']] : [],
  )[0];
  const said = {
    ...(id as object),
    user: { id: '42' },
    tags: { tenant: 'acme' },
    metadata: { password: '[Filtered]' },
    fingerprint: ['a', 'b'],
    level: 'fatal',
    breadcrumbs: [{ message: 'step' }],
  };
  const [outside, debug, info, warn, error, another] = parsed(lines).map(
    (line) => line['errsightScope'],
  );
  t.strictSame([outside, debug], [undefined, undefined]);
  t.match(info, { id: /^\w+$/ });
  t.strictSame(Object.keys(info as object), ['id']);
  t.match(warn, said);
  t.match(error, said);
  t.match(another, { id: /^\w+$/ });
  t.not((another as Fields)['id'], (info as Fields)['id']);

  getScope().setTag('of', 'the process');
  logger.error('outside');
  t.strictSame(parsed(lines).at(-1)?.['errsightScope'], { tags: { of: 'the process' } });
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
    const { logger, lines } = inMemory(options as Fields, more);
    withScope((scope) => {
      scope.setTag('a', 1);
      const levels = logger as unknown as Record<string, ((text: string) => void) | undefined>;
      for (const name of ['debug', 'info', 'warn', 'error', 'critical']) levels[name]?.(name);
    });
    const of = (keys: string): unknown[] =>
      parsed(lines)
        .filter(({ errsightScope: scope }) => Object.keys((scope as object) ?? {}).join() === keys)
        .map(({ msg }) => msg);
    t.strictSame(of('id,tags'), events, JSON.stringify([options, more]));
    t.strictSame(of('id'), steps, JSON.stringify([options, more]));
  }
});

t.test('the user’s mixin and strategy do not see the scope, nor lose it', async (t) => {
  const seen: unknown[] = [];
  const shared = Object.freeze({ shared: true });
  const { logger, lines } = logging(
    withErrsight<pino.LoggerOptions>({
      mixin(fields, level, own) {
        seen.push([Object.keys(fields), level, own === logger]);
        // A mixin that logs does not mix up the scopes of the two lines.
        if (level === 40) logger.info('from the mixin');
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
    logger.warn({ errsightScope: { id: 'forged', tags: { a: 'forged' } } }, 'm');
  });
  t.strictSame(seen, [[['errsightScope'], 40, true], [[], 30, true], true, true]);
  const [inner, outer] = parsed(lines);
  t.match(inner, { msg: 'from the mixin', kept: '' });
  t.match(outer, { msg: 'm', kept: 'errsightScope', errsightScope: { tags: { a: '1' } } });
  t.equal(idIn(outer), idIn(inner));
});

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
  const { logger, lines } = logging(withErrsight({}));
  withScope((scope) => {
    scope.setMetadata({ hostile, text: 'x'.repeat(1_000_000), ['__proto__']: 1 });
    scope.setUser(hostile as object).setTag('t', hostile as never);
    logger.error('m');
  });
  t.equal(lines.length, 1);
  t.match(parsed(lines), [{ msg: 'm', errsightScope: { id: /^\w+$/ } }]);
  t.ok((lines[0]?.length ?? 0) < 300_000);
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
  t.match(parsed(printed), [{ severity: 'INFO' }, { severity: 'ERROR', err: ERR }]);
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
  const crumbs = getScope().trail(state.makers[0] as never, 50);
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
  t.match(parsed(strict.lines), [
    { errsightScope: { breadcrumbs: [{ data: { iban: '[Filtered]' } }] } },
  ]);
  t.strictSame(Object.keys(parsed(other.lines)[0]?.['errsightScope'] as object), ['id']);
});
