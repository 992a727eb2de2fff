import { constructorName, isErrorInstance } from '../error/class.ts';
import { createLru } from '../../lib/lru.ts';
import { read } from '../../lib/safe-read.ts';
import type { Group, Grouper } from './group.ts';
import type { ErrsightEvent } from '../event.ts';
import type { Context, LogRecord } from '../record.ts';

/** UTF-16 units of a stack that is compared. */
const MAX_STACK = 16_384;
/** Errors of which it is known what issue they are. */
const ISSUES = 200;

/** Knows of which issue an error is before an event is made of it: one like it was seen. */
export class Issues {
  readonly #groups: Grouper;
  /** The keys of groups by those of errors. */
  readonly #known = createLru<string>({ maxEntries: ISSUES });

  /** What was learned last. Errors of one place share the array of their frames. */
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

  /** The error of this record has become this event, in the group of this key. */
  learn(record: LogRecord, event: ErrsightEvent, group: string): void {
    const { exception_frames: frames, exception_class: name = '' } = event.metadata;
    const last = this.#last;
    // To make the key takes 2 µs, and what fails often mostly fails at one place.
    if (last?.frames === frames && last?.name === name && last.group === group) return;
    if (!isGroupedByKey(event)) return;
    const key = repeatKey(record);
    if (key === undefined) return;
    this.#known.set(key, group);
    this.#last = { frames, name, group };
  }

  /** The group that an event of this record would be in; undefined where only the event would tell. */
  groupOf(record: LogRecord, contexts: readonly Context[]): Group | undefined {
    if (contexts.some((context) => read(context, 'fingerprint') !== undefined)) return undefined;
    const key = repeatKey(record);
    const group = key === undefined ? undefined : this.#known.get(key);
    return group === undefined ? undefined : this.#groups.find(group);
  }
}

/**
 * What two errors have in common that are one issue for their class and a frame of the application, known
 * before an event is made of either. Undefined where it takes an event to tell.
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

/** Whether an event is grouped by what its error's key tells. */
function isGroupedByKey({ metadata }: ErrsightEvent): boolean {
  const by = metadata['errsight_group'];
  if (by !== 'frame' && by !== 'line') return false;
  return metadata.exception_frames?.some((frame) => frame.in_app) ?? false;
}
