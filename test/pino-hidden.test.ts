/**
 * What the user hides of an error in pino's lines is in no event: by `redact`, by a serializer, by a
 * hook that changes the text. The class and the frames are kept.
 */
import { createRequire } from 'node:module';
import type pinoNow from 'pino';
import t, { type Test } from 'tap';
import { withErrsight } from '../src/main/pino/options.ts';
import { processState } from '../src/main/state.ts';
import errsight from '../transports/pino.ts';
import { strictServer, type TestErrsight } from './helpers/errsight.ts';

const require = createRequire(import.meta.url);
const PINOS = Object.fromEntries(
  ['pino-7', 'pino-8', 'pino-9', 'pino'].map((name) => [name, require(name) as typeof pinoNow]),
);

t.afterEach(() => {
  const state = processState();
  state.endPinoSide?.();
  state.endPinoSide = undefined;
});

/** Not as it is, since it would be in the source lines of the frames. */
const SECRET = ['hide', 'this'].join('-');

class Declined extends Error {
  readonly note = SECRET;
  readonly config = { headers: { note: SECRET } };
}

function failing(message = 'declined', options?: ErrorOptions): Declined {
  return new Declined(message, options);
}

/** pino's types refuse what people write in JavaScript. */
interface Logger {
  error(...args: unknown[]): void;
  child(bindings: object, options?: object): Logger;
}

interface Case {
  readonly options: object;
  readonly log: (logger: Logger) => void;
  /** The class of the event. */
  readonly name?: string;
  /** The message of the event. */
  readonly message?: string;
  /** The causes' messages. */
  readonly causes?: readonly string[];
  /** The pinos that have what it needs; all by default. */
  readonly pinos?: readonly string[];
}

const withNote = (logger: Logger): void => logger.error({ reason: failing() }, 'text');
const bare = (error: Error): object => ({ type: 'Declined', message: error.message });
const secret = (): Declined => failing(`with ${SECRET}`);

/** Both properties of the error, wherever pino writes them. */
const paths = (at: string): string[] => [`${at}.note`, `${at}.config`];

const REDACTED: Readonly<Record<string, Case>> = {
  'under any name': { options: { redact: paths('reason') }, log: withNote },
  'below an object': {
    options: { redact: paths('details.err') },
    log: (logger) => logger.error({ details: { err: failing() } }, 'text'),
  },
  'in a list': {
    options: { redact: paths('errors[*]') },
    log: (logger) => logger.error({ errors: [failing()] }, 'text'),
  },
  alone: { options: { redact: paths('err') }, log: (logger) => logger.error(failing()) },
  'behind a text': {
    options: { redact: paths('err') },
    log: (logger) => logger.error('text', failing()),
  },
  'in an object behind a text': {
    options: { redact: paths('reason') },
    log: (logger) => logger.error('text', { reason: failing() }),
  },
  'with a wildcard': { options: { redact: paths('*') }, log: withNote },
  'with remove': { options: { redact: { paths: paths('reason'), remove: true } }, log: withNote },
  'with a function': {
    options: { redact: { paths: paths('reason'), censor: () => 'gone' } },
    log: withNote,
  },
  'by a child': {
    options: {},
    log: (logger) => withNote(logger.child({}, { redact: paths('reason') })),
  },
  'with nestedKey': {
    options: { nestedKey: 'payload', redact: paths('err') },
    log: (logger) => logger.error(failing(), 'text'),
  },
  'the message': {
    options: { redact: ['err.message', ...paths('err')] },
    log: (logger) => logger.error({ err: secret() }, 'text'),
    message: '[Redacted]',
  },
  'the message and the stack': {
    options: { redact: ['err.message', 'err.stack', ...paths('err')] },
    log: (logger) => logger.error({ err: secret() }, 'text'),
    message: '[Redacted]',
  },
  'the stack by a function that empties it': {
    options: {
      redact: {
        paths: ['err.message', 'err.stack', ...paths('err')],
        censor: (_value: unknown, path: readonly string[]) => (path.at(-1) === 'stack' ? '' : '-'),
      },
    },
    log: (logger) => logger.error({ err: secret() }, 'text'),
    message: '-',
  },
  'all of it, one by one': {
    options: { redact: ['err.*'] },
    log: (logger) => logger.error({ err: secret() }, 'text'),
    message: '[Redacted]',
  },
  'all of it, behind a text': {
    options: { redact: ['err.*'] },
    log: (logger) => logger.error('text', secret()),
    message: '[Redacted]',
  },
  'as a whole': {
    options: { redact: ['reason'] },
    log: (logger) => logger.error({ reason: secret() }, 'text'),
    message: '[Redacted]',
  },
};

const masks = { err: () => ({ type: 'Declined', message: 'masked', stack: 'Declined: masked' }) };

