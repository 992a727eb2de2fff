import t from 'tap';
import { captureErrors, close, init, stats } from '../../src/index.ts';
import { tableIn } from '../helpers/docs.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { CASES, FAILING, type Hook } from '../fixtures/failing.ts';
import { exchange } from '../fixtures/serving.ts';

type Case = (typeof CASES)[number];

// The text of an error is no part of an answer then, and with it no stack.
process.env['NODE_ENV'] = 'production';

const unhooked: Hook = (app) => app;

/** What came back and what was printed, without what is never the same twice. */
interface Seen {
  readonly answer: string;
  readonly printed: string;
}

/** Runs all cases of a framework one after the other. */
async function runAll(name: string, hook: Hook): Promise<Record<Case, Seen>> {
  const running = await FAILING[name]!(hook);
  const seen = {} as Record<Case, Seen>;
  for (const each of CASES) {
    const printed = captureOutput();
    const answer = await exchange(running.port, `/api/items/7/${each}?page=2&token=abc`);
    // Some print when the answer has gone.
    await new Promise((resolve) => setTimeout(resolve, 10));
    seen[each] = { answer: withoutDate(answer), printed: printed() };
  }
  await running.close();
  return seen;
}

function withoutDate(answer: string): string {
  return answer.replace(/^date: .*\r\n/im, '');
}

/** Returns what gives the output back, and tells what it was. */
function captureOutput(): () => string {
  let text = '';
  const undo = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    // oxlint-disable-next-line typescript/unbound-method -- put back as it was
    const write = stream.write;
    stream.write = (chunk: unknown) => {
      text += String(chunk);
      return true;
    };
    return () => (stream.write = write);
  });
  return () => {
    for (const each of undo) each();
    // Nest's logger writes down when, and by which process.
    return text.replace(/\[Nest\] \d+ +- .*? +ERROR/g, '[Nest] ERROR');
  };
}

/** While somebody listens to their channels Express and Fastify call handlers by other functions. */
function withoutFrames(seen: Record<Case, Seen>): object {
  return Object.fromEntries(
    Object.entries(seen).map(([key, { answer, printed }]) => [
      key,
      { answer, printed: printed.replace(/^ *at .*\n/gm, '') },
    ]),
  );
}

interface Expected {
  readonly mechanism: string;
  /** Whether `handled` is `yes` where the whole application has an error handler. */
  readonly handled?: 'yes' | 'no';
  /** Where the route is known: a plain server has none, and a middleware can stand before the router. */
  readonly route: 'everywhere' | 'behind the router' | 'nowhere';
  readonly userOfStream?: boolean;
}

/** Those that print stacks with frames that they have only while somebody listens. */
const own = new Set([
  'express 5',
  'nest on express',
  'nest on fastify',
  'nest 12 on express',
  'nest 12 on fastify',
]);

const EXPECTED: Readonly<Record<string, Expected>> = {
  'express 5': { mechanism: 'express', route: 'behind the router' },
  'express 4': { mechanism: 'express', route: 'behind the router' },
  fastify: { mechanism: 'fastify', route: 'everywhere' },
  koa: { mechanism: 'koa', route: 'behind the router' },
  // Its context is known only to its handlers, and an error in one brings it along.
  hono: { mechanism: 'hono', handled: 'yes', route: 'everywhere', userOfStream: false },
  'nest on express': { mechanism: 'nest', route: 'everywhere' },
  'nest on fastify': { mechanism: 'nest', route: 'behind the router' },
  'nest 12 on express': { mechanism: 'nest', route: 'everywhere' },
  'nest 12 on fastify': { mechanism: 'nest', route: 'behind the router' },
  http: { mechanism: 'http', handled: 'yes', route: 'nowhere' },
};

const MESSAGES: Readonly<Partial<Record<Case, string>>> = {
  throw: 'handler broke',
  async: 'promise broke',
  middleware: 'middleware broke',
  stream: 'stream broke',
  busy: 'too busy',
};

/** What arrives, case by case. */
function expectedOf({ mechanism, handled = 'no', ...expected }: Expected): object[] {
  return Object.entries(MESSAGES).map(([each, message]) => {
    const isRouted =
      expected.route === 'everywhere' ||
      (expected.route === 'behind the router' && each !== 'middleware');
    return {
      message,
      level: 'error',
      mechanism,
      handled: each === 'stream' ? 'no' : handled,
      status: each === 'stream' ? 200 : each === 'busy' ? 503 : 500,
      method: 'GET',
      route: isRouted ? `/api/items/:id/${each}` : undefined,
      path: `/api/items/7/${each}?page=2&token=[Filtered]`,
      user: each === 'stream' && expected.userOfStream === false ? undefined : '7',
      isOwnFrame: true,
    };
  });
}

