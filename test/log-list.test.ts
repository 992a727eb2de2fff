// ErrSight's list of logs shows the person of an event by `metadata.email`, else by `metadata.user_id`.
import bunyan from 'bunyan';
import pino from 'pino';
import t, { type Test } from 'tap';
import winston from 'winston';
import {
  captureException,
  captureMessage,
  close,
  flush,
  init,
  setUser,
  withErrsight,
  withScope,
  type Options,
} from '../src/index.ts';
import { createErrsightStream } from '../transports/bunyan.ts';
import errsight from '../transports/pino.ts';
import { ErrsightTransport } from '../transports/winston.ts';
import { strictServer } from './helpers/errsight.ts';

const ADA = { id: 7, email: 'ada@example.org', username: 'ada' };

type Log = (error: Error) => void;

const DOORS: Readonly<Record<string, (options: Options) => Log>> = {
  direct: () => (error) => void captureException(error),
  message: () => (error) => void captureMessage(error.message, 'error'),
  winston(options) {
    const logger = winston.createLogger({ transports: [new ErrsightTransport(options)] });
    return (error) => logger.error(error);
  },
  bunyan(options) {
    const logger = bunyan.createLogger({ name: 'shop', streams: [createErrsightStream(options)] });
    return (error) => logger.error(error);
  },
  'pino, by the line'(options) {
    const logger = pino({}, errsight(options));
    return (err) => logger.error({ err, errsight: { user: ADA } });
  },
  withErrsight(options) {
    const logger = pino(withErrsight({}), errsight(options));
    return (error) => logger.error(error);
  },
};

t.test('the person of an event is in its metadata as well, whichever way it comes', async (t) => {
  const server = await strictServer(t);
  const options = { apiKey: server.key, host: server.url };
  init({ ...options, captureUncaught: false });
  for (const [door, make] of Object.entries(DOORS)) {
    const log = make(options);
    withScope(() => {
      setUser(ADA);
      log(new Error(door));
    });
  }
  t.equal(await flush(10_000), true);
  const seen = server.events.map(({ message, metadata, user_context: user }) =>
    [message.replace('Error: ', ''), metadata['user_id'], metadata['email'], user['id']].join(),
  );
  t.strictSame(
    seen.toSorted(),
    Object.keys(DOORS)
      .map((door) => [door, '7', 'ada@example.org', '7'].join())
      .toSorted(),
  );
  await close();
});

/** Of one message that is captured with these options, in this way. */
async function metadataOf(
  t: Test,
  options: Options,
  capture: () => void,
): Promise<Readonly<Record<string, unknown>>> {
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url, captureUncaught: false, ...options });
  withScope(capture);
  t.equal(await close(), true);
  t.equal(server.events.length, 1);
  return server.events[0]?.metadata ?? {};
}

const hi = (metadata?: Readonly<Record<string, unknown>>): void =>
  void captureMessage('hi', 'error', { ...(metadata && { metadata }) });

const CASES: readonly (readonly [
  what: string,
  options: Options,
  capture: () => void,
  expected: { readonly user_id?: unknown; readonly email?: unknown },
])[] = [
  ['nobody', {}, () => hi(), {}],
  ['an id alone', {}, () => (setUser({ id: 'u-1' }), hi()), { user_id: 'u-1' }],
  ['a name alone', {}, () => (setUser({ username: 'ada' }), hi()), {}],
  [
    'an address alone',
    {},
    () => (setUser({ email: 'a@b.example' }), hi()),
    { email: 'a@b.example' },
  ],
  [
    'what was said there stays',
    {},
    () => (setUser(ADA), hi({ user_id: 12, email: 'shop@example.org' })),
    { user_id: 12, email: 'shop@example.org' },
  ],
  [
    'a key that scrubKeys names is not repeated',
    { scrubKeys: ['email'] },
    () => (setUser(ADA), hi()),
    { user_id: '7' },
  ],
  [
    'what beforeSend takes away does not come back',
    {
      beforeSend(event) {
        const { user: _user, ...rest } = event;
        return rest;
      },
    },
    () => (setUser(ADA), hi()),
    {},
  ],
  [
    'what beforeSend says instead',
    { beforeSend: (event) => ({ ...event, user: { id: 'other' } }) },
    () => (setUser(ADA), hi()),
    { user_id: 'other' },
  ],
  [
    'beside more metadata than ErrSight keeps',
    {},
    () => (
      setUser(ADA),
      hi(Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`key${index}`, index])))
    ),
    { user_id: '7', email: 'ada@example.org' },
  ],
  [
    'a user that a further sighting of the error brings',
    {},
    () => {
      const error = new Error('it broke');
      captureException(error);
      captureException(error, { user: ADA });
    },
    { user_id: '7', email: 'ada@example.org' },
  ],
];

for (const [what, options, capture, { user_id, email }] of CASES) {
  t.test(`in the list of logs: ${what}`, async (t) => {
    const metadata = await metadataOf(t, options, capture);
    t.strictSame([metadata['user_id'], metadata['email']], [user_id, email]);
  });
}
