import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { railsAnswer, send, type Answer } from './answer.ts';
import type { BadDays } from './bad-days.ts';
import { viewOf } from './event-view.ts';
import { readFilter } from './issue-list.ts';
import type { Working } from './job.ts';
import { isObject } from './json.ts';
import { packedPage } from './page-files.cts';
import { loadSession, sessionLines } from './session.ts';
import { Streams, type StreamSource } from './stream.ts';
import { isOwnPage } from './visitors.ts';

/** Bytes of a session that is loaded: those of all kept events, and what stands around them. */
const MAX_SESSION = 250_000_000;
/** Bytes of any other request of the page. */
const MAX_ORDER = 10_000;

/**
 * Allows only our own scripts and styles, and no frame around the page, since what the page shows
 * may be hostile.
 */
const SECURITY: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

const FORBIDDEN: Answer = { status: 403, body: { error: 'Only the page itself may ask this' } };
const DONE: Answer = { status: 200, body: { done: true } };
const NOT_FOUND: Answer = { status: 404, body: { error: 'Not found' } };
const BAD_REQUEST: Answer = { status: 400, body: { error: 'Not understood' } };

/** What the page needs of the server around it. */
export interface PageSource extends StreamSource {
  readonly badDays: BadDays;
  readonly working: () => Working;
}

interface PageFiles {
  readonly html: string;
  readonly js: string;
  readonly css: string;
}

/** Serves the page, and what it asks for. */
export class PageServer {
  readonly #source: PageSource;
  readonly #streams: Streams;
  #files: PageFiles | undefined;

  constructor(source: PageSource) {
    this.#source = source;
    this.#streams = new Streams(source);
  }

  changed(): void {
    this.#streams.changed();
  }

  close(): void {
    this.#streams.close();
  }

  /** Answers a request of the page. Returns whether it was one. */
  async serves(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const path = url.pathname;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const file = isRead ? this.#file(path) : undefined;
    if (file !== undefined) {
      send(response, { ...file, headers: SECURITY });
      return true;
    }
    if (!path.startsWith('/local/')) return false;
    if (!isOwnPage(request)) send(response, { ...FORBIDDEN, headers: SECURITY });
    else if (request.method === 'GET') await this.#get(request, response, url);
    else if (request.method === 'POST') await this.#post(request, response, path);
    else send(response, railsAnswer(404, request.headers.accept));
    return true;
  }

  /** The page is the same at each of its addresses. */
  #file(path: string): Answer | undefined {
    const isPage = path === '/' || /^\/(?:issues\/[^/]+|events\/\d+)\/?$/.test(path);
    if (!isPage && path !== '/page.js' && path !== '/page.css') return undefined;
    this.#files ??= JSON.parse(brotliDecompressSync(packedPage()).toString()) as PageFiles;
    const { html, js, css } = this.#files;
    if (path === '/page.js') return { status: 200, text: js, type: 'text/javascript' };
    if (path === '/page.css') return { status: 200, text: css, type: 'text/css' };
    return { status: 200, text: html, type: 'text/html' };
  }

  async #get(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { store, status } = this.#source;
    const path = url.pathname;
    if (path === '/local/stream') {
      this.#streams.open(request, response, readFilter(url.searchParams));
      return;
    }
    if (path === '/local/session') {
      await this.#download(response);
      return;
    }
    const event = /^\/local\/events\/(\d+)$/.exec(path)?.[1];
    const issue = /^\/local\/issues\/([^/]+)$/.exec(path)?.[1];
    const id = issue === undefined ? Number(event) : store.eventsOf(issue).at(-1)?.id;
    const view = id === undefined ? undefined : viewOf(store, id, status());
    send(response, {
      ...(view === undefined ? NOT_FOUND : { status: 200, body: { ...view } }),
      headers: SECURITY,
    });
  }

  async #download(response: ServerResponse): Promise<void> {
    const name = `errsight-${new Date(this.#source.status().now).toISOString().slice(0, 19)}`;
    response.writeHead(200, {
      ...SECURITY,
      'Content-Type': 'application/x-ndjson',
      'Content-Disposition': `attachment; filename="${name.replaceAll(':', '-')}.ndjson"`,
    });
    for (const line of sessionLines(this.#source.store)) {
      if (response.destroyed) return;
      if (!response.write(line)) await drained(response);
    }
    response.end();
  }

  async #post(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const isSession = path === '/local/session';
    const body = await read(request, isSession ? MAX_SESSION : MAX_ORDER);
    let answer: Answer = { status: 413, body: { error: 'Too large' } };
    if (body !== undefined) {
      answer = isSession
        ? { status: 200, body: { ...loadSession(body, this.#source.working()) } }
        : this.#obey(path, body);
    }
    send(response, { ...answer, headers: SECURITY });
  }

  #obey(path: string, body: string): Answer {
    const { store, badDays, status } = this.#source;
    const order = parsed(body);
    if (order === undefined) return BAD_REQUEST;
    if (path === '/local/clear') {
      store.clear();
      return DONE;
    }
    if (path === '/local/bad-day') {
      return badDays.play(order['kind'], order['seconds'], status().now) ? DONE : BAD_REQUEST;
    }
    const fingerprint = /^\/local\/issues\/([^/]+)$/.exec(path)?.[1] ?? '';
    if (store.issueOf(fingerprint) === undefined) return NOT_FOUND;
    const { resolved, muted } = order;
    if (typeof resolved === 'boolean') store.resolve(fingerprint, resolved);
    else if (typeof muted === 'boolean') store.mute(fingerprint, muted);
    else return BAD_REQUEST;
    return DONE;
  }
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The body as a text. Undefined if it is longer than `limit` bytes. */
async function read(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= limit) chunks.push(chunk);
  }
  return bytes > limit ? undefined : Buffer.concat(chunks).toString();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}
