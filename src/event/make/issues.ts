import { constructorName, isErrorInstance } from '../error/class.ts';
import { createLru } from '../../lib/lru.ts';
import { read } from '../../lib/safe-read.ts';
import type { Group, Grouper } from './group.ts';
import type { ErrsightEvent } from '../event.ts';
import type { Context, LogRecord } from '../record.ts';

/** UTF-16 units of a stack that is compared. */
const MAX_STACK = 16_384;
/** Errors whose issue is remembered. */
const ISSUES = 200;

/** Knows the issue of an error before its event is made, if one like it was seen before. */
export class Issues {
  readonly #groups: Grouper;
  /** The keys of groups, by the keys of errors. */
  readonly #known = createLru<string>({ maxEntries: ISSUES });

  /** What was learned last. Errors of the same place share the array of their frames. */
  #last:
    | {
        readonly frames: ErrsightEvent['metadata']['exception_frames'];
        readonly name: string;
        readonly group: string;
      }
    | undefined;

  constructor(groups: Grouper) {
    this.#groups = groups;
  }

  /** Remembers that the error of this record has become this event, in the group with this key. */
  learn(record: LogRecord, event: ErrsightEvent, group: string): void {
    const { exception_frames: frames, exception_class: name = '' } = event.metadata;
    const last = this.#last;
    // To make the key takes 2 µs, and frequent errors mostly come from one place.
    if (last?.frames === frames && last?.name === name && last.group === group) return;
    if (!isGroupedByKey(event)) return;
    const key = repeatKey(record);
    if (key === undefined) return;
    this.#known.set(key, group);
    this.#last = { frames, name, group };
  }

  /** The group that this record's event would be in. Undefined if only the event can tell. */
  groupOf(record: LogRecord, contexts: readonly Context[]): Group | undefined {
    if (contexts.some((context) => read(context, 'fingerprint') !== undefined)) return undefined;
    const key = repeatKey(record);
    const group = key === undefined ? undefined : this.#known.get(key);
    return group === undefined ? undefined : this.#groups.find(group);
  }
}

/**
 * A key that errors share if they are one issue by their class and a frame of the application. It
 * is known before an event is made. Undefined if only an event can tell.
 */
function repeatKey({ thrown }: LogRecord): string | undefined {
  if (thrown === undefined || thrown.shown !== undefined) return undefined;
  const { value } = thrown;
  if (!isErrorInstance(value)) return undefined;
  const [stack, name] = [read(value, 'stack'), read(value, 'name')];
  if (typeof stack !== 'string' || stack.length > MAX_STACK || typeof name !== 'string') {
    return undefined;
  }
  const frames = stack.indexOf('\n    at ');
  return frames < 0 ? undefined : `${constructorName(value)}|${name}${stack.slice(frames)}`;
}

/** Whether an event is grouped by what is in its error's key. */
function isGroupedByKey({ metadata }: ErrsightEvent): boolean {
  const by = metadata['errsight_group'];
  if (by !== 'frame' && by !== 'line') return false;
  return metadata.exception_frames?.some((frame) => frame.in_app) ?? false;
}
