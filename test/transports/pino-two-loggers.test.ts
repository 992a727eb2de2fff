/** Two loggers whose requests both count their ids from 1, and are served at the same time. */
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import Fastify from 'fastify';
import pino from 'pino';
import { pinoHttp } from 'pino-http';
import t, { type Test } from 'tap';
import {
  close as closeAll,
  flush,
  init,
  setUser,
  withErrsight,
  withScope,
} from '../../src/index.ts';
import { processState } from '../../src/main/state.ts';
import errsight from '../../transports/pino.ts';
import { ask, listening } from '../fixtures/serving.ts';
import { strictServer } from '../helpers/errsight.ts';
import { hold } from '../helpers/held.ts';

const SHOPS = ['bakery', 'butcher'];

/** Holds up the first request until the second one is there, and so on. */
function meeting(): () => Promise<void> {
  let waiting: (() => void) | undefined;
  return () =>
    new Promise((resolve) => {
      if (waiting === undefined) waiting = resolve;
      else {
        const first = waiting;
        waiting = undefined;
        // The one that came first goes on first.
        first();
        setImmediate(resolve);
      }
    });
}

interface Serving {
  readonly port: number;
  readonly close: () => unknown;
}

type Serve = (logger: pino.Logger, shop: string, meet: () => Promise<void>) => Promise<Serving>;

async function work(log: pino.BaseLogger, shop: string, meet: () => Promise<void>): Promise<void> {
  await meet();
  log.info(`${shop}: before`);
  await meet();
  log.info(`${shop}: between`);
  await meet();
  log.error(new Error(`${shop} failed`));
}

const SERVERS: Readonly<Record<string, Serve>> = {
  async 'pino-http'(logger, shop, meet) {
    let id = 0;
    const log = pinoHttp({
      logger: logger,
      autoLogging: false,
      genReqId: () => (id += 1),
    });
    const listener: RequestListener = (request, response) => {
      log(request, response);
      void work(request.log, shop, meet).then(() => response.end());
    };
    return await listening(createServer(listener).listen(0, '127.0.0.1'));
  },
  async Fastify(logger, shop, meet) {
    const app = Fastify({ loggerInstance: logger as never });
    app.get('/', async (request) => {
      await work(request.log, shop, meet);
      return '';
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as { port: number }).port, close: () => app.close() };
  },
};

type Loggers = (t: Test, options: object) => readonly pino.Logger[];

/** What tells them apart: with `withErrsight` the request itself does, without it what they say. */
const LOGGERS: Readonly<Record<string, Loggers>> = {
  'one stream, names': (t, options) => {
    const stream = opened(t, options);
    return SHOPS.map((name) => pino({ name }, stream));
  },
  'a stream each': (t, options) => SHOPS.map(() => pino({}, opened(t, options))),
  'withErrsight, one logger': (t, options) => {
    const logger = pino(withErrsight({}), opened(t, options));
    return SHOPS.map(() => logger);
  },
  'withErrsight, children': (t, options) => {
    const logger = pino(withErrsight({}), opened(t, options));
    return SHOPS.map((shop) => logger.child({ shop }));
  },
};

function opened(t: Test, options: object): pino.DestinationStream {
  const stream = errsight(options);
  t.teardown(async () => {
    stream.end();
    if (!stream.closed) await once(stream, 'close');
  });
  return stream;
}

for (const [framework, serve] of Object.entries(SERVERS)) {
  for (const [kind, make] of Object.entries(LOGGERS)) {
    t.test(`${framework}, ${kind}: no trail has a step of the other`, async (t) => {
      t.teardown(() => {
        const state = processState();
        state.endPinoSide?.();
        state.endPinoSide = undefined;
      });
      const server = await strictServer(t);
      const loggers = make(t, { apiKey: server.key, host: server.url, flushInterval: 20 });
      const meet = meeting();
      const serving = await Promise.all(
        loggers.map((logger, index) => serve(logger, SHOPS[index] ?? '', meet)),
      );
      await Promise.all(serving.map(({ port }) => ask(port, '/', false)));
      const events = await server.waitForEvents(2);
      await Promise.all(serving.map(({ close }) => close()));
      for (const shop of SHOPS) {
        const event = events.find(({ message }) => message === `Error: ${shop} failed`);
        // Fastify has one more, 'incoming request'.
        const steps = event?.breadcrumbs.flatMap(({ message }) =>
          SHOPS.some((each) => message.startsWith(each)) ? [message] : [],
        );
        t.strictSame(steps, [`${shop}: before`, `${shop}: between`], shop);
      }
    });
  }
}

