import { isObject } from './json.ts';
import type { StoredEvent } from './store.ts';

/** What errsight writes in place of a secret. */
const MARK = '[Filtered]';
/** Places that are looked for. */
const MOST = 200;

/** Where something was filtered in an event, and whether by the name of a field or within a text. */
export interface Filtered {
  readonly path: string;
  readonly rule: 'name' | 'text';
}

/** All places of an event in which something was filtered. */
export function filteredIn(event: StoredEvent): readonly Filtered[] {
  const found: Filtered[] = [];
  const look = (value: unknown, path: string): void => {
    if (found.length === MOST) return;
    if (typeof value === 'string') {
      if (value.includes(MARK)) found.push({ path, rule: value === MARK ? 'name' : 'text' });
    } else if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) look(element, `${path}[${index}]`);
    } else if (isObject(value)) {
      for (const [key, element] of Object.entries(value)) look(element, `${path}.${key}`);
    }
  };
  const { message, backtrace, metadata, tags, user_context: user, breadcrumbs } = event;
  look(message, 'message');
  look(backtrace, 'backtrace');
  look(metadata, 'metadata');
  look(tags, 'tags');
  look(user, 'user');
  look(breadcrumbs, 'breadcrumbs');
  return found;
}
