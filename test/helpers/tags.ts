import { DEFAULT_TAGS } from '../../src/default-tags.ts';

type Tags = Readonly<Record<string, string>>;

/** The tags of an event without those that events have by themselves, but for these. */
export function saidTags(
  event: { readonly tags: Tags } | undefined,
  ...but: readonly string[]
): Tags | undefined {
  if (event === undefined) return undefined;
  const isSaid = (name: string): boolean =>
    but.includes(name) || !(DEFAULT_TAGS as readonly string[]).includes(name);
  return Object.fromEntries(Object.entries(event.tags).filter(([name]) => isSaid(name)));
}
