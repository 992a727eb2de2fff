import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { facetsOf, matches, rowOf, type Filter } from './issue-list.ts';
import type { Change, Facets, IssueRow, RequestRow, Status } from './shapes.ts';
import type { Issue, Store } from './store.ts';

/** Changes are gathered for so long, in milliseconds: a storm is a few messages a second. */
const GATHER_MS = 100;
/** To count what the filters offer takes 10 ms for 10,000 events: it is done this often, in milliseconds. */
const FACETS_MS = 1000;
/** A comment this often, in milliseconds, shows a proxy or a browser that we are here. */
const BEAT_MS = 15_000;
/** When a browser tries again, in milliseconds. */
const RETRY_MS = 1000;
/** Who reads so slowly that this many bytes wait starts anew. */
const MAX_WAITING = 16_000_000;

export interface StreamSource {
  readonly store: Store;
  readonly status: () => Status;
  readonly requests: () => readonly RequestRow[];
}

interface Client {
  readonly response: ServerResponse;
  readonly filter: Filter;
  /** The change of the store up to which it knows all; -1: it knows nothing. */
  change: number;
  /** The fingerprints it shows; undefined when it came back and only it knows. */
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

  /** Something changed: pages hear of it soon. */
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

  /** Those of a second ago are good enough; they are told once they are counted again. */
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

/** The rows of what a client is to show, and what it is to show no longer. */
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
