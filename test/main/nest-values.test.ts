import type { Server } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import bunyan from 'bunyan';
import pino from 'pino';
import t from 'tap';
import winston from 'winston';
import { createErrsightStream } from '../../transports/bunyan.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import { captureErrors, close, flush, init, withErrsight } from '../../src/index.ts';
import { createOrders } from '../fixtures/nest.ts';
import { ask, listening } from '../fixtures/serving.ts';
import { strictServer } from '../helpers/errsight.ts';

/** What a route throws, and what its logger writes of it, is in each logger another text or none. */
const VALUES: readonly unknown[] = [0, '', undefined, null, false, 'it broke', { code: 17 }];

const nothing = (): void => undefined;
const quiet = { log: nothing, warn: nothing };

/** pino's worker lives on, so it is the last one. */
const LOGGERS: Readonly<Record<string, (options: object) => LoggerService>> = {
  winston() {
    const logger = winston.createLogger({ transports: [new ErrsightTransport()] });
    return { ...quiet, error: (...said) => void Reflect.apply(logger.error, logger, said) };
  },
  bunyan() {
    const logger = bunyan.createLogger({ name: 'shop', streams: [createErrsightStream()] });
    const error = (...said: unknown[]): void => logger.error(said[0], ...said.slice(1));
    return { ...quiet, error };
  },
  pino(options) {
    const logger = pino(withErrsight({ transport: { targets: [] } }, options));
    return { ...quiet, error: (...said) => void Reflect.apply(logger.error, logger, said) };
  },
};

for (const [name, make] of Object.entries(LOGGERS)) {
  t.test(`${name}: what a route of Nest throws is one event, also if it is no Error`, async (t) => {
    const server = await strictServer(t);
    const options = { apiKey: server.key, host: server.url };
    if (name !== 'pino') init(options);
    const app = await createOrders(
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as applications do
      (n) => Promise.reject(VALUES[Number(n)]),
      { logger: make(options) },
    );
    captureErrors(app);
    await app.listen(0, '127.0.0.1');
    const { port } = await listening(app.getHttpServer() as Server);
    for (const n of VALUES.keys()) {
      t.equal(await ask(port, `/orders/${n}`, false), 500);
      t.equal(await flush(20_000), true);
      t.strictSame(
        server.events.map(({ level, tags }) => `${level} ${tags['route']}`),
        Array.from({ length: n + 1 }, () => 'error /orders/:n'),
        String(VALUES[n]),
      );
    }
    await app.close();
    await close();
  });
}
