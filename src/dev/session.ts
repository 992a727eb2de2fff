import { createHash } from 'node:crypto';
import { prepare, work, type Working } from './job.ts';
import { isObject, type JsonObject } from './json.ts';
import { parseRubyJson } from './ruby-json.ts';
import type { Store } from './store.ts';

/** Bytes of a line: an event of `errsight dev --json` has what was sent, up to 512 KiB, and what was kept of it. */
const MAX_LINE = 1_500_000;

/** The kept events, a line of JSON for each: when it came, and what was sent. */
export function* sessionLines(store: Store): Generator<string> {
  for (const { id, fingerprint, resolved, received } of store.events) {
    const detail = store.detailOf(id);
    if (detail === undefined) continue;
    const { text, arrived } = detail;
    // If it was sent with line ends or comments, it would be no line of JSON.
    const isOneLine = text !== '' && !/[\r\n]/.test(text) && !text.includes('/*');
    const sent = isOneLine ? text : JSON.stringify(received);
    const muted = store.marksOf(fingerprint)?.muted ?? false;
    yield `{"arrived":${arrived},"resolved":${resolved},"muted":${muted},"sent":${sent}}\n`;
  }
}

/** What became of the lines of a session. */
export interface Loaded {
  loaded: number;
  /** Lines with an event that was here before. */
  known: number;
  /** Lines that were no event. */
  skipped: number;
}

/** An event of a line, and what was done to it. */
interface Entry {
  readonly sent: JsonObject;
  readonly text: string | undefined;
  readonly arrived: number;
  readonly isResolved: boolean;
  readonly isMuted: boolean;
}

/**
 * Takes the events of a session as if each had come at its time. Events that are here already are
 * left out.
 */
export function loadSession(text: string, server: Working): Loaded {
  const { store } = server;
  const result: Loaded = { loaded: 0, known: 0, skipped: 0 };
  const before = countsOf(store);
  const resolved = new Set<string>();
  const muted = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const entries = entriesOf(line.trim());
    if (entries.length === 0) result.skipped++;
    for (const entry of entries) {
      const queued = {
        ...prepare(entry.sent, entry.text, 0, entry.arrived),
        arrived: entry.arrived,
      };
      const time = queued.event?.time;
      if (time !== undefined && isKnown(before, keyOf(time, entry.sent))) {
        result.known++;
        continue;
      }
      const { total } = store;
      work([queued], server);
      const event = store.events.at(-1);
      if (event === undefined || store.total === total) {
        result.skipped++;
        continue;
      }
      result.loaded++;
      // An issue is resolved at the end. Otherwise each of its events would count as a regression.
      if (entry.isResolved) resolved.add(event.fingerprint);
      else resolved.delete(event.fingerprint);
      if (entry.isMuted) muted.add(event.fingerprint);
    }
  }
  for (const fingerprint of resolved) store.resolve(fingerprint);
  for (const fingerprint of muted) store.mute(fingerprint, true);
  return result;
}

/** How often each event is here. Two events with the same time and content count as two. */
function countsOf({ events }: Store): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { time, received } of events) {
    const key = keyOf(time, received);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function isKnown(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  counts.set(key, count - 1);
  return count > 0;
}

function keyOf(time: number, sent: JsonObject): string {
  return createHash('sha256')
    .update(`${time} ${JSON.stringify(sent)}`)
    .digest('base64');
}

/**
 * The event of a line of a session or of `errsight dev --json`. Any other line is the event itself,
 * or a list of them.
 */
function entriesOf(line: string): Entry[] {
  const value = line.length > MAX_LINE ? undefined : parsed(line);
  const all = Array.isArray(value) ? (value as unknown[]) : [value];
  return all.filter(isObject).flatMap((each) => {
    const { sent, received, arrived, occurred_at: occurred, resolved, muted } = each;
    const isResolved = resolved === true;
    const isMuted = muted === true;
    if (isObject(sent)) {
      const text = SESSION_LINE.exec(line)?.[1];
      const time = typeof arrived === 'number' ? arrived : Date.now();
      return [{ sent, text, arrived: time, isResolved, isMuted }];
    }
    if (isObject(received)) {
      const time = Date.parse(String(occurred)) || Date.now();
      return [{ sent: received, text: undefined, arrived: time, isResolved, isMuted }];
    }
    if (!('message' in each)) return [];
    return [
      { sent: each, text: undefined, arrived: Date.now(), isResolved: false, isMuted: false },
    ];
  });
}

/** What was sent, as it was sent: `{"arrived":…,"resolved":…,"muted":…,"sent":…}`. */
const SESSION_LINE = /^\{"arrived":\d+,"resolved":\w+,(?:"muted":\w+,)?"sent":(.*)\}$/s;

function parsed(line: string): unknown {
  try {
    return parseRubyJson(line);
  } catch {
    return undefined;
  }
}
