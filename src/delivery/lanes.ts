/** How important an event is. A lower number is sent sooner and gives way later. */
export type Lane = 0 | 1 | 2 | 3 | 4;

export interface LaneRow {
  readonly lane: Lane;
  readonly what: string;
  /** Whether ErrSight has this issue already, so that one more event tells little. */
  readonly isRepeat: boolean;
  /**
   * How full the spool may be for an event of this lane to be written. So the last quarter is not
   * for warnings, and the last twentieth (3.2 of 64 MiB) is for fatal errors alone. Only when that
   * is used up does anything have to give way.
   */
  readonly diskShare: number;
}

/**
 * All lanes, the most important first. The level counts more than whether the issue is new: many
 * new warnings must not cost one error. On the disk a lane is its number.
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

export function laneOf(level: string, isFirst: boolean): Lane {
  if (level === 'fatal') return LANE_FATAL;
  if (level === 'error') return isFirst ? LANE_FIRST_ERROR : LANE_ERROR;
  return isFirst ? LANE_FIRST : LANE_REST;
}

export function isRepeat(lane: Lane): boolean {
  return LANE_TABLE[lane].isRepeat;
}

/** The lane of a digit on the disk. A digit that only a later version knows is the last lane. */
export function laneFromDigit(digit: number): Lane {
  return LANES[digit] ?? LANE_REST;
}
