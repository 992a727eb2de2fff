import type { Lane } from '../lanes.ts';
import type { Entry, Segment } from './segment.ts';

/** The events that give way at the end of a file, the newest first. */
export interface Cut {
  readonly segment: Segment;
  readonly entries: readonly Entry[];
}

/**
 * Which events give way to one of this lane, so that `bytes` bytes get free: those of the last lane
 * first, of one lane the newest first. None if all that matters less is not enough.
 */
export function cutsFor(segments: readonly Segment[], lane: Lane, bytes: number): readonly Cut[] {
  const cuts: Cut[] = [];
  let missing = bytes;
  for (const segment of leastImportantFirst(segments)) {
    if (missing <= 0) break;
    const entries = segment.newestBelow(lane, missing);
    if (entries.length === 0) continue;
    cuts.push({ segment, entries });
    for (const { length } of entries) missing -= length;
  }
  return missing > 0 ? [] : cuts;
}

function leastImportantFirst(segments: readonly Segment[]): readonly Segment[] {
  return segments
    .flatMap((segment) => {
      const { newest } = segment;
      return newest === undefined ? [] : [{ segment, newest }];
    })
    .toSorted((a, b) => b.newest.lane - a.newest.lane || b.newest.at - a.newest.at)
    .map(({ segment }) => segment);
}
