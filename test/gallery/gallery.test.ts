import http from 'node:http';
import bunyan from 'bunyan';
import pino from 'pino';
import t, { type Test } from 'tap';
import winston from 'winston';
import { captureException, close, init } from '../../src/index.ts';
import { createErrsightStream, serializers } from '../../transports/bunyan.ts';
import errsightPino from '../../transports/pino.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import { SECRET } from './secret.ts';
import { GALLERY, type Exhibit } from './table.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

const KEY = `elp_${'0'.repeat(48)}`;

const TEXT = 'it failed';

/** Logs an error in one way, and gives the event that came of it. */
type Way = (error: unknown) => Promise<ErrsightEvent | undefined>;

const server = http.createServer((request, response) => {
  request.resume();
  response
    .writeHead(402, { 'content-type': 'application/json', 'set-cookie': `a=${SECRET}` })
    .end('{"error":"declined"}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as { port: number };
t.teardown(() => server.close());
t.teardown(() => close());

let last: ErrsightEvent | undefined;
function keep(event: ErrsightEvent): null {
  last = event;
  return null;
}
const options = { apiKey: KEY, captureUncaught: false, beforeSend: keep };

init(options);
const winstonLogger = winston.createLogger({ transports: [new ErrsightTransport(options)] });
const bunyanLogger = bunyan.createLogger({
  name: 'gallery',
  serializers,
  streams: [createErrsightStream(options)],
});
const { captureUncaught: _ofInit, ...ofPino } = options;
const pinoLogger = pino(errsightPino(ofPino));

const WAYS: Readonly<Record<string, Way>> = {
  directly: async (error) => {
    captureException(error);
    return last;
  },
  winston: async (error) => {
    winstonLogger.error(TEXT, { error });
    return last;
  },
  bunyan: async (error) => {
    bunyanLogger.error({ err: error }, TEXT);
    return last;
  },
  pino: async (error) => {
    pinoLogger.error({ err: error }, TEXT);
    await new Promise((resolve) => setImmediate(resolve));
    return last;
  },
};

/** By what an event is grouped, and by which class, code and place: of paths only what tells. */
function groupOf(event: ErrsightEvent | undefined, way: string): string {
  const { exception_class: name, exception_frames: frames } = event?.metadata ?? {};
  const frame = frames?.find((each) => each.in_app);
  // As ErrSight itself does where it is sent none.
  const byFrame = frame && [name ?? '', frame.filename, frame.function];
  const parts = event?.fingerprint ?? byFrame ?? [event?.message ?? ''];
  const shown = parts.map((part) =>
    // A source map may show another folder of the package.
    part.replace(/^(?:.*\/)?(?:node_modules\/([^/]+\/)(?:.*\/)?|(?=(?:makers|gallery)\.))/, '$1'),
  );
  const by = String(event?.metadata['errsight_group']);
  return `${by}: ${shown.map((part) => (part === way ? 'the call' : part)).join(' | ')}`;
}

function check(t: Test, way: string, exhibit: Exhibit, event: ErrsightEvent | undefined): void {
  const { library, facts, piped = facts, isError = true } = exhibit;
  const isText = !isError && way !== 'directly';
  const [title, name] = isText ? [TEXT, undefined] : [exhibit.title, exhibit.class];
  const what = `${library}, ${way}`;
  const [first = ''] = event?.message.split('\n') ?? [];
  t.equal(first.slice(0, title.length), title, `${what}: the title`);
  t.equal(event?.metadata.exception_class, name, `${what}: the class`);
  const { group, pipedGroup = group } = exhibit;
  const wanted = way === 'pino' ? pipedGroup : group;
  if (!isText) t.equal(groupOf(event, way), wanted, `${what}: the group`);
  const json = JSON.stringify(event);
  for (const fact of way === 'pino' ? piped : facts) {
    const written = JSON.stringify(fact).slice(1, -1);
    t.ok(json.includes(fact) || json.includes(written), `${what}: ${fact} in ${json}`);
  }
  t.notMatch(JSON.stringify(event), SECRET, `${what}: nothing secret`);
  t.ok(JSON.stringify(event).length < 60_000, `${what}: ${JSON.stringify(event).length}`);
}

for (const exhibit of GALLERY) {
  t.test(`an error of ${exhibit.library} says what happened`, async (t) => {
    for (const [way, log] of Object.entries(WAYS)) {
      last = undefined;
      // A new one each time: what was reported once is no news.
      check(t, way, exhibit, await log(await exhibit.make(`http://127.0.0.1:${port}`)));
    }
  });
}
