import { isErrorLike } from '../../src/event/error/class.ts';
import { copyOf, attempt, isObject, keysOf, read } from '../../src/lib/safe-read.ts';
import { levelFromName, type Level } from '../../src/event/level.ts';
import { bigintText } from '../../src/lib/text.ts';
import { isFields, take, takeContext, takeThrown, type Fields } from '../fields.ts';
import { toMilliseconds } from '../pino/records.ts';
import { redactedError } from './redacted.ts';
import { NOTHING, propertiesOf, type Saying } from './saying.ts';
import type { LogRecord } from '../../src/event/record.ts';
import type { Line } from '../logger-client.ts';

/** Where winston keeps the level, which formats may colour in the text. */
const LEVEL: unique symbol = Symbol.for('level');

/** The levels of a logger: numbers by name. The most severe has the lowest number. */
export type Levels = Readonly<Record<string, number>>;

/** How winston marks lines of its handlers, and what Node calls them. */
const CAUGHT = { exception: 'uncaughtException', rejection: 'unhandledRejection' } as const;
export type Caught = (typeof CAUGHT)[keyof typeof CAUGHT];

/** What winston's handlers write besides the error: the process, and the error a second time. */
const OF_HANDLERS = ['error', 'exception', 'rejection', 'stack', 'trace', 'date', 'process', 'os'];

/** The fields of every line. */
const OF_LINES: ReadonlySet<string> = new Set(['level', 'message']);

/**
 * ms by which a timestamp may differ from the event's time and still say the same. A line can wait
 * for a slow transport.
 */
const SAME_MOMENT = 60_000;

/**
 * Which of winston's handlers a line comes from, if any. express-winston marks lines in the same
 * way, but they have a request.
 */
export function caughtBy(info: object): Caught | undefined {
  // Most lines come from neither handler. This is asked several times for each line, so it ends early.
  const isException = read(info, 'exception') === true;
  if (!isException && read(info, 'rejection') !== true) return undefined;
  if (isObject(read(info, 'req'))) return undefined;
  return isException ? CAUGHT.exception : CAUGHT.rejection;
}

/** The level of a line. If its name says nothing, the next levels of the logger decide. */
export function levelOf(
  info: object,
  levels: Levels | undefined,
  caught: Caught | undefined = caughtBy(info),
  logger?: object,
): Level {
  // It ends the process, and `init` reports it as fatal too.
  if (caught === CAUGHT.exception) return 'fatal';
  if (caught === CAUGHT.rejection && endsByRejection(logger)) return 'fatal';
  const given = marked(info) ?? read(info, 'level');
  if (typeof given !== 'string') return 'info';
  return levelFromName(given) ?? levelFromPlace(given, levels) ?? 'info';
}

/**
 * Whether winston surely ends the process after it has logged a rejection. If a function of the application
 * decides that, the answer is no: only winston should call that function. See `Undecided`.
 */
function endsByRejection(logger: object | undefined): boolean {
  return logger !== undefined && read(logger, 'exitOnError') === true && hasHandler(logger);
}

/** Whether a transport handles rejections. Without one winston does not end the process, and says so on stderr. */
export function hasHandler(logger: object): boolean {
  const transports = read(logger, 'transports');
  if (!Array.isArray(transports)) return false;
  return transports.some((each: unknown) => {
    const inner = isObject(each) ? read(each, 'transport') : undefined;
    return read(isObject(inner) ? inner : (each as object), 'handleRejections') === true;
  });
}

function marked(info: { readonly [LEVEL]?: unknown }): unknown {
  try {
    return info[LEVEL];
  } catch {
    return undefined;
  }
}

function isKnown(name: string): boolean {
  return levelFromName(name) !== undefined;
}

/** The levels if no name of a logger's levels is known, the most severe first. */
const BY_PLACE: readonly Level[] = ['error', 'warning', 'info', 'debug'];

/**
 * The level of the next less severe name that is known, or else of the next more severe one. If no
 * name is known, its place between the most severe, an `error`, and the least severe, a `debug`.
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
 * Makes a record of what a winston transport gets. It never changes the object, since the other
 * transports get the same one.
 */
export function winstonLine(info: object, level: Level, saying: Saying, time: number): Line {
  const said = read(info, 'message');
  const rest = copyOf(info, OF_LINES);
  const caught = caughtBy(info);
  if (caught !== undefined) return caughtLine(rest, saying, { level, time, caught });
  // `error({ orderId: 17 })`: without a text winston uses the object as the message.
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

/** The same for a copy of a line without an error; see `flatCopy`. */
export function readFlat(copy: object, level: Level, time: number): LogRecord {
  return winstonLine(copy, level, NOTHING, time).record;
}

/** The error as a format left it, if winston has put its message into the text. */
function changedBy(info: object, error: unknown, saying: Saying): object | undefined {
  const wasSaid = saying.isWhole || saying.joined !== '';
  return wasSaid && isObject(error) ? redactedError(error, read(info, 'message')) : undefined;
}

/** Makes the same report as `init`, without what winston adds about the process. */
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
  // The level is in the context too, since the scope's level would win over the record's.
  const context = { ...takeContext(fields), level };
  const record = { time, level, message: '', thrown, mechanism: caught, handled: false, fields };
  return { record, context };
}

/**
 * Finds the error that the line itself is about, or its copy. Removes what belongs to it from the
 * fields.
 */
function takeLogged(info: object, fields: Fields, { error, isWhole }: Saying): LogRecord['thrown'] {
  if (error === undefined) {
    // It is a copy that a format made. The original is not known.
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

/** The fields that make an object an error. */
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

/**
 * Removes the timestamp of `format.timestamp` if it equals the line's time. Any other one is a
 * field.
 */
function dropTimestamp(fields: Fields, time: number): void {
  const said = toMilliseconds(fields['timestamp']);
  if (said !== undefined && Math.abs(said - time) <= SAME_MOMENT) delete fields['timestamp'];
}

/** A scalar as text. Anything else gives ''. */
function textOf(said: unknown): string {
  if (typeof said === 'string') return said;
  if (typeof said === 'bigint') return bigintText(said);
  return typeof said === 'number' || typeof said === 'boolean' ? String(said) : '';
}

function withoutEnd(text: string, end: string): string {
  return end === '' ? text : text.slice(0, -end.length);
}
