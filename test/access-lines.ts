/** Lines that applications write themselves about how a request was answered, and lines that say more. */
export type Fields = Readonly<Record<string, unknown>>;

interface Answer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export const AGENT = 'Shop/1.0 (tests; Linux)';

interface Line {
  readonly of: (answer: Answer) => { readonly fields?: Fields; readonly text: string };
  /** Whether it says something of its own, so that it is an event. */
  readonly isOwn?: boolean;
}

const pathOf = (url: string): string => url.replace(/\?.*/, '');

export const LINES: readonly Line[] = [
  { of: ({ method, url, status }) => ({ text: `${method} ${url} ${status}` }) },
  { of: ({ method, url, status }) => ({ text: `${method} ${pathOf(url)} ${status} 12ms` }) },
  { of: ({ method, url, status }) => ({ text: `<- ${method} ${url} [${status}]` }) },
  {
    of: ({ method, url, status }) => ({
      text: `Request ${method} ${url} failed with status ${status}`,
    }),
  },
  // Most tutorials of Nest have this.
  {
    of: ({ method, url, status }) => ({
      text: `${method} ${url} ${status} 52 - ${AGENT} 127.0.0.1`,
    }),
  },
  {
    of: ({ method, url, status }) => ({
      text: `${method} ${url} ${status} 52 -  ::ffff:127.0.0.1`,
    }),
  },
  {
    of: ({ method, url, status }) => ({
      text: `[2026-12-01T10:00:00.000Z] "${method} ${url}" ${status} Internal Server Error in 3.5 ms`,
    }),
  },
  {
    of: ({ method, url, status }) => ({
      text: `7f8a1b2c-1111-4222-8333-123456789abc ${method} ${url} -> ${status} (0.003 s)`,
    }),
  },
  {
    of: ({ method, url, status }) => ({
      fields: { method, path: pathOf(url), statusCode: status, ip: '127.0.0.1' },
      text: 'request completed',
    }),
  },
  {
    of: ({ method, url, status }) => ({
      fields: { method, url, status, ms: 3 },
      text: `${method} ${url}`,
    }),
  },
  {
    isOwn: true,
    of: ({ method, url, status }) => ({ text: `${method} ${url} ${status}: no stock left` }),
  },
  { isOwn: true, of: ({ method, url }) => ({ text: `${method} ${url} took 812 ms` }) },
  { isOwn: true, of: ({ method, status }) => ({ text: `${method} /payments/9 ${status} 12ms` }) },
  { isOwn: true, of: ({ method, url }) => ({ text: `${method} ${url} 503` }) },
  { isOwn: true, of: () => ({ text: 'payment of order 500 failed' }) },
  {
    isOwn: true,
    of: ({ method, url, status }) => ({
      fields: { method, path: pathOf(url), statusCode: status, reason: 'no stock' },
      text: 'request failed',
    }),
  },
];
