/**
 * Whatever a host may expect of a target that is built with pino-abstract-transport holds for ours: the
 * same stories are played with both, and the host sees the same.
 */
import { once } from 'node:events';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import pino from 'pino';
import t, { type Test } from 'tap';
import errsight from '../../transports/pino.ts';
import theirs from '../fixtures/abstract-target.ts';
import { runFixture } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';

/** A server that takes its time for each request. */
const SLOW = 30;

type Open = (server: TestErrsight) => Writable | Promise<Writable>;
const TARGETS: Readonly<Record<'theirs' | 'ours', Open>> = {
  theirs: ({ key, url }) => theirs({ apiKey: key, host: url }),
  ours: ({ key, url }) => errsight({ apiKey: key, host: url }),
};

function line(text: string, level = 50): string {
  return `${JSON.stringify({ level, time: Date.now(), msg: text })}\n`;
}

const LINES = ['1', '2', '3'].map((text) => line(text));

/** What the host hears, but for when the stream wants more. */
function listen(stream: Writable): string[] {
  const events: string[] = [];
  for (const event of ['finish', 'close']) stream.on(event, () => events.push(event));
  stream.on('error', (error) => events.push(`error: ${error.message}`));
  return events;
}

function stateOf(stream: Writable): object {
  const { closed, destroyed, errored, writable, writableEnded, writableFinished } = stream;
  return { closed, destroyed, errored, writable, writableEnded, writableFinished };
}

async function untilClosed(stream: Writable): Promise<void> {
  if (!stream.closed) await once(stream, 'close').catch(() => undefined);
}

/** Writes as a host does that waits where it is told to. */
async function writeAll(stream: Writable, chunks: Iterable<string | Buffer>): Promise<void> {
  for (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain');
}

function* burst(): Generator<string> {
  const info = line('x'.repeat(1_000), 30);
  for (let n = 1; n <= 5_000; n += 1) yield n % 250 === 0 ? line(`${n}`) : info;
}

interface Story {
  readonly play: (stream: Writable) => unknown;
  /** The texts that arrive. */
  readonly texts: readonly string[];
}

const STORIES: Readonly<Record<string, Story>> = {
  'write, end': {
    texts: ['1', '2', '3'],
    play(stream) {
      for (const each of LINES) stream.write(each);
      stream.end();
    },
  },
  'callbacks of write and end': {
    texts: ['1', '2'],
    async play(stream) {
      const written = await new Promise((resolve) => stream.write(line('1'), resolve));
      const inEncoding = await new Promise((resolve) => stream.write(line('2'), 'utf8', resolve));
      const ended = await new Promise((resolve) => stream.end((error?: Error) => resolve(error)));
      return [written ?? null, inEncoding ?? null, ended ?? null];
    },
  },
  'end with a last line': {
    texts: ['1', '2'],
    play(stream) {
      stream.write(line('1'));
      stream.end(line('2').trimEnd());
    },
  },
  'end of nothing': { texts: [], play: (stream) => void stream.end() },
  'end twice': {
    texts: ['1'],
    async play(stream) {
      stream.write(line('1'));
      stream.end();
      await finished(stream, { readable: false });
      return await new Promise((resolve) => {
        stream.end((error?: NodeJS.ErrnoException) => resolve(error?.code));
      });
    },
  },
  'a line in pieces of bytes': {
    texts: ['€ 1'],
    async play(stream) {
      const bytes = Buffer.from(line('€ 1'));
      await writeAll(
        stream,
        Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1)),
      );
      stream.end();
    },
  },
  'more lines than one in a piece': {
    texts: ['1', '2', '3'],
    play: (stream) => void stream.end(Buffer.from(LINES.join(''))),
  },
  'a burst': {
    texts: Array.from({ length: 20 }, (_none, index) => `${250 * (index + 1)}`),
    async play(stream) {
      await writeAll(stream, burst());
      stream.end();
    },
  },
  'cork, uncork': {
    texts: ['1', '2', '3'],
    play(stream) {
      stream.cork();
      for (const each of LINES) stream.write(each);
      stream.uncork();
      stream.end();
    },
  },
  'what is no line of pino': {
    texts: ['1', '2', '3'],
    play(stream) {
      for (const each of ['no JSON', '', 'null', '1', '[]', '{"a":']) stream.write(`${each}\n`);
      stream.end(LINES.join(''));
    },
  },
  destroy: {
    texts: [],
    play: (stream) => stream.destroy() === stream,
  },
  'destroy twice, and end': {
    texts: [],
    play(stream) {
      stream.destroy();
      stream.destroy(new Error('later'));
    },
  },
  'destroy by an error': {
    texts: [],
    play: (stream) => stream.destroy(new Error('the host gives up')) === stream,
  },
  'finished()': {
    texts: ['1'],
    async play(stream) {
      const end = finished(stream, { readable: false });
      stream.end(line('1'));
      return await end;
    },
  },
  'finished() of one that is destroyed': {
    texts: [],
    async play(stream) {
      const end = finished(stream, { readable: false }).catch((error: Error) => error.message);
      stream.destroy(new Error('the host gives up'));
      return await end;
    },
  },
  'pipe()': {
    texts: ['1', '2', '3'],
    async play(stream) {
      Readable.from(LINES).pipe(new PassThrough()).pipe(stream);
    },
  },
  'a source that fails': {
    texts: [],
    async play(stream) {
      const source = new Readable({
        read() {
          this.destroy(new Error('the source fails'));
        },
      });
      return await pipeline(source, stream).catch((error: Error) => error.message);
    },
  },
  'pino itself': {
    texts: ['1', '2'],
    async play(stream) {
      const logger = pino({ base: null }, stream);
      logger.error('1');
      logger.child({ a: 1 }).error('2');
      stream.end();
    },
  },
  'pino.multistream': {
    texts: ['2', '3'],
    play(stream) {
      const streams = pino.multistream([{ stream, level: 'error' }]);
      const logger = pino({ base: null }, streams);
      logger.warn('1');
      logger.error('2');
      logger.error('3');
      streams.end();
    },
  },
};

