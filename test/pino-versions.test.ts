/** pino 7, 8 and 9 beside 10: the everyday stories, by the bare target with `init`, and by `withErrsight`. */
import { createRequire } from 'node:module';
import type pinoNow from 'pino';
import t from 'tap';
import { withScope } from '../src/index.ts';
import { withErrsight } from '../src/main/pino/options.ts';
import errsight from '../transports/pino.ts';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

const require = createRequire(import.meta.url);

interface Story {
  readonly level: string;
  /** Whether there is an error, and who knows it. */
  readonly error: boolean;
  /** By `withErrsight` alone, from this version on. */
  readonly from?: number;
}

const STORIES: Readonly<Record<string, Story>> = {
  alone: { level: 'error', error: true },
  'in front': { level: 'error', error: true },
  'under err': { level: 'error', error: true },
  'under any name': { level: 'error', error: true, from: 7 },
  'bound by a child': { level: 'error', error: true },
  'bound under any name': { level: 'error', error: true, from: 7 },
  'behind a text': { level: 'error', error: true, from: 7 },
  'a warning': { level: 'warning', error: false },
  fatal: { level: 'fatal', error: true },
  'a custom level': { level: 'error', error: false },
};

/** The forms that the bare target understands where pino tells of its lines. */
const TOLD: ReadonlySet<string> = new Set(['under any name']);

const VERSIONS = { 'pino-7': 7, 'pino-8': 8, 'pino-9': 9, pino: 10 };
/** The first that writes the causes of an error. */
const CAUSES = 8;
/** The first that tells of its lines. */
const TELLS = 9;

t.jobs = 2;
for (const [name, version] of Object.entries(VERSIONS)) {
  for (const way of ['bare', 'withErrsight']) {
    t.test(`${name}, ${way}: the everyday stories`, { buffered: true }, async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('pino-versions', { args: [name, way], env: server.env });
      t.match(ended, { code: 0, signal: null, stderr: '' });
      const { arrived, lines } = JSON.parse(ended.stdout) as { arrived: boolean; lines: string };
      t.ok(arrived, 'a flush waits for the worker');
      t.notMatch(lines, /ada@example\.org|a step of the scope/, 'nothing of a scope is in a line');
      if (way === 'bare' || version >= TELLS) t.notMatch(lines, 'errsightScope');
      t.equal(server.total, Object.keys(STORIES).length);
      // Without a tracing channel the bare target knows what is in the line.
      const knows = way === 'withErrsight' || version >= TELLS;
      for (const [story, { level, error, from }] of Object.entries(STORIES)) {
        const event = server.events.find(({ metadata }) => metadata['story'] === story);
        t.equal(event?.level, level, story);
        const isKnown =
          from === undefined ||
          (way === 'withErrsight' ? version >= from : knows && TOLD.has(story));
        if (error && isKnown) {
          t.match(
            event?.metadata,
            {
              exception_class: 'PaymentError',
              exception_frames: [{ function: 'failing' }],
              ...((version >= CAUSES || (knows && story !== 'bound by a child')) && {
                exception_causes: [{ class: 'RangeError', message: 'the reason' }],
              }),
            },
            story,
          );
        } else t.match(event?.message, 'text', story);
        const trail = event?.breadcrumbs.map(({ message }) => message);
        if (!knows) continue;
        t.match(event, { user_context: { id: story }, tags: { story } }, story);
        // Within one millisecond they have no order.
        t.strictSame(trail?.toSorted(), ['a line before', 'a step of the scope'], story);
      }
    });
  }
}

for (const name of Object.keys(VERSIONS)) {
  t.test(`${name}: a formatter that picks fields costs no scope and no error`, async (t) => {
    const server = await strictServer(t);
    const stream = errsight({ apiKey: server.key, host: server.url });
    const pino = require(name) as typeof pinoNow;
    const options = { formatters: { log: ({ order }: Record<string, unknown>) => ({ order }) } };
    const logger = pino(withErrsight<pinoNow.LoggerOptions>(options), stream);
    withScope((scope) => {
      scope.setUser({ id: 17 }).setTag('tenant', 'acme');
      logger.info({ order: 1 }, 'a step');
      logger.error({ reason: new TypeError('declined'), order: 2, cart: 3 }, 'text');
    });
    t.ok(await stream.flush());
    stream.end();
    const [event] = server.events;
    t.match(event, {
      message: 'TypeError: declined',
      user_context: { id: '17' },
      tags: { tenant: 'acme' },
      metadata: { order: 2, log_message: 'text' },
    });
    t.notHas(event?.metadata, 'cart');
    t.ok(event?.breadcrumbs.some(({ message }) => message === 'a step'));
  });
}
