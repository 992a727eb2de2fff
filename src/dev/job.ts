import { findNul, isObject, isTooDeep, countNodes, type JsonObject } from './json.ts';
import { checkGrouping, checkPages } from './pages.ts';
import { compressedSize } from './pglz.ts';
import { isBlank } from './ruby.ts';
import { keptFields, sanitize, type SanitizedEvent } from './sanitize.ts';
import { show, type Note, type RuleSection, type SilentLoss, type SilentRule } from './silent.ts';
import type { Issue, Store, StoredEvent } from './store.ts';

/** Bytes of an environment's name, compressed, that fit into the index it is in. */
const MAX_ENVIRONMENT_BYTES = 2700;
/** Notes that are kept of an event. One with 60,000 unknown keys has as many notes. */
const MAX_NOTES = 200;
/** Characters of a path in a note. A key may have half a million. */
const MAX_PATH = 300;
/** Bytes that a value takes in memory besides its characters. */
const NODE_BYTES = 48;

/** An element of a request that was queued, or a bare string, which has no message. */
export interface Queued {
  readonly received: JsonObject;
  /** The element as it was sent. */
  readonly text: string;
  /** Undefined if it is too deep for the job, so that nothing may walk through it. */
  readonly event: SanitizedEvent | undefined;
  readonly losses: readonly SilentLoss[];
  /** When it came, in milliseconds since the epoch. Default: now. */
  readonly arrived?: number;
}

/** What the job needs of the server around it. */
export interface Working {
  readonly store: Store;
  /** Whether the project takes no events at this moment. */
  readonly isPaused: () => boolean;
  /** Called for each silent loss. */
  readonly onLoss: (loss: SilentLoss) => void;
  /** Called for each stored event. */
  readonly onEvent: (event: StoredEvent, issue: Issue) => void;
}

/** An element of a request as it goes into the job. */
export function prepare(
  element: unknown,
  text: string | undefined,
  index: number,
  now: number,
): Queued {
  const losses: SilentLoss[] = [];
  const received = isObject(element) ? element : {};
  const sent = text ?? JSON.stringify(received);
  if (isTooDeep(keptFields(received))) return { received, text: sent, event: undefined, losses };
  return {
    arrived: now,
    received,
    text: sent,
    event: sanitize(received, now, noteIn(losses, index, '§6')),
    losses,
  };
}

/** The job that stores a request's events, in their order. */
export function work(queued: readonly Queued[], server: Working): void {
  const deep = queued.findIndex(({ event }) => event === undefined);
  if (deep >= 0) {
    const losses: SilentLoss[] = [];
    const reason = 'nested too deeply for the job: ErrSight answers 202 and loses the request';
    noteIn(losses, deep, '§5')('lost_batch', '', `${reason} of ${queued.length}`);
    for (const loss of losses) server.onLoss(loss);
    return;
  }
  for (const [index, item] of queued.entries()) {
    if (item.event !== undefined && !store(item, item.event, index, queued.length, server)) return;
  }
}

/** Stores one event, or says why not. False when it ends the job. */
function store(
  { received, text, losses, arrived }: Queued,
  event: SanitizedEvent,
  index: number,
  count: number,
  server: Working,
): boolean {
  const notes: SilentLoss[] = [...losses];
  const note = noteIn(notes, index, '§5');
  const poison = findPoison(event);
  const isDropped = server.isPaused() || isBlank(event.message);
  if (server.isPaused()) note('dropped_event', '', 'the project was paused after the 202');
  else if (isDropped)
    note('dropped_event', 'message', 'blank: ErrSight answers 202 and drops the event');
  else if (poison !== undefined)
    note('lost_batch', poison.path, lostBatch(poison.reason, count - index - 1));
  if (!isDropped && poison === undefined) {
    const weight = 2 * text.length + NODE_BYTES * countNodes(received);
    const {
      event: stored,
      issue,
      grouping,
    } = server.store.add(event, received, {
      text,
      weight,
      ...(arrived !== undefined && { arrived }),
    });
    checkPages(stored, noteIn(notes, index));
    checkGrouping(stored, grouping, noteIn(notes, index));
    server.store.annotate(stored.id, notes);
    server.onEvent(stored, issue);
  }
  for (const loss of notes) server.onLoss(loss);
  return isDropped || poison === undefined;
}

function lostBatch(reason: string, later: number): string {
  const others = later === 0 ? '' : ` and the ${later} after it`;
  return `${reason}: ErrSight answers 202 and loses this event${others}`;
}

/** What makes the database refuse an event in a way that ends the job. */
function findPoison(event: SanitizedEvent): { path: string; reason: string } | undefined {
  const bytes = compressedSize(event.environment);
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    return { path: 'environment', reason: `${bytes} bytes, compressed, do not fit into its index` };
  }
  for (const [key, value] of Object.entries(event)) {
    const path = findNul(value, key);
    if (path !== undefined) return { path, reason: `U+0000 in ${show(path)}` };
  }
  return undefined;
}

/** Without a section, the rule names it: grouping is §7, request ids §9, the pages' frames §8. */
function noteIn(losses: SilentLoss[], index: number, section?: RuleSection): Note {
  return (rule, path, detail) => {
    if (losses.length >= MAX_NOTES) return;
    const contract = section ?? sectionOf(rule, path);
    const short = path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
    losses.push({
      rule,
      path: short === '' ? `[${index}]` : `[${index}].${short}`,
      detail,
      contract,
    });
  };
}

function sectionOf(rule: SilentRule, path: string): RuleSection {
  if (rule === 'grouping') return '§7';
  return path === 'metadata.request_id' ? '§9' : '§8';
}
