import { isObject } from '../../lib/safe-read.ts';
import { MAX_CAUSES, MAX_LINKS, nearestAndRoot } from './joined-causes.ts';
import { describeThrown } from './thrown.ts';
import type { Member, Thrown } from './thrown.ts';

/** A cause, and what it was, where that is at hand. */
export interface Found {
  readonly thrown: Thrown;
  readonly value: unknown;
}

/**
 * What led to an error, at most five: its chain of causes from the nearest on, of a longer one the first
 * four and the last; then the errors that it or one of its causes stands for (AggregateError,
 * SuppressedError), then the causes of those. Each object counts once, so cycles end.
 */
export function collectCauses(value: unknown, thrown: Thrown): readonly Found[] {
  const seen = new Set<unknown>([value]);
  const found: Found[] = [];

  function meet(next: unknown, describe = () => describeThrown(next)): Found | undefined {
    if (seen.has(next)) return undefined;
    if (isObject(next)) seen.add(next);
    return { thrown: describe(), value: next };
  }

  /** The causes of an error, up to the end of the chain. */
  function chainOf(head: Thrown): readonly Found[] {
    const chain: Found[] = [];
    for (let link = head; chain.length < MAX_LINKS;) {
      const { cause, joined } = link;
      if (cause === undefined || cause === null) {
        // Only where the cause itself is not at hand: it says more than its text in a stack.
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
