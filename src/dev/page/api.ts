// What the page asks of its server.
import type { BadDayKind, Change, EventView, Status } from '../shapes.ts';

export type Order =
  | { readonly resolved: boolean }
  | { readonly muted: boolean }
  | { readonly kind: BadDayKind | null; readonly seconds?: number };

export async function getView(path: string): Promise<EventView | undefined> {
  const response = await fetch(`/local${path}`);
  return response.ok ? ((await response.json()) as EventView) : undefined;
}

export async function order(path: string, what: Order | Record<string, never>): Promise<boolean> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify(what);
  return (await fetch(`/local${path}`, { method: 'POST', headers, body })).ok;
}

export async function loadSession(
  file: Blob,
): Promise<{ loaded: number; known: number; skipped: number }> {
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const response = await fetch('/local/session', { method: 'POST', headers, body: file });
  return (await response.json()) as { loaded: number; known: number; skipped: number };
}

/** Sends an event by the public API, as an application would. Returns the status of the answer. */
export async function sendTest({ writeKey }: Status): Promise<number> {
  const now = Date.now();
  const at = (before: number): string => new Date(now - before).toISOString();
  const event = {
    level: 'error',
    message: 'Error: a test of the local ErrSight',
    occurred_at: at(0),
    environment: 'development',
    backtrace: 'sendTest (page.js:1:1)',
    metadata: {
      exception_class: 'Error',
      exception_frames: [
        {
          filename: 'page.js',
          function: 'sendTest',
          lineno: 2,
          in_app: true,
          pre_context: ['export function sendTest() {'],
          context_line: "  throw new Error('a test of the local ErrSight');",
          post_context: ['}'],
        },
      ],
    },
    tags: { test: 'yes' },
    breadcrumbs: [
      { timestamp: at(20), category: 'ui', level: 'info', message: 'the button was pressed' },
    ],
  };
  const response = await fetch('/api/v1/events', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': writeKey },
    body: JSON.stringify(event),
  });
  return response.status;
}

export interface Live {
  readonly onChange: (change: Change) => void;
  readonly onState: (isOpen: boolean) => void;
}

/** Follows the changes of what matches a query. The browser reconnects with `Last-Event-ID` by itself. */
export function follow(query: string, { onChange, onState }: Live): () => void {
  const source = new EventSource(`/local/stream?${query}`);
  let retry: number | undefined;
  source.addEventListener('open', () => onState(true));
  source.addEventListener('message', ({ data }) => onChange(JSON.parse(data as string) as Change));
  source.addEventListener('error', () => {
    onState(false);
    // The browser gives up for good if it was refused, for example by a proxy while we restart.
    if (source.readyState === EventSource.CLOSED && retry === undefined) {
      retry = setTimeout(() => {
        close = follow(query, { onChange, onState });
      }, 2000);
    }
  });
  let close = (): void => {
    clearTimeout(retry);
    source.close();
  };
  return () => close();
}
