/** The five levels ErrSight knows, lowest first. Any other name would be stored as `info`. */
export const LEVELS = ['debug', 'info', 'warning', 'error', 'fatal'] as const;

/** A level as ErrSight stores it. */
export type Level = (typeof LEVELS)[number];

/** The severity of a level: 0 (`debug`) to 4 (`fatal`). */
export function severity(level: Level): number {
  return SEVERITIES[level];
}

// Not looked up in the list, since each line asks for three.
const SEVERITIES: Readonly<Record<Level, number>> = {
  debug: 0,
  info: 1,
  warning: 2,
  error: 3,
  fatal: 4,
};

/** The higher one of two levels. */
export function graver(one: Level, other: Level): Level {
  return severity(one) >= severity(other) ? one : other;
}

/**
 * The names that loggers and people use for levels: pino, winston's npm, cli and syslog sets,
 * bunyan, Google Cloud's severities, Python's.
 */
const NAMES: ReadonlyMap<string, Level> = new Map<string, Level>([
  ['silly', 'debug'],
  ['trace', 'debug'],
  ['verbose', 'debug'],
  ['debug', 'debug'],
  ['data', 'debug'],
  ['prompt', 'debug'],
  ['input', 'debug'],
  ['http', 'info'],
  ['info', 'info'],
  ['information', 'info'],
  ['help', 'info'],
  ['log', 'info'],
  ['default', 'info'],
  ['notice', 'info'],
  ['success', 'info'],
  ['warn', 'warning'],
  ['warning', 'warning'],
  ['error', 'error'],
  ['err', 'error'],
  ['severe', 'error'],
  ['alert', 'fatal'],
  ['crit', 'fatal'],
  ['critical', 'fatal'],
  ['emerg', 'fatal'],
  ['emergency', 'fatal'],
  ['panic', 'fatal'],
  ['fatal', 'fatal'],
]);

/** A longer text is no level, and would be copied for nothing. */
const MAX_NAME = 100;

/** The level for a name, in upper or lower case, or undefined for an unknown name. */
export function levelFromName(name: string): Level | undefined {
  if (name.length > MAX_NAME) return undefined;
  return NAMES.get(name) ?? NAMES.get(name.trim().toLowerCase());
}

/** The level from which on a line is an event, and the one from which on it is a breadcrumb. */
export interface Thresholds {
  readonly minLevel: Level;
  readonly breadcrumbLevel: Level;
}

export type Destiny = 'event' | 'breadcrumb' | 'nothing';

/** What a line of this level becomes. */
export function destinyOf(level: Level, { minLevel, breadcrumbLevel }: Thresholds): Destiny {
  const grave = severity(level);
  if (grave >= severity(minLevel)) return 'event';
  return grave >= severity(breadcrumbLevel) ? 'breadcrumb' : 'nothing';
}

/** pino's and bunyan's scale: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
export function levelFromNumber(value: number): Level {
  if (value >= 60) return 'fatal';
  if (value >= 50) return 'error';
  if (value >= 40) return 'warning';
  if (value >= 30) return 'info';
  return 'debug';
}

/** A custom level's name on that scale says more than its number. */
export function levelOnScale(value: number, names: Readonly<Record<string, string>>): Level {
  const name = names[value];
  return (name === undefined ? undefined : levelFromName(name)) ?? levelFromNumber(value);
}