/** Without a time and names their lines are the same to the letter. */
const BARE: pino.LoggerOptions = { base: null, timestamp: false };

const SAME: Readonly<Record<string, (t: Test, options: object) => readonly pino.Logger[]>> = {
  'a stream each': (t, options) => SHOPS.map(() => pino(withErrsight(BARE), opened(t, options))),
  'a worker each': (t, options) =>
    SHOPS.map(() => {
      const transport = hold(pino.transport({ target: 'errsight/pino', options }));
      const stream = transport as pino.DestinationStream & { end(): void } & NodeJS.EventEmitter;
      t.teardown(async () => {
        stream.end();
        await once(stream, 'close');
      });
      return pino(withErrsight(BARE), stream);
    }),
};

for (const [kind, make] of Object.entries(SAME)) {
  t.test(`${kind}: of lines that are the same each has its own scope`, async (t) => {
    t.teardown(() => {
      const state = processState();
      state.endPinoSide?.();
      state.endPinoSide = undefined;
    });
    const server = await Promise.all(SHOPS.map(() => strictServer(t)));
    const loggers = server.map(({ key, url }) => make(t, { apiKey: key, host: url })[0]);
    const alive = setInterval(() => undefined, 60_000);
    t.teardown(() => clearInterval(alive));
    for (let round = 1; round <= 3; round += 1) {
      for (const [index, logger] of loggers.entries()) {
        withScope(() => {
          setUser({ id: `${SHOPS[index]} ${round}` });
          logger?.info('a step');
          logger?.error('it failed');
        });
      }
      t.ok(await flush(20_000));
    }
    for (const [index, { events }] of server.entries()) {
      const users = events.map(({ user_context: user }) => user.id);
      t.strictSame(
        users,
        [1, 2, 3].map((round) => `${SHOPS[index]} ${round}`),
      );
      const steps = events.map(
        ({ breadcrumbs }) => breadcrumbs.filter(({ message }) => message === 'a step').length,
      );
      t.strictSame(steps, [1, 1, 1]);
    }
  });
}

const require = createRequire(import.meta.url);

/** How a logger is told apart from another in the same `multistream`'s thread. */
const MULTI: Readonly<Record<string, (options: object) => object>> = {
  withErrsight: (options) => withErrsight(options),
  init: (options) => options,
};

for (const name of ['pino-9', 'pino']) {
  const { default: make, multistream } = require(name) as {
    default: typeof pino;
    multistream: typeof pino.multistream;
  };
  for (const [way, optionsOf] of Object.entries(MULTI)) {
    t.test(
      `${name}, ${way}: two loggers with several streams each have their own errors`,
      async (t) => {
        t.teardown(() => {
          const state = processState();
          state.endPinoSide?.();
          state.endPinoSide = undefined;
        });
        const server = await strictServer(t);
        const options = { apiKey: server.key, host: server.url };
        if (way === 'init') {
          init(options);
          t.teardown(() => closeAll());
        }
        const loggers = SHOPS.map(() =>
          make(
            optionsOf(BARE),
            multistream([{ stream: { write: () => undefined } }, { stream: opened(t, options) }]),
          ),
        );
        for (let round = 1; round <= 20; round += 1) {
          for (const [index, logger] of loggers.entries()) {
            const id = `${SHOPS[index]} ${round}`;
            withScope(() => {
              setUser({ id });
              logger.info('a step');
              logger.error({ reason: new TypeError(id) }, 'failed');
            });
          }
        }
        withScope(() => {
          setUser({ id: 'a user' });
          loggers[0]?.error('the same text');
        });
        loggers[1]?.error('the same text');
        t.ok(await flush(20_000));
        const all = server.events.map(({ message, user_context: { id } }) => `${message}: ${id}`);
        const wanted = SHOPS.flatMap((shop) =>
          Array.from(
            { length: 20 },
            (_, round) => `TypeError: ${shop} ${round + 1}: ${shop} ${round + 1}`,
          ),
        );
        const others = ['the same text: a user', 'the same text: undefined'];
        t.strictSame(all.toSorted(), [...wanted, ...others].toSorted());
        const steps = server.events
          .filter(({ message }) => message.startsWith('TypeError'))
          .map(
            ({ breadcrumbs }) => breadcrumbs.filter(({ message }) => message === 'a step').length,
          );
        t.strictSame([...new Set(steps)], [1], 'and their own trails');
      },
    );
  }
}
