import { URL } from 'node:url';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { systemClock } from '../lib/clock.ts';
import { VERSION } from '../lib/version.ts';
import { type Answered, type Asked, type Outcome, outcomeOf } from './outcome.ts';
import { proxyFailed } from './tunnel.ts';
import { createWay } from './way.ts';

/**
 * Sends a body with `count` events. ErrSight may have `resent` of them already (default: 0). Never
 * rejects. Settles soon after the signal aborts.
 */
export type Send = (
  body: Buffer,
  count: number,
  signal: AbortSignal,
  resent?: number,
) => Promise<Answered>;

/** A way to the server. */
export interface Sender {
  readonly send: Send;
  /** Closes all connections. Nothing is sent afterwards. */
  close(): void;
}

export interface SenderOptions {
  /**
   * The base URL of ErrSight. It may have a path. `createSender` throws if it is not a valid URL.
   */
  readonly host: string;
  readonly apiKey: string;
  /** Milliseconds for a whole request: connecting, sending, reading the answer. */
  readonly timeout: number;
  readonly userAgent?: string;
  /** The URL of an http: or https: proxy. It may have a user and a password. */
  readonly proxy?: string | undefined;
  /** Why the proxy can't be used. If this is set nothing is sent. */
  readonly proxyFault?: string | undefined;
  /** Certificates that are trusted besides those that Node trusts, as PEM. */
  readonly ca?: string | undefined;
}

/** ErrSight's answers have less than 1 KiB, its HTML error pages a few. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** The reason is printed on stderr. A server's page or an odd error must not flood it. */
const MAX_REASON_CHARS = 200;

/**
 * Sends over HTTP(S), directly or through a proxy, on one connection that is kept open.
 *
 * An open connection does not keep the process alive. Node makes one exception that we can't
 * change: the process lives on, for `timeout` at most, while a connection is being made or the
 * system does not take the bytes of a request.
 */
export function createSender(options: SenderOptions): Sender {
  const { host, apiKey, timeout, proxy, proxyFault, ca } = options;
  const url = new URL('api/v1/events', host.endsWith('/') ? host : `${host}/`);
  const way = createWay({ url, proxy, ca });
  const headers = {
    'x-api-key': apiKey,
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': options.userAgent ?? `errsight-node/${VERSION}`,
  };
  /** Connections that have carried a request. */
  const used = new WeakSet<Socket>();
  let closed = false;

  /** Removes the key from a reason, since servers may echo what they were sent. */
  function clean(reason: string): string {
    const safe = apiKey === '' ? reason : reason.replaceAll(apiKey, '[api key]');
    return safe.slice(0, MAX_REASON_CHARS);
  }

  function outcomeFor(response: IncomingMessage, text: string | undefined, asked: Asked): Outcome {
    const status = response.statusCode ?? 0;
    if (way.isForwarded && isOfProxy(status, response)) {
      return { kind: 'retry', reason: `the proxy answered ${status}` };
    }
    const outcome = outcomeOf({ status, headers: response.headers, body: text }, asked);
    if (!('reason' in outcome)) return outcome;
    // Only this reason is text of the server or proxy.
    const secrets = outcome.kind === 'invalid' ? way.secrets : [];
    const reason = secrets.reduce(
      (safe, each) => safe.replaceAll(each, '[secret]'),
      outcome.reason,
    );
    return { ...outcome, reason: clean(reason) };
  }

  function send(body: Buffer, count: number, signal: AbortSignal, resent = 0): Promise<Outcome> {
    const asked = { count, resent };
    return new Promise((resolve) => {
      let current: ClientRequest | undefined;
      let settled = false;

      const settle = (outcome: Outcome): void => {
        if (settled) return;
        settled = true;
        systemClock.clearTimer(timer);
        signal.removeEventListener('abort', abort);
        resolve(outcome);
      };
      /** Settles before the answer is complete. The connection can't be used again. */
      const giveUp = (outcome: Outcome): void => {
        if (settled) return;
        settle(outcome);
        current?.destroy();
        way.giveUp();
      };
      const retry = (reason: string): void => giveUp({ kind: 'retry', reason: clean(reason) });
      const cutOff = (reason: string): void =>
        giveUp({ kind: 'retry', reason: clean(reason), cutOff: true });
      const abort = (): void => giveUp({ kind: 'aborted' });
      const late = (): void => {
        if (way.isOpening()) retry(`no tunnel through the proxy within ${timeout} ms`);
        else
          giveUp({
            kind: 'retry',
            reason: `no complete answer within ${timeout} ms`,
            timedOut: true,
          });
      };
      // Otherwise events whose answer is there would be sent again.
      const timer = systemClock.setTimer(() => systemClock.onceRead(late), timeout);

      const read = (req: ClientRequest, response: IncomingMessage): void => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) giveUp(outcomeFor(response, undefined, asked));
        });
        response.on('end', () => {
          const outcome = outcomeFor(response, Buffer.concat(chunks).toString(), asked);
          // A server may answer before it has read everything, and never read the rest. Then the
          // connection is not free for the next request.
          if (req.writableFinished) settle(outcome);
          else giveUp(outcome);
        });
        response.on('error', () => cutOff('the answer was cut short'));
      };

      const attempt = (): void => {
        let stale = false;
        let answered = false;
        const req = way.request({ ...headers, 'content-length': body.length });
        current = req;
        req.on('socket', (socket) => {
          stale = used.has(socket);
          used.add(socket);
          socket.unref();
        });
        req.on('response', (response) => {
          answered = true;
          read(req, response);
        });
        req.on('error', (error) => {
          // The server closed an idle connection just when we used it. That is no failure of the
          // server, so try once more on a new connection before it counts as one.
          if (stale && !answered && !settled && isReset(error)) start();
          else if (isReset(error) && !way.isForwarded) cutOff(reasonOf(error));
          else retry(reasonOf(way.isForwarded ? proxyFailed(reasonOf(error)) : error));
        });
        // A connection can also end without an error or an answer, as after a status 101. If there
        // is an answer, `close` may come before its last bytes are read, and means nothing.
        req.on('close', () => {
          if (current === req && !answered) cutOff('the connection was closed');
        });
        req.end(body);
      };
      /** What `request` throws is handled like an error that it emits. */
      const start = (): void => {
        try {
          attempt();
        } catch (error) {
          retry(reasonOf(error));
        }
      };

      signal.addEventListener('abort', abort);
      if (closed || signal.aborted) abort();
      else if (proxyFault !== undefined) retry(proxyFault);
      else start();
    });
  }

  return {
    send,
    close() {
      closed = true;
      way.close();
    },
  };
}

/** Whether the proxy answered instead of the server. ErrSight's own 403 is JSON. */
function isOfProxy(status: number, { headers }: IncomingMessage): boolean {
  return status === 407 || (status === 403 && !/\bjson\b/.test(headers['content-type'] ?? ''));
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

/** The code is the best text: `ECONNREFUSED`, `CERT_HAS_EXPIRED`. A message can hold anything. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
