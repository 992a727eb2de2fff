import { createRequire } from 'node:module';
import express, { type NextFunction, type Request, type Response } from 'express';
import t from 'tap';
import { captureErrors, captureException, close, init } from '../../src/index.ts';
import { exchange, listening } from '../fixtures/serving.ts';
import { strictServer } from '../helpers/errsight.ts';
import type { StoredEvent } from '../../src/dev/store.ts';

process.env['NODE_ENV'] = 'production';
// What Express prints is no matter here.
t.capture(console, 'error', () => undefined);

const express4 = createRequire(import.meta.url)('express4') as typeof express;

type Handler = (response: Response, next: NextFunction) => void | Promise<void>;

interface Case {
  readonly handle: Handler;
  /** The error handlers of the application. */
  readonly errors?: readonly ((error: Error, response: Response, next: NextFunction) => void)[];
  /** `<message> <handled> <status> <earlier> <later>`, without the places. */
  readonly told: readonly string[];
  /** If Express 4 tells something else: it does not say what its error handlers throw. */
  readonly told4?: readonly string[];
}

const answer: NonNullable<Case['errors']>[number] = (error, response, next) => {
  if (response.headersSent) next(error);
  else response.status(500).json({ oops: error.message });
};
const withStatus = (message: string, status: number): Error =>
  Object.assign(new Error(message), { status });
const HEADERS = 'Error: Cannot set headers after they are sent to the client';

const CASES: Readonly<Record<string, Case>> = {
  'next without return': {
    handle(response, next) {
      next(new Error('db is down'));
      response.json({ ok: 1 });
    },
    errors: [answer],
    told: [`Error: db is down yes 500 - ${HEADERS}`],
    told4: ['Error: db is down yes 500 - -'],
  },
  'the same a moment later': {
    handle(response, next) {
      setImmediate(() => {
        next(new Error('db is down'));
        try {
          response.json({ ok: 1 });
        } catch (error) {
          next(error);
        }
      });
    },
    errors: [answer],
    told: [`Error: db is down yes 500 - ${HEADERS}`],
    told4: ['Error: db is down yes 500 - -'],
  },
  'another error after the answer': {
    handle(_response, next) {
      next(new Error('first of two'));
      throw new Error('second of two');
    },
    errors: [answer],
    told: ['Error: first of two yes 500 - -', 'Error: second of two no 500 - -'],
    told4: ['Error: first of two yes 500 - -'],
  },
  'an error after the answer that tells of the first': {
    handle(_response, next) {
      next(new Error('first of two'));
      throw new Error('it failed: first of two');
    },
    errors: [answer],
    told: ['Error: first of two yes 500 - Error: it failed: first of two'],
    told4: ['Error: first of two yes 500 - -'],
  },
  'two errors without an answer of the application': {
    handle(_response, next) {
      next(new Error('first of two'));
      throw new Error('second of two');
    },
    told: ['Error: first of two no 500 - Error: second of two'],
    told4: ['Error: first of two no 500 - -'],
  },
  'an error for the client': {
    handle: (_response, next) => next(new Error('auth is down')),
    errors: [(_error, _response, next) => next(withStatus('Something went wrong', 502))],
    told: ['Error: auth is down no 502 - Error: Something went wrong'],
    told4: ['Error: auth is down no 502 - -'],
  },
  'an error handler that fails, and one that answers': {
    handle: (_response, next) => next(new Error('auth is down')),
    errors: [
      () => {
        throw new TypeError('no template');
      },
      answer,
    ],
    told: ['Error: auth is down yes 500 - TypeError: no template'],
    told4: ['Error: auth is down yes 500 - -'],
  },
  'a 404 that cannot be shown': {
    handle: (_response, next) => next(withStatus('no such order', 404)),
    errors: [
      () => {
        throw new TypeError('no template');
      },
    ],
    told: ['TypeError: no template no 500 Error: no such order -'],
    // It answers 500 for an error that asks for 404, and tells of no other.
    told4: ['Error: no such order no 500 - -'],
  },
  'an error that becomes a 404': {
    handle: (_response, next) => next(new Error('no such order')),
    errors: [(_error, _response, next) => next(withStatus('Not Found', 404))],
    told: [],
  },
  'a 503 behind a 404': {
    handle: (_response, next) => next(withStatus('no such order', 404)),
    errors: [(_error, _response, next) => next(withStatus('busy', 503))],
    told: ['Error: busy no 503 Error: no such order -'],
    told4: ['Error: no such order no 503 - -'],
  },
  'an error around the first': {
    handle: (_response, next) => next(new Error('inner')),
    errors: [(cause, _response, next) => next(new Error('outer', { cause }))],
    told: ['Error: outer no 500 - -'],
    told4: ['Error: inner no 500 - -'],
  },
  'a captured error behind the first': {
    handle: (_response, next) => next(new Error('auth is down')),
    errors: [
      (_error, _response, next) => {
        const error = new TypeError('no template');
        next(error);
        captureException(error);
      },
    ],
    told: ['Error: auth is down no 500 - TypeError: no template'],
    told4: ['Error: auth is down no 500 - -', 'TypeError: no template undefined 500 - -'],
  },
  'a second send after an error that became a 200': {
    handle(response, next) {
      next(new Error('not that bad'));
      response.json({ ok: 1 });
    },
    errors: [(_error, response, next) => (response.headersSent ? next(_error) : response.json({}))],
    told: [`${HEADERS} no 200 - -`],
    told4: [],
  },
};

const PLACE = /^(.*) \(\S*test\/main\/first-error\.test\.[jt]s:\d+\)$/;

/** Without the place behind each, which has to be there. */
function list(words: unknown): string {
  if (!Array.isArray(words)) return '-';
  return words
    .map(String)
    .map((each) => PLACE.exec(each)?.[1] ?? `${each} (no place)`)
    .join(', ');
}

function told({ message, metadata }: StoredEvent): string {
  const { handled, status, earlier_errors: earlier, later_errors: later } = metadata;
  return `${message} ${String(handled)} ${String(status)} ${list(earlier)} ${list(later)}`;
}

for (const [version, make] of Object.entries({ 'Express 5': express, 'Express 4': express4 })) {
  t.test(`${version}: the event is about the error that came first`, async (t) => {
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    const app = make();
    for (const [what, { handle, errors = [] }] of Object.entries(CASES)) {
      const router = make.Router();
      router.get('/', (_request: Request, response, next) => handle(response, next));
      if (version === 'Express 4') captureErrors(router);
      for (const each of errors) {
        router.use((error: Error, _q: Request, response: Response, next: NextFunction) =>
          each(error, response, next),
        );
      }
      app.use(`/${encodeURIComponent(what)}`, router);
    }
    const running = await listening(app.listen(0, '127.0.0.1'));
    for (const what of Object.keys(CASES)) {
      await exchange(running.port, `/${encodeURIComponent(what)}`);
    }
    await running.close();
    t.equal(await close(), true);
    for (const [what, { told: five, told4 = five }] of Object.entries(CASES)) {
      const events = server.events.filter(
        ({ metadata }) => metadata['full_path'] === `/${encodeURIComponent(what)}`,
      );
      t.strictSame(events.map(told), version === 'Express 5' ? five : told4, what);
    }
  });
}
