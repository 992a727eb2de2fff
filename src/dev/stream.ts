import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { facetsOf, matches, rowOf, type Filter } from './issue-list.ts';
import type { Change, Facets, IssueRow, RequestRow, Status } from './shapes.ts';
import type { Issue, Store } from './store.ts';

/** Milliseconds for which changes are gathered, so that a storm is only a few messages a second. */
const GATHER_MS = 100;
/**
 * Milliseconds between two counts of what the filters offer. A count takes 10 ms for 10,000 events.
 */
const FACETS_MS = 1000;
/** Milliseconds between two comments, which show proxies and browsers that we are here. */
const BEAT_MS = 15_000;
/** Milliseconds after which a browser tries again. */
const RETRY_MS = 1000;
/** If this many bytes wait for a slow reader, it has to start anew. */
const MAX_WAITING = 16_000_000;

export interface StreamSource {
  readonly store: Store;
  readonly status: () => Status;
  readonly requests: () => readonly RequestRow[];
}

interface Client {
  readonly response: ServerResponse;
  readonly filter: Filter;
  /** The last change of the store that the page knows. -1 if it knows nothing. */
  change: number;
  /**
   * The fingerprints that the page shows. Undefined if it came back, since only the page knows them
   * then.
   */
  shown: Set<string> | undefined;
  facets: string;
}

/** Tells open pages what changed, by server-sent events. */
export class Streams {
  readonly #source: StreamSource;
  readonly #clients = new Set<Client>();
  /** Ids of another run of the server mean nothing to this one. */
  readonly #run = randomUUID().slice(0, 8);
  readonly #beat: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #facets: { facets: Facets; text: string; change: number; time: number } | undefined;
  #facetsTimer: NodeJS.Timeout | undefined;

  constructor(source: StreamSource) {
    this.#source = source;
    this.#beat = setInterval(() => {
      for (const { response } of this.#clients) response.write(':\n\n');
    }, BEAT_MS);
    this.#beat.unref();
  }

  open(request: IncomingMessage, response: ServerResponse, filter: Filter): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    const change = this.#known(request.headers['last-event-id']);
    const client: Client = { response, filter, change, shown: undefined, facets: '' };
    this.#clients.add(client);
    response.once('close', () => this.#clients.delete(client));
    this.#tell(client);
  }

  /** Notes a change. Pages hear of it soon. */
  changed(): void {
    if (this.#clients.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const client of this.#clients) this.#tell(client);
    }, GATHER_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#beat);
    clearTimeout(this.#timer);
    clearTimeout(this.#facetsTimer);
    for (const { response } of this.#clients) response.destroy();
  }

  /** Counts of a second ago are good enough. Pages get them once they are counted again. */
  #currentFacets(): { facets: Facets; text: string } {
    const { store } = this.#source;
    const known = this.#facets;
    if (known?.change === store.change) return known;
    const left = known === undefined ? 0 : known.time + FACETS_MS - Date.now();
    if (known !== undefined && left > 0) {
      this.#facetsTimer ??= setTimeout(() => {
        this.#facetsTimer = undefined;
        this.changed();
      }, left).unref();
      return known;
    }
    const facets = facetsOf(store.events);
    const text = JSON.stringify(facets);
    this.#facets = { facets, text, change: store.change, time: Date.now() };
    return this.#facets;
  }

  /** The change in a `Last-Event-ID` of this run, else -1. */
  #known(id: string | string[] | undefined): number {
    const [run, change] = String(id ?? '').split('-');
    const number = run === this.#run ? Number(change) : Number.NaN;
    return number >= 0 && number <= this.#source.store.change ? number : -1;
  }

  #tell(client: Client): void {
    const { store, status, requests } = this.#source;
    if (client.response.writableLength > MAX_WAITING) {
      client.response.destroy();
      return;
    }
    const now = status();
    const isWhole = client.change < store.lastRemoval || client.change < 0;
    if (isWhole) client.shown = new Set();
    const changed = store.issues.filter(({ fingerprint }) => {
      return isWhole || (store.marksOf(fingerprint)?.changed ?? 0) > client.change;
    });
    const { rows, gone } = sort(store, changed, client, now.now);
    client.change = store.change;
    const { facets, text } = this.#currentFacets();
    const change: Change = {
      isWhole,
      issues: rows,
      gone,
      facets: text === client.facets ? null : facets,
      status: now,
      requests: requests(),
    };
    client.facets = text;
    client.response.write(`id: ${this.#run}-${store.change}\ndata: ${JSON.stringify(change)}\n\n`);
  }
}

/** The rows that a client has to show, and those that it has to remove. */
function sort(
  store: Store,
  changed: readonly Issue[],
  { filter, shown }: Client,
  now: number,
): { rows: IssueRow[]; gone: string[] } {
  const rows: IssueRow[] = [];
  const gone: string[] = [];
  for (const issue of changed) {
    const { fingerprint } = issue;
    const row = matches(store, fingerprint, filter) ? rowOf(store, issue, now) : undefined;
    if (row !== undefined) {
      rows.push(row);
      shown?.add(fingerprint);
    } else if (shown === undefined || shown.delete(fingerprint)) {
      gone.push(fingerprint);
    }
  }
  return { rows, gone };
}
