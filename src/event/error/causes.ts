import { isObject } from '../../lib/safe-read.ts';
import { MAX_CAUSES, MAX_LINKS, nearestAndRoot } from './joined-causes.ts';
import { describeThrown } from './thrown.ts';
import type { Member, Thrown } from './thrown.ts';

/** A cause, and the original value, if we have it. */
export interface Found {
  readonly thrown: Thrown;
  readonly value: unknown;
}

/**
 * The causes of an error, at most five. First comes its chain of causes, the nearest first: of a
 * chain of more than five the first four and the last. Then come the members of it and its causes
 * (AggregateError, SuppressedError), and then the causes of the members. Each object counts once,
 * so cycles end.
 */
export function collectCauses(value: unknown, thrown: Thrown): readonly Found[] {
  const { cause: nearest, joined: written, members: own } = thrown;
  // Most errors have none.
  const hasCause = nearest !== undefined && nearest !== null;
  if (!hasCause && written.length + own.length === 0) return [];
  const seen = new Set<unknown>([value]);
  const found: Found[] = [];

  function meet(next: unknown, describe = () => describeThrown(next)): Found | undefined {
    if (seen.has(next)) return undefined;
    if (isObject(next)) seen.add(next);
    return { thrown: describe(), value: next };
  }

  /** The chain of causes of an error, up to its end. */
  function chainOf(head: Thrown): readonly Found[] {
    const chain: Found[] = [];
    for (let link = head; chain.length < MAX_LINKS;) {
      const { cause, joined } = link;
      if (cause === undefined || cause === null) {
        // Only if we don't have the cause itself, which says more than its text in a stack.
        return [...chain, ...joined.map((each) => ({ thrown: each, value: undefined }))];
      }
      const next = meet(cause);
      if (next === undefined) break;
      chain.push(next);
      link = next.thrown;
    }
    return chain;
  }

  let heads: readonly Thrown[] = [thrown];
  while (heads.length > 0 && found.length < MAX_CAUSES) {
    const members: Member[] = [];
    for (const head of heads) {
      const chain = nearestAndRoot(chainOf(head));
      found.push(...chain);
      for (const link of [head, ...chain.map((each) => each.thrown)]) members.push(...link.members);
    }
    const met = members
      .map((member) => meet(member.value, () => member.describe()))
      .filter((member) => member !== undefined);
    found.push(...met);
    heads = met.map((each) => each.thrown);
  }
  return found.slice(0, MAX_CAUSES);
}
