/** How important an event is: the lower the number, the sooner it is sent, the later it gives way. */
export type Lane = 0 | 1 | 2 | 3 | 4;

export interface LaneRow {
  readonly lane: Lane;
  readonly what: string;
  /** Whether ErrSight has this issue already, so that one event more tells little. */
  readonly isRepeat: boolean;
  /**
   * What a spool may be filled up to by events of this lane: the last quarter of the disk is not for
   * warnings, and the last twentieth, 3.2 of 64 MiB, for fatal errors alone. Nothing that was written has
   * to be moved for that.
   */
  readonly diskShare: number;
}

/**
 * All lanes, the most important first. The level comes before newness: many warnings that were never
 * seen before must not cost one error. On the disk a lane is its number.
 */
export const LANE_TABLE: Readonly<Record<Lane, LaneRow>> & readonly LaneRow[] = [
  { lane: 0, what: 'fatal errors', isRepeat: false, diskShare: 1 },
  { lane: 1, what: 'the first error of each issue', isRepeat: false, diskShare: 0.95 },
  { lane: 2, what: 'errors of known issues', isRepeat: true, diskShare: 0.9 },
  { lane: 3, what: 'the first event of each issue below error', isRepeat: false, diskShare: 0.8 },
  { lane: 4, what: 'all else', isRepeat: true, diskShare: 0.75 },
];

export const LANES: readonly Lane[] = LANE_TABLE.map(({ lane }) => lane);

export const LANE_FATAL: Lane = 0;
export const LANE_FIRST_ERROR: Lane = 1;
export const LANE_ERROR: Lane = 2;
export const LANE_FIRST: Lane = 3;
export const LANE_REST: Lane = 4;

/** The lane of an event of this level. */
export function laneOf(level: string, isFirst: boolean): Lane {
  if (level === 'fatal') return LANE_FATAL;
  if (level === 'error') return isFirst ? LANE_FIRST_ERROR : LANE_ERROR;
  return isFirst ? LANE_FIRST : LANE_REST;
}

export function isRepeat(lane: Lane): boolean {
  return LANE_TABLE[lane].isRepeat;
}

/** The lane that a digit on the disk stands for. One that only a later version knows comes last. */
export function laneFromDigit(digit: number): Lane {
  return LANES[digit] ?? LANE_REST;
}
