import { isObject } from '../../lib/safe-read.ts';
import { MAX_CAUSES } from './joined-causes.ts';
import { describeThrown } from './thrown.ts';
import type { Member, Thrown } from './thrown.ts';

/** A cause, and what it was, where that is at hand. */
export interface Found {
  readonly thrown: Thrown;
  readonly value: unknown;
}

/**
 * What led to an error, at most five: its chain of causes from the nearest on, then the errors that
 * it or one of its causes stands for (AggregateError, SuppressedError), then the causes of those.
 * Each object counts once, so cycles end.
 */
export function collectCauses(value: unknown, thrown: Thrown): readonly Found[] {
  const seen = new Set<unknown>([value]);
  const found: Found[] = [];

  function meet(next: unknown, describe = () => describeThrown(next)): Thrown | undefined {
    if (found.length >= MAX_CAUSES || seen.has(next)) return undefined;
    if (isObject(next)) seen.add(next);
    const described = describe();
    found.push({ thrown: described, value: next });
    return described;
  }

  function follow(link: Thrown): Thrown | undefined {
    if (link.cause !== undefined && link.cause !== null) return meet(link.cause);
    // Only where the cause itself is not at hand: it says more than its text in a stack.
    for (const joined of link.joined.slice(0, MAX_CAUSES - found.length)) {
      found.push({ thrown: joined, value: undefined });
    }
    return undefined;
  }

  let heads: readonly Thrown[] = [thrown];
  while (heads.length > 0) {
    const members: Member[] = [];
    for (const head of heads) {
      for (let link: Thrown | undefined = head; link; link = follow(link)) {
        members.push(...link.members);
      }
    }
    heads = members
      .map((member) => meet(member.value, () => member.describe()))
      .filter((member) => member !== undefined);
  }
  return found;
}
