import { isObject } from '../../src/lib/safe-read.ts';
import { isBelievable } from '../../src/lib/time.ts';
import { levelFromName, levelFromNumber, levelOnScale, type Level } from '../../src/event/level.ts';
import { requestIdOf } from '../../src/event/make/request.ts';
import {
  lineIdOf,
  SCOPE_FIELD,
  type LineId,
  type ScopeField,
} from '../../src/event/make/scope-field.ts';
import { putFields, putNoted } from './noted.ts';
import { isFields, takeContext, takeThrown, type Fields } from '../fields.ts';
import type { LineNote } from '../../src/notes/line-note.ts';
import type { Context, LogRecord } from '../../src/event/record.ts';

/** How a pino instance writes its lines; pino tells its worker the first three. */
export interface PinoShape {
  readonly messageKey: string;
  readonly errorKey: string;
  /** Custom levels too: the names by number. */
  readonly levelNames: Readonly<Record<string, string>>;
  /** pino's own option of that name: the field that holds what was logged. */
  readonly nestedKey: string | undefined;
}

export const DEFAULT_SHAPE: PinoShape = {
  messageKey: 'msg',
  errorKey: 'err',
  levelNames: {},
  nestedKey: undefined,
};

/** A record, what its line said under `errsight`, and what was known where it was logged. */
export interface PinoRecord {
  readonly record: LogRecord;
  readonly context: Context | undefined;
  readonly scope: ScopeField | undefined;
  readonly id: LineId | undefined;
}

/** Finds what the thread that logged a line knows of it. */
export type FindNote = (id: LineId | undefined) => LineNote | undefined;

/**
 * The keys under which loggers and their formatters write the level, pino's own first: Google Cloud's,
 * ECS's, and what people choose. `status` is a level only as a label; its numbers are HTTP's.
 */
const LEVEL_KEYS = ['level', 'severity', 'log.level', 'loglevel', 'lvl', 'status'];

// pino writes the level first, as a number or, with a level formatter, as a label.
const LEVEL_FIRST =
  /^\{"(level|severity|log\.level|loglevel|lvl|status)":(?:(-?\d+(?:\.\d+)?)|"([^"\\]{1,60})")[,}]/;

/** The level of a line without parsing it; undefined where the line does not begin with it. */
export function peekLevel(line: string, shape: PinoShape): Level | undefined {
  const match = LEVEL_FIRST.exec(line);
  if (match === null) return undefined;
  const [, key, number, label] = match;
  return levelUnder(key, number === undefined ? label : Number(number), shape);
}

/**
 * A parsed line of pino as a record. `peeked` wins: a field named `level` may follow pino's own.
 * `arrived` is the time of a line that does not say its own.
 */
export function pinoRecord(
  line: Fields,
  shape: PinoShape,
  peeked?: Level,
  arrived: number = Date.now(),
  find: FindNote = () => undefined,
): PinoRecord {
  const outer = { ...line };
  const level = peeked ?? takeLevel(line, shape);
  for (const key of LEVEL_KEYS) {
    // What says something else is not pino's, but a field of the application's.
    if (level !== undefined && levelUnder(key, outer[key], shape) === level) delete outer[key];
  }
  // Before the fields that were logged come in, which may have the same names.
  const time = takeTime(outer);
  const ownMessage = takeMessage(outer, shape.messageKey);
  const fields = unnest(outer, shape.nestedKey);
  const message = ownMessage ?? takeMessage(fields, shape.messageKey);
  const context = takeContext(fields);
  const id = takeId(fields);
  const note = find(id);
  putFields(fields, note?.fields);
  const thrown =
    note?.thrown === undefined ? takeThrown(fields, shape.errorKey) : putNoted(fields, note.thrown);
  return {
    record: {
      time: time ?? arrived,
      level: level ?? (thrown ? 'error' : 'info'),
      // `logger.error({ message })` has no text of its own; nor, as it seems, has a line of a logger
      // with `messageKey: 'message'` where pino could not tell us so.
      message: message ?? (thrown ? undefined : textIn(fields)) ?? '',
      ...(thrown && { thrown }),
      mechanism: 'pino',
      logger: fields['name'],
      fields,
    },
    context,
    scope: scopeOf(note?.scope, fields),
    id,
  };
}

/** What stands in lines of pino 7 to 9; or somebody else's, which is a field as any. */
function takeId(fields: Fields): LineId | undefined {
  const id = lineIdOf(fields[SCOPE_FIELD]);
  if (id !== undefined) delete fields[SCOPE_FIELD];
  return id;
}

