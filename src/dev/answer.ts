import { STATUS_CODES, type ServerResponse } from 'node:http';

/** The answer to a request: JSON, or a text, or nothing. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  /** The type of `text`. Default: `text/plain`. */
  readonly type?: string;
}

/**
 * The answer that Rails itself gives when the application does not: a page, or JSON for clients
 * whose Accept header mentions it. Neither has a code.
 */
export function railsAnswer(status: number, accept: string | undefined): Answer {
  const error = STATUS_CODES[status] ?? '';
  if (accept !== undefined && /json/i.test(accept)) return { status, body: { status, error } };
  const text = `<!DOCTYPE html>\n<title>${error} (${status})</title>\n`;
  return { status, text, type: 'text/html' };
}

/** Sends an answer, unless the connection is gone. */
export function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const type = answer.body === undefined ? (answer.type ?? 'text/plain') : 'application/json';
  const text = answer.body === undefined ? (answer.text ?? '') : JSON.stringify(answer.body);
  const body = Buffer.from(text, 'utf8');
  response.writeHead(answer.status, {
    ...(body.length > 0 && { 'Content-Type': `${type}; charset=utf-8` }),
    // A 204 has no body, so it has no length.
    ...(answer.status !== 204 && { 'Content-Length': String(body.length) }),
    ...answer.headers,
  });
  response.end(body);
}
