/**
 * How the programs of the pages are run. One that is not here runs as it stands, and has to end well with
 * nothing on stderr. `before` and `after` are what a reader has around it; they are TypeScript.
 */
import { rootCertificates } from 'node:tls';

export interface Setting {
  readonly before?: string;
  readonly after?: string;
  /** What is not so here, as a folder of the reader's machine. */
  readonly replace?: readonly [from: string, to: string];
  /** More files, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** The messages of the events that arrive, in any order. Default: none is looked at. */
  readonly events?: readonly string[];
  readonly stdout?: RegExp;
  /** Why the types of somebody else refuse it. */
  readonly untyped?: string;
}

const DECLINED = 'Error: the card was declined';

/** A page's program that a bundler runs needs something to bundle. */
const BUNDLED = {
  'src/main.js': `import { captureException, init } from 'errsight';
init();
captureException(new Error('in a bundle'));
`,
};

export const PROGRAMS: Readonly<Record<string, Setting>> = {
  'README.md, pino': { events: [DECLINED], stdout: /"msg":"checkout failed"/ },
  'README.md, winston': { events: [DECLINED], stdout: /the shop is open[^]*checkout failed/ },
  'README.md, bunyan': { events: [DECLINED], stdout: /"msg":"checkout failed"/ },
  'README.md, No logger': { events: [DECLINED], stdout: /^$/ },
  'docs/getting-started.md, 4. Send one event': {
    events: ['errsight works'],
    stdout: /^it arrived\n$/,
  },
  'docs/pino-setup.md, withErrsight': { events: [DECLINED], stdout: /the cart was opened/ },
  'docs/pino-setup.md, The target alone': { events: [DECLINED], stdout: /"orderId":17/ },
  'docs/pino-setup.md, The field errsight': { events: ['the shop declined'], stdout: /^$/ },
  'docs/pino-setup.md, Hooks': { events: [DECLINED] },
  'docs/pino-setup.md, Hooks (2)': { events: [DECLINED] },
  'docs/pino-setup.md, Streams and transports of your own': {
    events: [DECLINED],
    stdout: /"severity":"error"/,
  },
  'docs/winston.md, winston': { events: [DECLINED], stdout: /the cart was opened/ },
  'docs/winston.md, flush and end': { events: [DECLINED], stdout: /^it arrived\n1\n$/ },
  'docs/bunyan.md, bunyan': { events: [DECLINED], stdout: /the cart was opened/ },
  'docs/bunyan.md, Options': { events: [DECLINED], stdout: /^it arrived\n$/ },
  'docs/direct.md, Without a logger': { events: [DECLINED] },
  'docs/direct.md, Functions of yours': { events: ['RangeError: no such page'] },
  'docs/scopes.md, The console': { events: [DECLINED], stdout: /the payment failed/ },
  'docs/direct.md, What became of the events': {
    events: ['errsight works'],
    stdout: /^delivered \{ count: 1 \}\n$/,
  },
  'docs/lambda.md, AWS Lambda': {
    after: `const context = { awsRequestId: 'r1', getRemainingTimeInMillis: () => 5_000 };
await Promise.resolve(Reflect.apply(handler, undefined, [{ id: 17 }, context])).catch(() => undefined);`,
    events: ['Error: no order in {"id":17}'],
  },
  'docs/jobs.md, Jobs': {
    before: `const queue = {
  add: async (name: string, data: object) => console.log(name, JSON.stringify(data)),
};`,
    stdout: /^ship .*"user":\{"id":"42"\}/,
  },
  'docs/jobs.md, Jobs (2)': {
    before: `type Job = { data: { order: number; errsight: object } };
const runs: ((job: Job) => Promise<void>)[] = [];
const startWorker = (_queue: string, run: (job: Job) => Promise<void>) => void runs.push(run);
const ship = async (order: number): Promise<void> => {
  throw new Error(\`order \${order} is lost\`);
};`,
    after: `const job = { data: { order: 17, errsight: { user: { id: 42 } } } };
await runs[0]?.(job).catch(() => undefined);`,
    events: ['Error: order 17 is lost'],
  },
  'docs/databases.md, Databases in the trail': {
    before: `import { EventEmitter } from 'node:events';
class Pool extends EventEmitter {
  connect(): void {}
  async query(text: string): Promise<void> {
    throw new Error(\`no table in \${text.length} characters\`);
  }
}
const pool = new Pool();`,
    events: ['Error: no table in 39 characters'],
  },
  'docs/fleet.md, With another queue': {
    before: `const queue = {
  send: async (body: Uint8Array) => console.log(JSON.parse(Buffer.from(body).toString())[0].message),
};`,
    events: [],
    stdout: /^errsight works\n$/,
  },
  'docs/fleet.md, With another queue (2)': {
    before: `const event = { level: 'error', message: 'from elsewhere', occurred_at: new Date().toISOString() };
const all = [{ ...event, ingestion_id: crypto.randomUUID(), metadata: {}, tags: {}, breadcrumbs: [] }];
const body = Buffer.from(JSON.stringify(all));
const queue = [{ body, acknowledge: async () => console.log('acknowledged') }];`,
    events: ['from elsewhere'],
    stdout: /^acknowledged\n$/,
  },
  'docs/scopes.md, Requests': {
    after: `app.set('env', 'test');
const server = app.listen(0, '127.0.0.1', async () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await fetch(\`http://127.0.0.1:\${port}/orders/17\`, { headers: { 'x-user': 'ada' } });
  server.close();
  server.closeAllConnections();
});`,
    events: [DECLINED],
  },
  'docs/scopes.md, Anything else': {
    events: ['Error: no invoice for 41', 'Error: no invoice for 42'],
  },
  'docs/shutdown-and-docker.md, Signals': {
    after: `process.kill(process.pid, 'SIGTERM');`,
  },
  'docs/shutdown-and-docker.md, The spool': {
    replace: ['/var/lib/shop/errsight', 'spool'],
    events: ['errsight works'],
  },
  'docs/typescript-and-source-maps.md, Types (2)': { events: [DECLINED], stdout: /^$/ },
  'docs/bundlers.md, Everything in one file': {
    files: BUNDLED,
    after: `await import(new URL('dist/main.cjs', import.meta.url).href);`,
    events: ['Error: in a bundle'],
  },
  'docs/bundlers.md, Everything in one file (2)': {
    files: BUNDLED,
    after: `await import(new URL('dist/main.mjs', import.meta.url).href);`,
    events: ['Error: in a bundle'],
  },
  'docs/proxies.md, Certificates': {
    replace: ['/etc/ssl/company.pem', 'company.pem'],
    files: { 'company.pem': rootCertificates[0] ?? '' },
  },
  'docs/options.md, Where options are checked': {
    stdout: /^errsight: expected `sampleRate` to be a number from 0 to 1, got `2` \(number\)\n$/,
  },
  'docs/from-sentry.md, Options that are different': { events: [DECLINED] },
  'docs/pino.md, Two ways': {
    events: ['Error: declined'],
    untyped: "pino's types refuse an error behind a text that has no %s",
  },
  'docs/once.md, Whose scope it is': {
    before: `import { EventEmitter } from 'node:events';
const bus = new EventEmitter();
const orderId = 17;
const finish = (receipt: string): void => console.log(receipt);`,
    after: "bus.emit(`paid:${orderId}`, 'a receipt');",
    stdout: /^a receipt\n$/,
  },
};

/** Blocks that are no program, and who holds them to the truth. */
export const OTHERS: Readonly<Record<string, string>> = {
  'docs/cli.md, errsight dev': 'test/readme.test.ts compares it with what is printed',
  'docs/delivery.md, How events are delivered': 'a drawing',
  'docs/delivery.md, The ledger': 'a drawing',
  'docs/delivery.md, The store: two tiers, one order': 'a drawing',
  'docs/delivery.md, What somebody between refuses': 'a drawing',
  'docs/delivery.md, A fleet': 'a drawing; test/fleet-storm.test.ts has it happen',
  'docs/delivery.md, Ends': 'a drawing',
  'docs/shutdown-and-docker.md, Docker':
    'it needs Docker; its claims were tried with a PID namespace',
  'docs/releases-and-environments.md, The release': 'it needs Docker, and only sets a variable',
  'docs/releases-and-environments.md, Which one it is':
    'test/docs-facts.test.ts compares the line with the code',
  'ARCHITECTURE.md, The flow': 'a drawing',
  'ARCHITECTURE.md, The folders': 'test/docs-facts.test.ts compares it with the folders',
};
