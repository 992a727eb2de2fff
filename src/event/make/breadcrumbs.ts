import { isObject, read } from '../../lib/safe-read.ts';
import { isBlank } from '../../lib/text.ts';
import { isoTime } from '../../lib/time.ts';
import { levelFromName } from '../level.ts';
import type { Breadcrumb } from '../event.ts';
import type { BreadcrumbInput } from '../record.ts';
import type { Scrubber } from '../scrub/scrubber.ts';
import type { Json } from '../scrub/plain-copy.ts';

/** Characters that ErrSight keeps of a breadcrumb's texts. */
const CATEGORY = 60;
const MESSAGE = 500;
/** Keys that ErrSight keeps of a breadcrumb's data. */
const DATA_KEYS = 20;

/** Keeps the last `capacity` things that were pushed. */
export class Ring<T> {
  readonly capacity: number;
  /** Made with the first thing, since most rings stay empty, and each request has three. */
  #items: T[] | undefined;
  #start = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(item: T): void {
    if (this.capacity === 0) return;
    const items = (this.#items ??= []);
    if (items.length < this.capacity) {
      items.push(item);
    } else {
      items[this.#start] = item;
      this.#start = (this.#start + 1) % this.capacity;
    }
  }

  /** Oldest first. */
  toArray(): T[] {
    const items = this.#items;
    if (items === undefined) return [];
    if (this.#start === 0) return items.slice();
    return [...items.slice(this.#start), ...items.slice(0, this.#start)];
  }

  clear(): void {
    this.#items = undefined;
    this.#start = 0;
  }
}

/** The newest breadcrumbs of a trail. */
export function lastOf<T>(list: T[], count: number): T[] {
  return count > 0 ? list.slice(-count) : [];
}

/** Makes a breadcrumb of what a caller gave. It is complete, bounded and scrubbed. */
export function makeBreadcrumb(
  input: BreadcrumbInput,
  scrub: Scrubber,
  now: number = Date.now(),
): Breadcrumb {
  const message = read(input, 'message');
  const given = read(input, 'category');
  const category = typeof given === 'string' ? scrub.text(given.trim(), CATEGORY).trim() : '';
  const data = read(input, 'data');
  const level = read(input, 'level');
  return {
    timestamp: isoTime(read(input, 'timestamp'), now),
    level: (typeof level === 'string' ? levelFromName(level) : undefined) ?? 'info',
    ...(!isBlank(category) && { category }),
    ...(typeof message === 'string' && { message: scrub.text(message, MESSAGE) }),
    ...(isObject(data) && { data: breadcrumbData(scrub.value(data)) }),
  };
}

function breadcrumbData(data: Json): Record<string, Json> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return { value: data };
  const result = Object.fromEntries(Object.entries(data).slice(0, DATA_KEYS));
  // ErrSight's page of an event fails if `data.sql` is no string, or if the duration beside it is
  // no number.
  const { sql, duration_ms: duration } = result;
  if (sql !== undefined && typeof sql !== 'string') result['sql'] = JSON.stringify(sql);
  if (typeof duration === 'boolean' || typeof duration === 'object') {
    result['duration_ms'] = JSON.stringify(duration);
  }
  return result;
}
