import t from 'tap';
import { captureErrors, close, init, stats } from '../../src/index.ts';
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
  /** Whether the route is known to a middleware. */
  readonly routeInMiddleware: boolean;
  readonly userOfStream?: boolean;
}

/** Those that print stacks with frames that they have only while somebody listens. */
const own = new Set(['express 5', 'nest on express', 'nest on fastify']);

const EXPECTED: Readonly<Record<string, Expected>> = {
  'express 5': { mechanism: 'express', routeInMiddleware: false },
  'express 4': { mechanism: 'express', routeInMiddleware: false },
  fastify: { mechanism: 'fastify', routeInMiddleware: true },
  koa: { mechanism: 'koa', routeInMiddleware: false },
  // Its context is known only to its handlers, and an error in one brings it along.
  hono: { mechanism: 'hono', handled: 'yes', routeInMiddleware: false, userOfStream: false },
  'nest on express': { mechanism: 'nest', routeInMiddleware: true },
  'nest on fastify': { mechanism: 'nest', routeInMiddleware: false },
};

const MESSAGES: Readonly<Partial<Record<Case, string>>> = {
  throw: 'handler broke',
  async: 'promise broke',
  middleware: 'middleware broke',
  stream: 'stream broke',
  busy: 'too busy',
};

/** What arrives, case by case. */
function expectedOf(expected: Expected): object[] {
  const { mechanism, handled = 'no', routeInMiddleware, userOfStream = true } = expected;
  return Object.entries(MESSAGES).map(([each, message]) => ({
    message,
    level: 'error',
    mechanism,
    handled: each === 'stream' ? 'no' : handled,
    status: each === 'stream' ? 200 : each === 'busy' ? 503 : 500,
    method: 'GET',
    route: each === 'middleware' && !routeInMiddleware ? undefined : `/api/items/:id/${each}`,
    path: `/api/items/7/${each}?page=2&token=[Filtered]`,
    user: each === 'stream' && !userOfStream ? undefined : '7',
    isOwnFrame: true,
  }));
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
    isOwnFrame: firstOwnFrame(metadata)?.filename === 'dist/esm/test/fixtures/failing.js',
  }));
}

function firstOwnFrame(
  metadata: Readonly<Record<string, unknown>>,
): { readonly filename: string } | undefined {
  const frames = metadata['exception_frames'] as
    { in_app: boolean; filename: string }[] | undefined;
  return frames?.find((frame) => frame.in_app);
}

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
    t.equal(stats().accepted, 0);
  }
});