function scopeOf(scope: unknown, fields: Fields): ScopeField | undefined {
  if (!isFields(scope)) return undefined;
  const { metadata } = scope;
  const isSaid = requestIdOf(fields) !== undefined || fields['request_id'] !== undefined;
  if (!isSaid || !isFields(metadata)) return scope;
  // Fastify has ids of its own, which are in all of its lines.
  const { request_id: _fromHeader, ...rest } = metadata;
  return { ...scope, metadata: rest };
}

function takeLevel(line: Fields, shape: PinoShape): Level | undefined {
  for (const key of LEVEL_KEYS) {
    const level = levelUnder(key, line[key], shape);
    if (level !== undefined) return level;
  }
  // As ECS nests it.
  const log = line['log'];
  return isFields(log) ? levelUnder('log.level', log['level'], shape) : undefined;
}

function levelUnder(key: string | undefined, value: unknown, shape: PinoShape): Level | undefined {
  return key === 'status' && typeof value !== 'string' ? undefined : toLevel(value, shape);
}

function toLevel(level: unknown, shape: PinoShape): Level | undefined {
  if (typeof level === 'string') return levelFromName(level) ?? levelFromLabel(level, shape);
  if (typeof level !== 'number') return undefined;
  // A custom level may lie anywhere on the scale.
  return levelOnScale(level, shape.levelNames);
}

/** The level behind the label of a custom one, which a formatter may have written in capitals. */
function levelFromLabel(label: string, { levelNames }: PinoShape): Level | undefined {
  const wanted = label.toLowerCase();
  const number = Object.keys(levelNames).find((each) => levelNames[each]?.toLowerCase() === wanted);
  return number === undefined ? undefined : levelFromNumber(Number(number));
}

/** Text as it is, other scalars as text; anything else is no message and stays where it is. */
function takeMessage(fields: Fields, key: string): string | undefined {
  const message = fields[key];
  if (isObject(message) || message === undefined || message === null) return undefined;
  delete fields[key];
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** With `nestedKey` pino puts what was logged one level down, and child bindings beside it. */
function unnest(fields: Fields, nestedKey: string | undefined): Fields {
  if (nestedKey === undefined) return fields;
  const { [nestedKey]: nested, ...beside } = fields;
  // Spread, not assigned: a field may be named `__proto__`.
  return isFields(nested) ? { ...beside, ...nested } : fields;
}

/** The keys under which pino and its users' own timestamp functions write the time. */
const TIME_KEYS = ['time', 'timestamp', '@timestamp'];

function takeTime(fields: Fields): number | undefined {
  const now = Date.now();
  for (const key of TIME_KEYS) {
    const time = toMilliseconds(fields[key]);
    // What is out of bounds is a field that bears the name (`{ time: 153 }`), or an old log: either
    // way it is not lost as metadata.
    if (time === undefined || !isBelievable(time, now)) continue;
    delete fields[key];
    return time;
  }
  return undefined;
}

/** All of pino's forms: ms (default), s (`unixTime`), ISO with ms or ns, and µs or ns as a number. */
export function toMilliseconds(time: unknown): number | undefined {
  if (typeof time === 'string') {
    const parsed = /^\d+(\.\d+)?$/.test(time) ? toMilliseconds(Number(time)) : Date.parse(time);
    return parsed === undefined || Number.isNaN(parsed) ? undefined : parsed;
  }
  if (typeof time !== 'number' || !Number.isFinite(time) || time <= 0) return undefined;
  // 1e11 s is the year 5138, 1e11 ms is 1973: no two units share a range.
  if (time < 1e11) return time * 1e3;
  if (time < 1e14) return time;
  return time < 1e17 ? time / 1e3 : time / 1e6;
}

/** What stands for a text: `{ message }`, `{ error: 'text' }`, `{ error: { message, code } }`, ECS's. */
function textIn(fields: Fields): string | undefined {
  const own = takeText(fields, 'message');
  if (own !== undefined) return own;
  const { error } = fields;
  const inside = isFields(error) ? error['message'] : (error ?? fields['error.message']);
  return typeof inside === 'string' ? inside : undefined;
}

function takeText(fields: Fields, key: string): string | undefined {
  return typeof fields[key] === 'string' ? takeMessage(fields, key) : undefined;
}