interface Outcome {
  readonly events: readonly string[];
  readonly state: object;
  readonly answer: unknown;
}

async function play(t: Test, who: 'theirs' | 'ours', story: Story, wait = 0) {
  const server = await strictServer(t, { strict: who === 'ours' });
  if (wait > 0) {
    server.intercept = () => new Promise((resolve) => setTimeout(resolve, wait, false));
  }
  const stream = await TARGETS[who](server);
  const events = listen(stream);
  const answer = await story.play(stream);
  await untilClosed(stream);
  // What follows on the end, if anything.
  await new Promise(setImmediate);
  const texts = server.events.map(({ message }) => message);
  return { texts, outcome: { events, state: stateOf(stream), answer } satisfies Outcome };
}

for (const [name, story] of Object.entries(STORIES)) {
  t.test(`${name}: the host sees the same of both`, async (t) => {
    const expected = await play(t, 'theirs', story);
    const found = await play(t, 'ours', story);
    t.strictSame(expected.texts, story.texts, 'theirs: the lines');
    t.strictSame(found.texts, story.texts, 'ours: the lines');
    t.strictSame(found.outcome, expected.outcome);
  });
}

t.test('a server that is slow: nobody waits for it but the end', async (t) => {
  const story: Story = {
    texts: ['1', '2', '3'],
    async play(stream) {
      await writeAll(stream, LINES);
      stream.end();
    },
  };
  const expected = await play(t, 'theirs', story, SLOW);
  const found = await play(t, 'ours', story, SLOW);
  t.strictSame(found, expected);
});

t.test('ours never says that it is full, and takes what comes late', async (t) => {
  const server = await strictServer(t);
  const stream = await TARGETS.ours(server);
  const events = listen(stream);
  const full = [...burst()].filter((each) => !stream.write(each)).length;
  t.equal(full, 0);
  stream.end();
  stream.write(line('late'));
  await untilClosed(stream);
  t.strictSame(events, ['finish', 'close']);
  t.ok(server.events.some(({ message }) => message === 'late'));
});

interface Seen {
  readonly [story: string]: unknown;
}

/** What arrives of the stories that are played in pino's worker. */
const FIVE = ['€ 1', '€ 2', '€ 3', '€ 4', '€ 5'];
const IN_WORKER: Readonly<Record<string, readonly string[]>> = {
  write: FIVE,
  'one of targets': FIVE,
  'beside another': FIVE,
  pipeline: FIVE,
  'pipeline beside another': FIVE,
  'after ready': ['1'],
  'ended twice': ['1'],
  burst: Array.from({ length: 12 }, (_none, index) => `${index + 1}`),
  flush: ['1', '2', '3'],
  'flushed at once by several': ['1'],
  configuration: ['1', '2'],
  'no JSON': ['1'],
  'a last line without an end': ['1', '2'],
};

/** There pino ends the thread once a target has finished, and does not wait for its `close`. */
const LOST_BY_THEIRS: ReadonlySet<string> = new Set(['pipeline', 'pipeline beside another']);

t.test("in pino's worker the host sees the same of both", async (t) => {
  const seen: Record<string, Seen> = {};
  for (const who of ['theirs', 'ours']) {
    const server = await strictServer(t, { strict: who === 'ours' });
    const ended = await runFixture('pino-conformance', {
      args: [who],
      env: server.env,
    });
    t.match(ended, { code: 0, signal: null, stderr: '' }, who);
    seen[who] = JSON.parse(ended.stdout) as Seen;
    for (const [story, expected] of Object.entries(IN_WORKER)) {
      if (who === 'theirs' && LOST_BY_THEIRS.has(story)) continue;
      const own = server.events.filter(({ message }) => message.startsWith(`${story}: `));
      const texts = own.map(({ message }) => message.slice(story.length + 2));
      t.strictSame(texts, expected, `${who}, ${story}: the lines`);
    }
  }
  t.strictSame(seen['ours'], seen['theirs']);
});
