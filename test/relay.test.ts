import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  captureException,
  captureMessage,
  close,
  init,
  relay,
  stats,
  type ErrsightEvent,
  type Outcome,
  type Transport,
} from '../src/index.ts';
import { MORE_THAN_USUAL } from './helpers/room.ts';
import { strictServer, type StrictServerOptions, type TestErrsight } from './helpers/errsight.ts';

const KEY = `elp_${'0'.repeat(48)}`;
const PATIENT = 20_000;

/** Where events go that nobody is to see. */
const NOWHERE = 'http://127.0.0.1:9';

function event(changes: Readonly<Record<string, unknown>> = {}): ErrsightEvent {
  return {
    ingestion_id: '11111111-2222-4333-8444-555555555555',
    level: 'error',
    message: 'it broke elsewhere',
    occurred_at: new Date(Date.now() - 60_000).toISOString(),
    environment: 'elsewhere',
    release: '7.0',
    metadata: { order: 17 },
    tags: { tenant: 'acme' },
    breadcrumbs: [],
    ...changes,
  };
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function start(
  t: Pick<Test, 'teardown'>,
  options: object = {},
  serverOptions: StrictServerOptions = {},
): Promise<TestErrsight> {
  const server = await strictServer(t, serverOptions);
  init({ apiKey: server.key, host: server.url, environment: 'here', release: '1', ...options });
  t.teardown(() => close(0));
  return server;
}

/** A client whose events go to a function. */
function startWith(t: Pick<Test, 'teardown'>, transport: Transport, options: object = {}): void {
  init({ apiKey: KEY, host: NOWHERE, transport, ...options });
  t.teardown(() => close(0));
}

/** The events of a body that some process has written. */
async function written(action: () => void, options: object = {}): Promise<ErrsightEvent[]> {
  const events: ErrsightEvent[] = [];
  const transport: Transport = (body) => {
    events.push(...(JSON.parse(body.toString()) as ErrsightEvent[]));
  };
  init({ apiKey: KEY, host: NOWHERE, transport, environment: 'elsewhere', ...options });
  action();
  await close(PATIENT);
  return events;
}

t.test('events of another process arrive as that one made them', async (t) => {
  const server = await start(t);
  t.equal(await relay(bytesOf([event()]), PATIENT), 'delivered');
  t.equal(await relay([event({ message: 'not as bytes' })], PATIENT), 'delivered');
  const [stored, second] = await server.waitForEvents(2);
  t.match(stored, {
    message: 'it broke elsewhere',
    environment: 'elsewhere',
    release: '7.0',
    metadata: { order: 17 },
    tags: { tenant: 'acme' },
  });
  t.match(second, { message: 'not as bytes' });
  t.match(stats(), { accepted: 2, delivered: 2, queued: 0 });
});

t.test('an event that this package made is the same behind a relay', async (t) => {
  const made = await written(
    () => {
      const error = Object.assign(new Error('no card, password=hunter2'), {
        code: 'E1',
        deep: [[1]],
      });
      captureException(new TypeError('outer', { cause: error }), {
        user: { id: 42 },
        tags: { a: 'b' },
        fingerprint: ['x'],
        metadata: { password: 'p', big: 'b'.repeat(9_000), url: 'http://u:p@host/?token=1' },
        breadcrumbs: [{ message: 'before', data: { n: 1 } }],
      });
      captureMessage('m'.repeat(12_000), 'fatal');
    },
    { release: '7.0' },
  );
  const again: ErrsightEvent[] = [];
  startWith(t, (body) => void again.push(...(JSON.parse(body.toString()) as ErrsightEvent[])));
  t.equal(await relay(bytesOf(made), PATIENT), 'delivered');
  t.equal(made.length, 2);
  t.strictSame(again, made);
  const long = again.find(({ level }) => level === 'fatal');
  t.match(long?.metadata, { errsight_trimmed: { message: 12_000 } }, 'what was cut is still said');
});

t.test('what was never to leave does not, whoever wrote it', async (t) => {
  const server = await start(t, { scrubKeys: ['iban'] });
  const given = event({
    message: `the key is ${server.key}`,
    metadata: { password: 'hunter2', iban: 'DE00', exception_frames: [{ filename: 7 }, null] },
  });
  t.equal(await relay(bytesOf([given]), PATIENT), 'delivered');
  const [stored] = await server.waitForEvents(1);
  t.equal(stored?.message, 'the key is [Filtered]');
  t.match(stored?.metadata, { password: '[Filtered]', iban: '[Filtered]' });
});

t.test('an event that waited for long keeps its time where ErrSight shows it', async (t) => {
  const server = await start(t);
  const occurred = new Date(Date.now() - 9 * 86_400_000).toISOString();
  t.equal(await relay(bytesOf([event({ occurred_at: occurred })]), PATIENT), 'delivered');
  const [stored] = await server.waitForEvents(1);
  t.equal(stored?.metadata['occurred_at'], occurred);
});

t.test('hooks and samples had their say where the event was made', async (t) => {
  const hooks = { sampleRate: 0, ignoreErrors: ['broke'], beforeSend: () => null };
  const server = await start(t, hooks);
  t.equal(await relay([event()], PATIENT), 'delivered');
  t.equal(server.total, 1);
});

t.test('what is no event is dropped as invalid, and the others arrive', async (t) => {
  const server = await start(t);
  const cases: readonly (readonly [string, unknown, number])[] = [
    ['no JSON', Buffer.from('[{"message"'), 1],
    ['no array', bytesOf(event()), 1],
    ['too large', Buffer.alloc(5_000_001, ' '), 1],
    ['too many', bytesOf(Array.from({ length: 10_001 }, () => 1)), 1],
    ['too deep', Buffer.from('['.repeat(100_000)), 1],
    ['nothing at all', undefined, 1],
    ['no objects', bytesOf([1, null, 'text', []]), 4],
    ['no message', bytesOf([{ level: 'error' }]), 1],
    ['no level', bytesOf([event({ level: 'grave' }), event({ level: 7 })]), 2],
    ['a hole', Array.from({ length: 1 }), 1],
  ];
  let dropped = 0;
  for (const [name, given, count] of cases) {
    t.equal(await relay(given as Uint8Array, PATIENT), 'lost', name);
    dropped += count;
    t.match(stats(), { accepted: dropped, dropped: { invalid: dropped } }, name);
  }
  t.equal(await relay(bytesOf([1, event(), {}]), PATIENT), 'lost');
  t.equal(server.total, 1);
  t.equal(await relay([], PATIENT), 'delivered', 'nothing has arrived');
});

t.test('an id that is none gets a new one', async (t) => {
  const ids: string[] = [];
  startWith(t, (body) => {
    const events = JSON.parse(body.toString()) as ErrsightEvent[];
    ids.push(...events.map((each) => each.ingestion_id));
  });
  await relay([event(), event({ ingestion_id: '<script>' })], PATIENT);
  t.match(ids, [event().ingestion_id, /^[\da-f-]{36}$/]);
});

t.test('it speaks of exactly these events, whatever becomes of others', async (t) => {
  const refuse: Outcome = { kind: 'invalid', reason: 'no' };
  startWith(t, (body) => (Buffer.from(body).includes('poison') ? refuse : undefined));
  captureMessage('poison of another');
  const fates = await Promise.all([
    relay([event()], PATIENT),
    relay([event(), event({ message: 'poison' })], PATIENT),
    relay([event(), event()], PATIENT),
  ]);
  t.strictSame(fates, ['delivered', 'lost', 'delivered']);
  t.match(stats(), { delivered: 4, dropped: { rejected: 2 } });
});

t.test('events wait for no others, however long flushInterval is', async (t) => {
  const server = await start(t, { flushInterval: 3_600_000 });
  t.equal(await relay([event()], PATIENT), 'delivered');
  t.equal(server.requests.length, 1);
});

t.test('it is pending when the time is over, and the events stay on their way', async (t) => {
  const server = await start(t);
  server.paused = true;
  t.equal(await relay([event()], 50), 'pending');
  t.match(stats(), { queued: 1 });
  server.paused = false;
  t.equal(await relay([event()], Number.NaN), 'pending');
});

t.test('it is pending without a client, and when the client is closed', async (t) => {
  t.equal(await relay([event()], PATIENT), 'pending');
  const server = await start(t);
  server.paused = true;
  const fate = relay([event()], Infinity);
  t.equal(await close(0), false);
  t.equal(await fate, 'pending', 'at once');
  t.equal(await relay([event()]), 'pending');
});

t.test('what gives way in a full queue is lost', async (t) => {
  const server = await start(t, { maxQueueSize: 1 });
  server.paused = true;
  const first = relay([event({ level: 'info' })], Infinity);
  const second = relay([event({ level: 'fatal' })], 50);
  t.equal(await first, 'lost');
  t.equal(await second, 'pending');
});

t.test('whatever somebody has written, a strict ErrSight takes what is left of it', async (t) => {
  const server = await start(t, { maxQueueSize: 100_000 });
  const fields = Object.keys(event({ user: 1, fingerprint: 1, backtrace: 1, timestamp: 1 }));
  const special = fc.constantFrom<unknown>(
    '',
    '\u0000',
    '\ud800',
    '\u001b[31m',
    'a[m',
    '__proto__',
    1e308,
    0.1 + 0.2,
    { exception_frames: [{ filename: ' ', lineno: -1 }], exception_causes: [{ class: 1 }] },
    { request_id: 7, exception_class: {}, errsight_trimmed: { message: 'x', tags: 1e99 } },
    [{ timestamp: 'never', level: 'x', message: 7, data: 'd' }],
    '1970-01-01T00:00:00Z',
  );
  const value = fc.oneof(special, fc.jsonValue({ noUnicodeString: false }));
  const element = fc
    .dictionary(fc.constantFrom(...fields, 'sql'), value, { maxKeys: 8 })
    .map((changes) => ({ message: 'm', level: 'error', ...changes }));
  await relay(
    Array.from({ length: MORE_THAN_USUAL }, () => event({})),
    PATIENT,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(element, value), { maxLength: 8 }), async (elements) => {
      const fate = await relay(bytesOf(elements), PATIENT);
      return fate !== 'pending';
    }),
    { numRuns: 200 },
  );
  const { accepted, delivered, dropped } = stats();
  t.equal(delivered + dropped.invalid, accepted);
  t.equal(server.total, delivered);
  t.ok(delivered > 100, `${delivered} events arrived`);
});
