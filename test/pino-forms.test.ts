/** Forms of calls that hold an Error where pino does not look, and lines in odd forms. */
import pino from 'pino';
import t from 'tap';
import { flush, withScope } from '../src/index.ts';
import { withErrsight } from '../src/main/pino/options.ts';
import { processState } from '../src/main/state.ts';
import errsight from '../transports/pino.ts';
import { strictServer } from './helpers/errsight.ts';

t.afterEach(() => {
  const state = processState();
  state.endPinoSide?.();
  state.endPinoSide = undefined;
});

class Declined extends Error {}

function failing(): Declined {
  return new Declined('declined');
}

class Outcome {
  readonly error: Error;
  constructor(error: Error) {
    this.error = error;
  }
}

/** pino's types refuse what people write in JavaScript. */
interface Logger {
  error(...args: unknown[]): void;
}

const settled = (): object => [
  { status: 'fulfilled', value: 1 },
  { status: 'rejected', reason: failing() },
];

const FORMS: Readonly<Record<string, (logger: Logger) => void>> = {
  'err behind a text': (logger) => logger.error('text', { err: failing() }),
  'reason behind a text': (logger) => logger.error('text', { reason: failing() }),
  'behind a text and a value': (logger) => logger.error('text %d', 1, { a: { err: failing() } }),
  'the results of Promise.allSettled behind a text': (logger) => logger.error('text', settled()),
  'four levels down': (logger) => logger.error({ a: { b: { c: { err: failing() } } } }, 'text'),
  'in an object of a class': (logger) => logger.error({ outcome: new Outcome(failing()) }, 'text'),
  'in such an object named res': (logger) => logger.error({ res: new Outcome(failing()) }, 'text'),
  'in a Map': (logger) => logger.error({ all: new Map([['err', failing()]]) }, 'text'),
  'in a Set': (logger) => logger.error({ all: new Set([failing()]) }, 'text'),
};

t.test('an Error is known wherever it is in the call', async (t) => {
  const server = await strictServer(t);
  const stream = errsight({ apiKey: server.key, host: server.url });
  const logger = pino(withErrsight({}), stream);
  for (const [form, log] of Object.entries(FORMS)) {
    log(logger.child({ form }));
  }
  t.ok(await stream.flush());
  stream.end();
  for (const form of Object.keys(FORMS)) {
    const events = server.events.filter(({ metadata }) => metadata['form'] === form);
    t.match(
      events,
      [
        {
          message: 'declined',
          metadata: { exception_class: 'Declined', exception_frames: [{ function: 'failing' }] },
        },
      ],
      form,
    );
    t.equal(events.length, 1, form);
  }
});

t.test('a stale error of a client or of a request is not the error of the line', async (t) => {
  const server = await strictServer(t);
  const stream = errsight({ apiKey: server.key, host: server.url });
  const logger = pino(withErrsight({}), stream);
  class Client {
    readonly error = failing();
    on(): this {
      return this;
    }
  }
  class Model {
    readonly lastFailure = failing();
  }
  logger.error({ client: new Client() }, 'one');
  logger.error({ model: new Model() }, 'two');
  logger.error({ res: { error: failing() } }, 'three');
  t.ok(await stream.flush());
  stream.end();
  t.strictSame(
    server.events.map(({ message, metadata }) => [message, metadata['exception_class']]),
    [
      ['one', undefined],
      ['two', undefined],
      ['three', undefined],
    ],
  );
});

/** What an application logs that counts how often it is read. */
function counting(): { readonly fields: object; readonly count: () => number } {
  let count = 0;
  const fields = {
    get a() {
      count += 1;
      return count;
    },
    details: {
      get err() {
        count += 1;
        return failing();
      },
      get text() {
        count += 1;
        return 'of a getter';
      },
      other: failing(),
    },
  };
  return { fields, count: () => count };
}

t.test('a getter runs as often as without us, and what it gives is kept', async (t) => {
  const server = await strictServer(t);
  const stream = errsight({ apiKey: server.key, host: server.url });
  const [own, ours] = [counting(), counting()];
  pino({}, { write: () => undefined }).error(own.fields, 'text');
  pino(withErrsight({}), stream).error(ours.fields, 'text');
  t.equal(ours.count(), own.count());
  t.ok(await stream.flush());
  stream.end();
  t.match(server.events, [
    { metadata: { exception_class: 'Declined', a: 1, details: { text: 'of a getter' } } },
  ]);
});

t.test('a text under err is the message where the logger has another key', async (t) => {
  const server = await strictServer(t);
  const stream = errsight({ apiKey: server.key, host: server.url });
  const logger = pino(withErrsight({ errorKey: 'error' }), stream);
  logger.error({ err: 'one' });
  logger.error({ err: { message: 'two', code: 'E2' } });
  logger.error({ error: 'three' });
  t.ok(await stream.flush());
  stream.end();
  t.match(
    server.events.map(({ message }) => message),
    [/one/, /two/, /three/],
  );
});

/** Lines that are not JSON alone. */
const TEXTS: Readonly<Record<string, (line: string) => string>> = {
  'a prefix': (line) => `PREFIX ${line}`,
  'a prefix with a brace': (line) => `shop> ${line}`,
  nothing: (line) => line,
};

for (const [what, streamWrite] of Object.entries(TEXTS)) {
  t.test(`a hook that adds ${what} to a line costs no line and no event`, async (t) => {
    const server = await strictServer(t);
    const [bare, ours]: [string[], string[]] = [[], []];
    const options = { base: null, timestamp: false, hooks: { streamWrite } } as const;
    const more = { apiKey: server.key, host: server.url };
    const given = withErrsight<pino.LoggerOptions>(options, more);
    t.notOk('transport' in given, 'pino would read the lines for a second target');
    for (const [lines, settings] of [
      [bare, options],
      [ours, given],
    ] as const) {
      const logger = pino(settings, { write: (line: string) => void lines.push(line) });
      logger.info('a step');
      logger.error({ err: failing() }, 'text');
    }
    t.strictSame(ours.length, 2);
    t.strictSame(ours[0], bare[0]);
    t.ok(await flush());
    t.match(server.events, [
      {
        message: 'declined',
        metadata: { exception_class: 'Declined', log_message: 'text' },
      },
    ]);
    t.equal(server.events.length, 1);
    const trail = server.events[0]?.breadcrumbs.map(({ message }) => message);
    t.ok(trail?.includes('a step'));
  });
}

t.test('such a hook beside a target of the user costs no scope', async (t) => {
  const server = await strictServer(t);
  const options = {
    hooks: { streamWrite: (line: string) => line.replace('text', 'TEXT') },
    transport: { target: 'pino/file', options: { destination: '/dev/null' } },
  };
  const more = { apiKey: server.key, host: server.url };
  const logger = pino(withErrsight<pino.LoggerOptions>(options, more));
  withScope((scope) => {
    scope.setUser({ id: 17 }).setTag('tenant', 'acme');
    logger.info('a step');
    logger.error('text');
  });
  // The other target's worker has to start.
  t.ok(await flush(60_000));
  t.match(server.events, [
    {
      message: 'TEXT',
      user_context: { id: '17' },
      tags: { tenant: 'acme' },
    },
  ]);
  t.ok(server.events[0]?.breadcrumbs.some(({ message }) => message === 'a step'));
});
