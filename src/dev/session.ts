import { prepare, work, type Working } from './job.ts';
import { isObject } from './json.ts';
import { parseRubyJson } from './ruby-json.ts';
import type { Store } from './store.ts';

/** Bytes of a session's line: those of the largest request, and what stands around it. */
const MAX_LINE = 700_000;

/** The kept events, a line of JSON for each: when it came, and what was sent. */
export function* sessionLines(store: Store): Generator<string> {
  for (const { id, resolved, received } of store.events) {
    const detail = store.detailOf(id);
    if (detail === undefined) continue;
    const { text, arrived } = detail;
    // If it was sent with line ends or comments, it would be no line of JSON.
    const isOneLine = text !== '' && !/[\r\n]/.test(text) && !text.includes('/*');
    const sent = isOneLine ? text : JSON.stringify(received);
    yield `{"arrived":${arrived},"resolved":${resolved},"sent":${sent}}\n`;
  }
}

/** What became of the lines of a session. */
export interface Loaded {
  loaded: number;
  /** Lines that were no event of a session. */
  skipped: number;
}

/** Takes the events of a session as if each had come at its time. */
export function loadSession(text: string, server: Working): Loaded {
  const result: Loaded = { loaded: 0, skipped: 0 };
  const resolved = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const { total } = server.store;
    const isResolved = loadLine(line.trim(), server);
    const event = server.store.events.at(-1);
    if (event === undefined || server.store.total === total) {
      result.skipped++;
      continue;
    }
    result.loaded++;
    // An issue is resolved at the end. Otherwise each of its events would count as a regression.
    if (isResolved) resolved.add(event.fingerprint);
    else resolved.delete(event.fingerprint);
  }
  for (const fingerprint of resolved) server.store.resolve(fingerprint);
  return result;
}

/** Whether the event of a line was resolved. */
function loadLine(line: string, server: Working): boolean {
  const entry = line.length > MAX_LINE ? undefined : parsed(line);
  if (!isObject(entry) || !isObject(entry['sent'])) return false;
  const arrived = typeof entry['arrived'] === 'number' ? entry['arrived'] : Date.now();
  const sent = /^\{"arrived":\d+,"resolved":(?:true|false),"sent":(.*)\}$/s.exec(line)?.[1];
  work([{ ...prepare(entry['sent'], sent, 0, arrived), arrived }], server);
  return entry['resolved'] === true;
}

function parsed(line: string): unknown {
  try {
    return parseRubyJson(line);
  } catch {
    return undefined;
  }
}
