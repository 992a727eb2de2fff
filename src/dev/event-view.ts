import { filteredIn } from './filtered.ts';
import { firstLine, fingerprintParts, type Grouping } from './grouping.ts';
import { rowOf } from './issue-list.ts';
import { isObject } from './json.ts';
import { isTruthy, toS } from './ruby.ts';
import type { EventView, GroupingShape, Status } from './shapes.ts';
import type { Store, StoredEvent } from './store.ts';

/** Events of the same request that are listed. */
const MAX_SAME_REQUEST = 20;
const MAX_TITLE = 200;

/** All that the page shows of an event. Undefined if the event is not kept. */
export function viewOf(
  store: Store,
  id: number,
  { now, root }: Pick<Status, 'now' | 'root'>,
): EventView | undefined {
  const event = store.find(id);
  const issue = event && store.issueOf(event.fingerprint);
  const row = issue && rowOf(store, issue, now);
  const detail = store.detailOf(id);
  if (event === undefined || row === undefined || detail === undefined) return undefined;
  const { received: _received, time: _time, ...shown } = event;
  const siblings = store.eventsOf(event.fingerprint);
  const index = siblings.indexOf(event);
  return {
    event: { ...shown, user_context: { ...shown.user_context } },
    issue: row,
    place: index + 1,
    kept: siblings.length,
    previous: siblings[index - 1]?.id ?? null,
    next: siblings[index + 1]?.id ?? null,
    sameRequest: sameRequest(store, event),
    grouping: explain(event, detail.grouping),
    filtered: filteredIn(event),
    notes: detail.notes.map(({ rule, path, detail: text }) => ({
      rule,
      path: path.replace(/^\[\d+\]\.?/, ''),
      detail: text,
    })),
    sent: detail.text,
    root,
  };
}

function sameRequest(store: Store, event: StoredEvent): EventView['sameRequest'] {
  const request = event.metadata['request_id'];
  if (typeof request !== 'string' || request === '') return [];
  return store.events
    .filter((other) => other !== event && other.metadata['request_id'] === request)
    .slice(-MAX_SAME_REQUEST)
    .map(({ id, level, message }) => ({ id, level, title: message.slice(0, MAX_TITLE) }));
}

/** Why an event belongs to its issue, and what would have put it into another. */
function explain(event: StoredEvent, grouping: Grouping): GroupingShape {
  if (grouping === 'client') return explainSent(event);
  if (grouping === 'frames') {
    const frames = event.metadata['exception_frames'] as unknown[];
    const top = frames.find((frame) => isObject(frame) && isTruthy(frame['in_app']));
    const frame = isObject(top) ? top : {};
    const name = event.metadata['exception_class'];
    return {
      rule: 'The class, and the file and function of the first frame of the application.',
      parts: [
        { name: 'class', value: isTruthy(name) ? toS(name) : 'Unknown' },
        { name: 'file', value: toS(frame['filename']) },
        { name: 'function', value: toS(frame['function']) },
      ],
      splits:
        'Another class, file or function. The message, the line number, the level, the ' +
        'environment and the release play no part.',
    };
  }
  return {
    rule: 'The message with its digits as N, and the first line of the backtrace.',
    parts: [
      { name: 'message', value: event.message.replaceAll(/\d+/g, 'N') },
      { name: 'first line', value: firstLine(event.backtrace) },
    ],
    splits: 'Any other word in the message, and a digit in the first line of the backtrace.',
  };
}

const SENT_RULES: Readonly<Record<string, string>> = {
  frame: 'The client saw no frame of the application: the class, its codes and the first library.',
  line: 'The function has no telling name, so the text of the failing line stands for it.',
  message: 'There is no telling frame: the message, without numbers, ids and addresses.',
};
const SENT_NAMES: Readonly<Record<string, readonly string[]>> = {
  line: ['class', 'file', 'line'],
  message: ['message'],
  frame: ['class'],
};

function explainSent({ metadata, received }: StoredEvent): GroupingShape {
  const by = metadata['errsight_group'];
  const names = typeof by === 'string' ? (SENT_NAMES[by] ?? []) : [];
  return {
    rule:
      (typeof by === 'string' ? SENT_RULES[by] : undefined) ??
      'The fingerprint that the application gave.',
    parts: fingerprintParts(received['fingerprint']).map((value, index) => ({
      name: names[index] ?? `part ${index + 1}`,
      value,
    })),
    splits: 'Any other part. Nothing else of the event plays a part.',
  };
}
