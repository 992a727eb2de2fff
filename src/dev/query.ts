/** Reads what is typed into the search: words in any order, and fields with their values. */
import { isObject } from './json.ts';
import type { StoredEvent } from './store.ts';

/** A word or a phrase, or a field's value, which may also be meant as a text. */
export interface Term {
  readonly text: string;
  readonly field?: { readonly name: string; readonly value: string };
}

/** `level:error`, `tenant:"a b"`, `"two words"`, `word`. */
export function readQuery(query: string): Term[] {
  const tokens = query.toLowerCase().matchAll(/(?:([\w.-]+):)?(?:"([^"]*)"?|(\S+))/g);
  return [...tokens].flatMap(([whole, name, quoted, bare]) => {
    const value = quoted ?? bare ?? '';
    if (value === '') return [];
    if (name === undefined) return [{ text: value }];
    return [{ text: whole.replaceAll('"', ''), field: { name, value } }];
  });
}

/** Whether one event matches all of the search. */
export function isFound(event: StoredEvent, terms: readonly Term[]): boolean {
  if (terms.length === 0) return true;
  const all = searched(event).join('\n').toLowerCase();
  return terms.every(({ text, field }) => {
    if (field === undefined) return all.includes(text) || isIssue(event, text);
    const values = valuesOf(event, field.name);
    return values.some((each) => each.toLowerCase().startsWith(field.value)) || all.includes(text);
  });
}

/**
 * Only the beginning of a fingerprint counts, since the terminal shows it. A part within would be
 * found by chance.
 */
function isIssue({ fingerprint }: StoredEvent, text: string): boolean {
  return text.length >= 6 && fingerprint.startsWith(text);
}

/** The values of a field that the search knows by name, or of a tag. */
function valuesOf(event: StoredEvent, name: string): readonly string[] {
  switch (name) {
    case 'level':
      return [event.level];
    case 'env':
    case 'environment':
      return [event.environment];
    case 'release':
      return event.release === null ? [] : [event.release];
    case 'user':
      return Object.values(event.user_context).filter((each) => typeof each === 'string');
    default:
      return Object.entries(event.tags).flatMap(([key, value]) =>
        key.toLowerCase() === name ? [value] : [],
      );
  }
}

/** The texts that people search: the message, the place, the user, the request. */
function searched(event: StoredEvent): string[] {
  const { metadata, tags, user_context: user } = event;
  const values = [...Object.values(metadata), ...Object.values(user)];
  const texts = values.filter((value): value is string => typeof value === 'string');
  const frames = metadata['exception_frames'];
  const top = Array.isArray(frames) ? (frames as unknown[]).find(isObject) : undefined;
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return [
    event.message,
    ...texts,
    ...pairs,
    ...(top === undefined ? [] : [`${String(top['filename'])} ${String(top['function'])}`]),
  ];
}
