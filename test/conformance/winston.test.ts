/**
 * Whatever a host may expect of a transport that is built on winston-transport holds for ours: the same
 * stories are played with both, and the host sees the same.
 */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t, { type Test } from 'tap';
import winston from 'winston';
import Transport from 'winston-transport';
import { ErrsightTransport, type ErrsightTransportOptions } from '../../transports/winston.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';

/** Sends errors to ErrSight, as people write it. */
class Theirs extends Transport {
  readonly #server: TestErrsight;
  readonly #sent: Promise<unknown>[] = [];

  constructor(server: TestErrsight, options: Transport.TransportStreamOptions) {
    super(options);
    this.#server = server;
  }

  override log(line: Record<string, unknown>, next: () => void): void {
    setImmediate(() => this.emit('logged', line));
    if (line['level'] === 'error') this.#sent.push(this.#send(String(line['message'])));
    next();
  }

  override _final(callback: (error?: Error | null) => void): void {
    void Promise.all(this.#sent).then(() => callback());
  }

  async #send(message: string): Promise<void> {
    await fetch(`${this.#server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'X-API-Key': this.#server.key, 'content-type': 'application/json' },
      body: JSON.stringify({ level: 'error', message, occurred_at: new Date().toISOString() }),
    });
  }
}

type Who = 'theirs' | 'ours';
type Options = Pick<
  ErrsightTransportOptions,
  'level' | 'silent' | 'format' | 'handleExceptions' | 'handleRejections'
>;

const OPEN: Readonly<Record<Who, (server: TestErrsight, options: Options) => winston.transport>> = {
  theirs: (server, options) => new Theirs(server, options as Transport.TransportStreamOptions),
  ours: (server, options) =>
    new ErrsightTransport({
      apiKey: server.key,
      host: server.url,
      captureUncaught: false,
      minLevel: 'error',
      ...options,
    }),
};

/** Beside it, and slower. */
class Slow extends Transport {
  taken = 0;

  override log(_info: unknown, next: () => void): void {
    setImmediate(() => {
      this.taken += 1;
      next();
      this.emit('taken');
    });
  }
}

const LEVEL = Symbol.for('level');

/** As a logger hands it over. */
function info(message: string, level = 'error'): object {
  return { level, message, [LEVEL]: level };
}

/** As a logger tells them to a transport that it writes to. */
function withLevels(transport: winston.transport): winston.transport {
  return Object.assign(transport, { levels: winston.config.npm.levels });
}

interface Played {
  readonly transport: winston.transport;
  readonly logger: winston.Logger;
  readonly open: (options?: Options) => winston.transport;
}

async function end(stream: NodeJS.EventEmitter & { end(): unknown }): Promise<void> {
  const finished = once(stream, 'finish');
  stream.end();
  await finished;
}

interface Story {
  readonly options?: Options;
  readonly play: (played: Played) => unknown;
  /** The texts that arrive. */
  readonly texts: readonly string[];
}

const names = (count: number): string[] => Array.from({ length: count }, (_n, at) => `${at + 1}`);

const STORIES: Readonly<Record<string, Story>> = {
  'write, end': {
    texts: ['1', '2'],
    async play({ logger, transport }) {
      logger.error('1');
      logger.info('an info');
      logger.error('2');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
    },
  },
  'a burst': {
    texts: names(100),
    async play({ logger, transport }) {
      const finished = once(transport, 'finish');
      for (const name of names(100)) {
        logger.error(name);
        logger.info('between');
      }
      await end(logger);
      await finished;
    },
  },
  'a burst that waits where it is told to': {
    texts: names(100),
    async play({ open }) {
      const transport = withLevels(open());
      for (const name of names(100)) {
        if (!transport.write(info(name))) await once(transport, 'drain');
      }
      await end(transport);
    },
  },
  'a slow transport beside it': {
    texts: names(40),
    async play({ logger, transport }) {
      const slow = new Slow();
      logger.add(slow);
      const finished = once(transport, 'finish');
      for (const name of names(40)) logger.error(name);
      // What a logger holds when it is ended comes to transports that it has ended: an 'error' of theirs.
      while (slow.taken < 40) await once(slow, 'taken');
      await end(logger);
      await finished;
    },
  },
  'callbacks of write and end': {
    texts: ['1', '2', '3'],
    async play({ open }) {
      const transport = withLevels(open());
      const answers: unknown[] = [
        await new Promise((resolve) => transport.write(info('1'), resolve)),
        await new Promise((resolve) => transport.write(info('2'), 'utf8', resolve)),
      ];
      await new Promise<void>((resolve) => transport.end(info('3'), resolve));
      return answers.map((answer) => answer ?? null);
    },
  },
  'cork, uncork': {
    texts: ['1', '2', '3'],
    async play({ open }) {
      const transport = withLevels(open());
      const called: string[] = [];
      transport.cork();
      for (const name of names(3)) transport.write(info(name), () => called.push(name));
      transport.uncork();
      await end(transport);
      // winston-transport calls back twice.
      return [...new Set(called)];
    },
  },
  pipeline: {
    texts: ['1', '2'],
    async play({ open }) {
      const transport = withLevels(open());
      await pipeline(Readable.from([info('1'), info('2')]), transport);
    },
  },
  destroy: {
    texts: [],
    async play({ open }) {
      const transport = open();
      const closed = once(transport, 'close');
      transport.destroy();
      await closed;
    },
  },
  'destroy by an error': {
    texts: [],
    async play({ open }) {
      const transport = open();
      const errors: string[] = [];
      transport.on('error', ({ message }: Error) => errors.push(message));
      const closed = new Promise((resolve) => transport.once('close', resolve));
      transport.destroy(new Error('the host gives up'));
      await closed;
      return errors;
    },
  },
  'end of nothing': { texts: [], play: ({ transport }) => end(transport) },
  'its own level': {
    options: { level: 'warn' },
    texts: ['1'],
    async play({ logger, transport }) {
      const logged: unknown[] = [];
      transport.on('logged', ({ message }: { message: string }) => logged.push(message));
      logger.error('1');
      logger.warn('a warning');
      logger.info('an info');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
      return logged;
    },
  },
  'a level that changes': {
    texts: ['1', '3'],
    async play({ logger, transport }) {
      logger.error('1');
      logger.level = 'none';
      transport.level = 'none';
      logger.error('2');
      transport.level = 'error';
      logger.level = 'error';
      logger.error('3');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
    },
  },
  silent: {
    options: { silent: true },
    texts: ['2'],
    async play({ logger, transport }) {
      logger.error('1');
      transport.silent = false;
      logger.error('2');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
    },
  },
  'a format of its own': {
    options: {
      format: winston.format((line) =>
        line.message === '1' ? false : { ...line, message: `formatted ${String(line.message)}` },
      )(),
    },
    texts: ['formatted 2'],
    async play({ logger, transport }) {
      logger.error('1');
      logger.error('2');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
    },
  },
  'a format that throws': {
    options: {
      format: winston.format(() => {
        throw new Error('the format fails');
      })(),
    },
    texts: [],
    async play({ logger, transport }) {
      let thrown: unknown;
      try {
        logger.error('1');
      } catch (error) {
        thrown = error instanceof Error ? error.message : error;
      }
      transport.on('error', () => undefined);
      await end(transport);
      return thrown;
    },
  },
  'what winston says was logged': {
    texts: ['1', '2'],
    async play({ logger, transport }) {
      const logged: unknown[] = [];
      transport.on('logged', ({ level, message }: { level: string; message: string }) => {
        logged.push([level, message]);
      });
      logger.error('1');
      logger.error('2');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
      await new Promise(setImmediate);
      return logged;
    },
  },
  'add, remove': {
    texts: ['1', '3'],
    async play({ logger, transport, open }) {
      const second = open();
      logger.error('1');
      logger.remove(transport);
      logger.add(new Slow());
      logger.error('2');
      logger.add(second);
      logger.error('3');
      const finished = once(second, 'finish');
      await end(logger);
      await finished;
      await end(transport);
      return transport.listenerCount('pipe') === second.listenerCount('pipe');
    },
  },
  'logger.close()': {
    texts: ['1'],
    async play({ logger, transport }) {
      logger.error('1');
      logger.close();
      await end(transport);
      return logger.transports.length;
    },
  },
  'two loggers': {
    texts: ['1', '2'],
    async play({ logger, transport }) {
      const second = winston.createLogger({ transports: [transport] });
      logger.error('1');
      second.error('2');
      second.remove(transport);
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
    },
  },
  'a child': {
    texts: ['1'],
    async play({ logger, transport }) {
      logger.child({ part: 'cart' }).error('1');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
    },
  },
  'levels of the host': {
    texts: ['1'],
    async play({ open }) {
      const transport = open();
      const logger = winston.createLogger({
        levels: { error: 0, notice: 1 },
        level: 'notice',
        transports: [transport],
      });
      logger.log('error', '1');
      logger.log('notice', 'a notice');
      const finished = once(transport, 'finish');
      await end(logger);
      await finished;
      return Object.keys((transport as { levels?: object }).levels ?? {});
    },
  },
};

/** What the host hears. */
function listen(stream: NodeJS.EventEmitter): string[] {
  const events: string[] = [];
  for (const event of ['pipe', 'unpipe', 'finish', 'close']) {
    stream.on(event, () => events.push(event));
  }
  stream.on('error', (error: Error) => events.push(`error: ${error.message}`));
  return events;
}

async function play(t: Test, who: Who, story: Story) {
  const server = await strictServer(t, { strict: who === 'ours' });
  const opened: winston.transport[] = [];
  const open = (options: Options = {}): winston.transport => {
    const transport = OPEN[who](server, options);
    opened.push(transport);
    return transport;
  };
  const transport = open(story.options);
  const events = listen(transport);
  const logger = winston.createLogger({ transports: [transport] });
  const answer = await story.play({ transport, logger, open });
  await new Promise(setImmediate);
  const { writable, writableEnded, destroyed, level } = transport;
  const texts = server.events.map(({ message }) => message).toSorted();
  for (const each of opened) if (each instanceof ErrsightTransport) await each.flush();
  return { texts, events, answer, state: { writable, writableEnded, destroyed, level } };
}

for (const [name, story] of Object.entries(STORIES)) {
  t.test(`${name}: the host sees the same of both`, async (t) => {
    const expected = await play(t, 'theirs', story);
    const found = await play(t, 'ours', story);
    t.strictSame(expected.texts, story.texts.toSorted(), 'theirs: the lines');
    t.strictSame(found, expected);
  });
}
