import bunyan from 'bunyan';
import t from 'tap';
import winston from 'winston';
import { captureEvent, captureException, close, init } from '../src/index.ts';
import { createErrsightStream } from '../transports/bunyan.ts';
import { ErrsightTransport } from '../transports/winston.ts';
import type { ErrsightEvent } from '../src/event/event.ts';

let events: ErrsightEvent[] = [];
const options = {
  // Which no server ever sees.
  apiKey: 'elp_0',
  captureUncaught: false,
  beforeSend(event: ErrsightEvent): null {
    events.push(event);
    return null;
  },
};

init(options);
t.teardown(() => close());
const toWinston = winston.createLogger({ transports: [new ErrsightTransport(options)] });
const toBunyan = bunyan.createLogger({ name: 'shop', streams: [createErrsightStream(options)] });

/** As joi's, which are made where no stack is taken. */
function withoutStack(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new RangeError('the age is 5');
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** How a value gets to ErrSight; each from a function of its own. */
const WAYS: Readonly<Record<string, (value: unknown) => unknown>> = {
  captureException: function directly(value) {
    return captureException(value);
  },
  captureEvent: function asEvent(value) {
    return captureEvent({ error: value });
  },
  winston: function byWinston(value) {
    return toWinston.error('', { err: value });
  },
  bunyan: function byBunyan(value) {
    return toBunyan.error({ err: value });
  },
};

const VALUES: Readonly<Record<string, () => unknown>> = {
  'a text': () => 'the queue is full',
  'a plain object': () => ({ code: 5 }),
  'a number': () => 504,
  'an array': () => [1, 2],
  'an Error without a stack': withoutStack,
};

for (const [way, log] of Object.entries(WAYS)) {
  t.test(`what has no stack has that of the call: ${way}`, async (t) => {
    for (const [what, make] of Object.entries(VALUES)) {
      events = [];
      log(make());
      t.equal(events.length, 1, what);
      const [event] = events;
      const [frame] = event?.metadata.exception_frames ?? [];
      t.match(frame, { in_app: true, function: log.name }, `${what} in ${String(frame?.filename)}`);
      t.match(frame?.filename, /test\/call-trace\.test\.js$/, what);
      t.match(event?.backtrace, new RegExp(`^at ${log.name} `), what);
      t.equal(event?.metadata['errsight_group'], 'frame', what);
      t.equal(event?.fingerprint, undefined, `${what}: the function is the issue`);
      t.notOk('exception_causes' in (event?.metadata ?? {}), what);
    }
  });
}

t.test('an error has its own stack, and a text of a line its own issue', async (t) => {
  events = [];
  const error = new Error('e');
  captureException(error);
  t.match(events[0]?.metadata.exception_frames?.[0]?.context_line, 'new Error');
  for (const text of ['stock is low', 'mail is late']) toWinston.error(text, { err: 504 });
  const [, low, late] = events;
  t.match(low, { message: 'stock is low', metadata: { errsight_group: 'message' } });
  t.match(low?.metadata.exception_frames?.[0], { filename: /call-trace/ });
  t.not(low?.fingerprint?.[0], undefined);
  t.notSame(low?.fingerprint, late?.fingerprint);
});

t.test('the application keeps its own limit of frames', async (t) => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 3;
  t.teardown(() => {
    Error.stackTraceLimit = limit;
  });
  events = [];
  toWinston.error('', { err: 'text' });
  t.equal(Error.stackTraceLimit, 3);
  t.match(events[0]?.metadata.exception_frames?.[0], { filename: /call-trace/ });
});