/** What is to be told of the events of a server. */
function told(server: TestErrsight): object[] {
  // The first of each issue is sent before repeats.
  const inOrder = Object.keys(MESSAGES).flatMap((each) =>
    server.events.filter(({ metadata }) => String(metadata['full_path']).includes(`/${each}?`)),
  );
  return inOrder.map(({ message, level, tags, metadata, user_context: user }) => ({
    message: message.replace(/^\w+: /, ''),
    level,
    mechanism: metadata['mechanism'],
    handled: metadata['handled'],
    status: metadata['status'],
    method: tags['request_method'],
    route: tags['route'],
    path: metadata['full_path'],
    user: user['id'],
    isOwnFrame: isOfFixture(firstOwnFrame(metadata)),
  }));
}

interface OwnFrame {
  readonly filename: string;
  readonly context_line: string;
}

function firstOwnFrame(metadata: Readonly<Record<string, unknown>>): OwnFrame | undefined {
  const frames = metadata['exception_frames'] as (OwnFrame & { in_app: boolean })[] | undefined;
  return frames?.find((frame) => frame.in_app);
}

/** Whether a frame is the line there that made the error. */
function isOfFixture(frame: OwnFrame | undefined): boolean {
  const isThere = frame?.filename === 'dist/esm/test/fixtures/failing.js';
  return isThere && /throw|new Error/.test(frame.context_line);
}

const TABLE = tableIn('docs/frameworks.md', 'what happens');

/** The rows of the table in the docs, by what they are about. */
const ROWS: Readonly<Partial<Record<Case, string>>> = {
  throw: 'a handler throws',
  async: 'a promise of a handler is rejected',
  middleware: 'a middleware throws',
  stream: 'a stream breaks when the answer has begun',
  missing: 'an HTTP error of 404 is thrown',
  busy: 'an HTTP error of 503 is thrown',
  recovered: 'your own error handler answers 200',
};

/** Nest 12 has the column of Nest 11. */
function columnOf(name: string): string {
  return name.replace(' 12', '');
}

/** A cell of it. */
function cellOf(server: TestErrsight, each: Case): string {
  const events = server.events.filter(({ metadata }) =>
    String(metadata['full_path']).includes(`/${each}?`),
  );
  const [event] = events;
  if (event === undefined) return 'nothing';
  if (events.length > 1) return `${events.length}`;
  const missing = [
    ...(event.tags['route'] === undefined ? ['no route'] : []),
    ...(event.user_context.id === undefined ? ['no user'] : []),
  ];
  return ['one', ...missing].join(', ');
}

t.test('the table of the docs has a column for each framework, and a row for each case', (t) => {
  t.strictSame(Object.keys(TABLE).toSorted(), Object.values(ROWS).toSorted());
  for (const columns of Object.values(TABLE)) {
    const named = Object.keys(EXPECTED).map(columnOf);
    t.strictSame(Object.keys(columns).toSorted(), [...new Set(named)].toSorted());
  }
  t.end();
});

for (const [name, expected] of Object.entries(EXPECTED)) {
  t.test(`${name}: each failing request is one event, and answers what it did`, async (t) => {
    const before = await runAll(name, unhooked);
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    const after = await runAll(name, (app) => captureErrors(captureErrors(app)));
    t.equal(await close(), true);
    t.strictSame(
      own.has(name) ? withoutFrames(after) : after,
      own.has(name) ? withoutFrames(before) : before,
      'what it answers and prints',
    );
    t.strictSame(told(server), expectedOf(expected), 'what arrives');
    t.equal(server.events.length, Object.keys(MESSAGES).length, 'and nothing else');
    for (const [each, row] of Object.entries(ROWS) as [Case, string][]) {
      t.equal(cellOf(server, each), TABLE[row]?.[columnOf(name)], `docs/frameworks.md: ${row}`);
    }
    for (const { metadata } of server.events) {
      t.type(metadata['request_id'], 'string');
      t.notOk(JSON.stringify(metadata).includes('ada@example.com'));
    }
  });
}

t.test('nothing has to be set up for Express 5 and Fastify', async (t) => {
  for (const name of ['express 5', 'fastify'] as const) {
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    await runAll(name, unhooked);
    await close();
    t.strictSame(told(server), expectedOf(EXPECTED[name]!), name);
    t.equal(stats().accepted, server.events.length, 'and stats() still says so');
  }
});