const SERIALIZED: Readonly<Record<string, Case>> = {
  'that masks the message': {
    options: { serializers: masks },
    log: (logger) => logger.error({ err: secret() }, 'text'),
    message: 'masked',
  },
  'that masks the message, behind a text': {
    options: { serializers: masks },
    log: (logger) => logger.error('text', secret()),
    message: 'masked',
  },
  'that writes a text': {
    options: { serializers: { reason: () => 'masked' } },
    log: (logger) => logger.error({ reason: secret() }, 'text'),
    message: 'masked',
  },
  'that writes the message': {
    options: { serializers: { reason: (error: Error) => error.message } },
    log: withNote,
  },
  'that writes the message under its own name': {
    options: { serializers: { reason: (error: Error) => ({ what: error.message }) } },
    log: withNote,
  },
  'that writes the stack': {
    options: { serializers: { reason: ({ stack }: Error) => ({ stack }) } },
    log: withNote,
  },
  'that writes nothing': {
    options: { serializers: { reason: () => undefined } },
    log: (logger) => logger.error({ reason: secret() }, 'text'),
    message: '[Redacted]',
  },
  'that throws, behind a text': {
    options: {
      serializers: {
        err() {
          throw new Error('no serializer');
        },
      },
    },
    log: (logger) => logger.error('text', secret()),
    message: '[Redacted]',
  },
  'that drops the cause': {
    options: { serializers: { err: bare } },
    log: (logger) => logger.error({ err: failing('declined', { cause: secret() }) }, 'text'),
    causes: [],
  },
  'that keeps the cause': {
    options: {
      serializers: { err: (error: Error) => ({ ...bare(error), cause: { message: 'masked' } }) },
    },
    log: (logger) => logger.error({ err: failing('declined', { cause: secret() }) }, 'text'),
    causes: ['masked'],
  },
  'of a child': {
    options: {},
    log: (logger) =>
      logger
        .child({}, { serializers: { reason: bare } })
        .error({ reason: failing('declined', { cause: secret() }) }, 'text'),
    causes: [],
  },
};

const hooks = { streamWrite: (line: string) => line.replaceAll(SECRET, 'XXX') };
const REWRITTEN: Readonly<Record<string, Case>> = {
  alone: {
    options: { hooks },
    log: (logger) => logger.error(secret()),
    message: 'with XXX',
  },
  'under any name': {
    options: { hooks },
    log: (logger) => logger.error({ reason: secret() }, 'text'),
    message: '[Redacted]',
  },
  'behind a text': {
    options: { hooks },
    log: (logger) => logger.error('text', secret()),
    message: '[Redacted]',
  },
  'behind a text that says it too': {
    options: { hooks },
    log: (logger) => logger.error('text: declined', failing()),
  },
  'as the text of a stack': {
    options: { hooks },
    log: (logger) => logger.error('text', secret().stack, 'Context'),
    // That is what the stack says.
    name: 'Error',
    message: '[Redacted]',
  },
  'in a list of errors': {
    options: { hooks },
    log: (logger) => logger.error({ err: failing(), others: [secret()] }, 'text'),
  },
};
/** The pinos that have the hook. */
const HOOKED = ['pino-9', 'pino'];

async function play(
  t: Test,
  server: TestErrsight,
  name: string,
  cases: Readonly<Record<string, Case>>,
): Promise<void> {
  const pino = PINOS[name];
  if (pino === undefined) throw new Error(`no ${name}`);
  for (const [
    what,
    { options, log, message = 'declined', causes, name: wanted = 'Declined' },
  ] of Object.entries(cases)) {
    const nestedKey = 'nestedKey' in options ? { nestedKey: 'payload' } : {};
    const stream = errsight({ apiKey: server.key, host: server.url, ...nestedKey });
    const logger = pino(withErrsight<object>(options), stream) as unknown as Logger;
    const before = server.events.length;
    log(logger.child({ case: what }));
    t.ok(await stream.flush(), what);
    stream.end();
    const [event, ...more] = server.events.slice(before);
    t.strictSame(more, [], `${what}: one event`);
    t.notMatch(JSON.stringify(event), SECRET, `${what}: it is hidden`);
    t.match(event?.message, message, what);
    const metadata: Readonly<Record<string, unknown>> = event?.metadata ?? {};
    t.equal(metadata['exception_class'], wanted, `${what}: the class`);
    t.match(metadata['exception_frames'], [{ function: 'failing' }], `${what}: the frames`);
    const told = (metadata['exception_causes'] ?? []) as readonly { message: string }[];
    if (causes) {
      t.strictSame(
        told.map((each) => each.message),
        causes,
        what,
      );
    }
  }
}

for (const name of Object.keys(PINOS)) {
  t.test(`${name}: what redact hides`, async (t) => {
    await play(t, await strictServer(t), name, REDACTED);
  });
  t.test(`${name}: what a serializer hides`, async (t) => {
    await play(t, await strictServer(t), name, SERIALIZED);
  });
}
for (const name of HOOKED) {
  t.test(`${name}: what the hook streamWrite hides`, async (t) => {
    await play(t, await strictServer(t), name, REWRITTEN);
  });
}
