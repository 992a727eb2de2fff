import { isErrorLike } from '../../src/event/error/class.ts';
import { copyOf, attempt, isObject, keysOf, read } from '../../src/lib/safe-read.ts';
import { levelFromName, type Level } from '../../src/event/level.ts';
import { bigintText } from '../../src/lib/text.ts';
import { isFields, take, takeContext, takeThrown, type Fields } from '../fields.ts';
import { toMilliseconds } from '../pino/records.ts';
import { redactedError } from './redacted.ts';
import { propertiesOf, type Saying } from './saying.ts';
import type { LogRecord } from '../../src/event/record.ts';
import type { Line } from '../logger-client.ts';

/** Where winston keeps the level, which formats may colour in the text. */
const LEVEL = Symbol.for('level');

/** The levels of a logger: its names, the gravest with the lowest number. */
export type Levels = Readonly<Record<string, number>>;

/** How winston marks what its handlers have caught, and what Node calls it. */
const CAUGHT = { exception: 'uncaughtException', rejection: 'unhandledRejection' } as const;
type Caught = (typeof CAUGHT)[keyof typeof CAUGHT];

/** What winston's handlers say besides the error: the process, and the error once more. */
const OF_HANDLERS = ['error', 'exception', 'rejection', 'stack', 'trace', 'date', 'process', 'os'];

/** What every line has. */
const OF_LINES: ReadonlySet<string> = new Set(['level', 'message']);

/** ms up to which a timestamp says what the event's own time says: a line can wait for a slow transport. */
const SAME_MOMENT = 60_000;

/** Which of its handlers of winston's a line comes from, if from any: one of express-winston's has a request. */
export function caughtBy(info: object): Caught | undefined {
  if (isObject(read(info, 'req'))) return undefined;
  if (read(info, 'exception') === true) return CAUGHT.exception;
  return read(info, 'rejection') === true ? CAUGHT.rejection : undefined;
}

/** The level of a line; by what stands beside it among the logger's levels, if its name says nothing. */
export function levelOf(info: object, levels: Levels | undefined): Level {
  // As with `init`: it ends the process.
  if (caughtBy(info) === CAUGHT.exception) return 'fatal';
  const given = attempt(() => Reflect.get(info, LEVEL) as unknown) ?? read(info, 'level');
  if (typeof given !== 'string') return 'info';
  return levelFromName(given) ?? levelFromPlace(given, levels) ?? 'info';
}

function isKnown(name: string): boolean {
  return levelFromName(name) !== undefined;
}

/** Where no name of a set says anything: from the gravest down. */
const BY_PLACE: readonly Level[] = ['error', 'warning', 'info', 'debug'];

/**
 * The level of the next less grave one whose name is known, else of the next graver one. Among names
 * that all say nothing, its share of the way from the gravest, an `error`, down to `debug`.
 */
function levelFromPlace(name: string, levels: Levels | undefined): Level | undefined {
  if (!isObject(levels) || typeof read(levels, name) !== 'number') return undefined;
  const names = Object.keys(levels).toSorted((a, b) => (levels[a] ?? 0) - (levels[b] ?? 0));
  const place = names.indexOf(name);
  const beside = names.slice(place).find(isKnown) ?? names.slice(0, place).findLast(isKnown);
  if (beside !== undefined) return levelFromName(beside);
  return BY_PLACE[Math.round((place / Math.max(1, names.length - 1)) * (BY_PLACE.length - 1))];
}

/**
 * What a transport of winston's gets, as a record. Reads, and never writes: the other transports get
 * the same object.
 */
export function winstonLine(info: object, level: Level, saying: Saying, time: number): Line {
  const said = read(info, 'message');
  const rest = copyOf(info, OF_LINES);
  const caught = caughtBy(info);
  if (caught !== undefined) return caughtLine(rest, saying, { level, time, caught });
  // `error({ orderId: 17 })`: without a text winston takes the whole for one.
  const isBare = isFields(said) && !isErrorLike(said);
  const fields = isBare ? { ...rest, ...copyOf(said) } : rest;
  dropTimestamp(fields, time);
  const context = takeContext(fields);
  const thrown = takeLogged(info, fields, saying) ?? takeThrown(fields, 'err');
  const changed = thrown && changedBy(info, thrown.value, saying);
  const message =
    isBare && thrown === undefined ? (attempt(() => JSON.stringify(said)) ?? '') : textOf(said);
  return {
    record: {
      time,
      level,
      message: message.endsWith(saying.joined) ? withoutEnd(message, saying.joined) : message,
      ...(thrown && { thrown: changed === undefined ? thrown : { ...thrown, shown: changed } }),
      mechanism: 'winston',
      logger: fields['label'],
      fields,
    },
    context,
  };
}

/** The error as a format left it, where winston has put its message into the text. */
function changedBy(info: object, error: unknown, saying: Saying): object | undefined {
  const wasSaid = saying.isWhole || saying.joined !== '';
  return wasSaid && isObject(error) ? redactedError(error, read(info, 'message')) : undefined;
}

/** The same as what `init` reports of it; what winston says of the process is left out. */
function caughtLine(
  rest: Fields,
  { error }: Saying,
  {
    level,
    time,
    caught,
  }: { readonly level: Level; readonly time: number; readonly caught: Caught },
): Line {
  const thrown = { value: error ?? rest['error'] };
  const fields: Fields = { ...rest, mechanism: caught };
  for (const key of OF_HANDLERS) delete fields[key];
  dropTimestamp(fields, time);
  // The level is said as well, since the scope's would win over the record's.
  const context = { ...takeContext(fields), level };
  const record = { time, level, message: '', thrown, mechanism: caught, handled: false, fields };
  return { record, context };
}

/** The error that the line itself is about, or a copy of; takes what else there is of it out of the fields. */
function takeLogged(info: object, fields: Fields, { error, isWhole }: Saying): LogRecord['thrown'] {
  if (error === undefined) {
    // A copy that a format made, of which nothing else is known.
    return typeof read(info, 'stack') === 'string' && isErrorLike(info)
      ? { value: takeCopy(info, fields) }
      : undefined;
  }
  const own = propertiesOf(error);
  for (const key of Object.keys(fields)) {
    const isCopied = OF_ERRORS.has(key) || own.has(key);
    if (fields[key] === error || (isCopied && Object.is(fields[key], read(error, key)))) {
      delete fields[key];
    }
  }
  if (!isWhole) return { value: error };
  return { value: error, beside: new Set(keysOf(error).filter((key) => !own.has(key))) };
}

/** What makes an error of an object. */
const OF_ERRORS: ReadonlySet<string> = new Set([
  'name',
  'stack',
  'cause',
  'errors',
  'aggregateErrors',
]);

function takeCopy(info: object, fields: Fields): Fields {
  const copy: Fields = { message: read(info, 'message') };
  for (const key of OF_ERRORS) if (Object.hasOwn(fields, key)) copy[key] = take(fields, key);
  return copy;
}

/** Takes out a timestamp of `format.timestamp` that says what is known; any other is a field. */
function dropTimestamp(fields: Fields, time: number): void {
  const said = toMilliseconds(fields['timestamp']);
  if (said !== undefined && Math.abs(said - time) <= SAME_MOMENT) delete fields['timestamp'];
}

/** Scalars as text; anything else is no text. */
function textOf(said: unknown): string {
  if (typeof said === 'string') return said;
  if (typeof said === 'bigint') return bigintText(said);
  return typeof said === 'number' || typeof said === 'boolean' ? String(said) : '';
}

function withoutEnd(text: string, end: string): string {
  return end === '' ? text : text.slice(0, -end.length);
}
