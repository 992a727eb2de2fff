import { connect } from 'node:net';
import { DEV_READ_KEY, DEV_WRITE_KEY, type LocalErrsight } from '../../src/dev/server.ts';

/** An answer, its body parsed where it is JSON. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface PostOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

/** Posts a body with the write key; a string, bytes or a stream goes as it is, all else as JSON. */
export function post(
  server: LocalErrsight,
  body: unknown,
  options: PostOptions = {},
): Promise<Reply> {
  const { path = '/api/v1/events', headers, method = 'POST' } = options;
  const isRaw =
    typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
  return ask(server.url + path, {
    method,
    headers: { 'X-API-Key': DEV_WRITE_KEY, 'Content-Type': 'application/json', ...headers },
    body: isRaw ? body : JSON.stringify(body),
    // What undici wants for a body of unknown length.
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  });
}

/** Asks the read API, with the read key. */
export function read(
  server: LocalErrsight,
  path: string,
  key: string = DEV_READ_KEY,
): Promise<Reply> {
  return ask(server.url + path, { headers: { 'X-API-Key': key } });
}

export async function ask(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body };
}

/** Sends bytes as they are, and resolves with the first line of the answer. */
export function firstLineOfAnswer(server: LocalErrsight, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(request));
    socket.setEncoding('utf8');
    socket.once('data', (answer: string) => {
      socket.destroy();
      resolve(answer.split('\r\n', 1)[0] ?? '');
    });
    socket.once('error', reject);
  });
}

/** Runs the rows of a table one after the other, where each needs the server for itself. */
export async function inTurn<T>(rows: Iterable<T>, run: (row: T) => Promise<void>): Promise<void> {
  let last = Promise.resolve();
  for (const row of rows) last = last.then(() => run(row));
  await last;
}
