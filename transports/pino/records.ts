import { isObject } from '../../src/lib/safe-read.ts';
import { isBelievable } from '../../src/lib/time.ts';
import { levelFromName, levelFromNumber, levelOnScale, type Level } from '../../src/event/level.ts';
import { isPlaceholder } from '../../src/event/make/failed-request.ts';
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

/** How a pino logger writes its lines. pino tells its worker the first three. */
export interface PinoShape {
  readonly messageKey: string;
  readonly errorKey: string;
  /** The names of levels by their numbers, custom levels included. */
  readonly levelNames: Readonly<Record<string, string>>;
  /** pino's option of this name: the field that contains what was logged. */
  readonly nestedKey: string | undefined;
}

export const DEFAULT_SHAPE: PinoShape = {
  messageKey: 'msg',
  errorKey: 'err',
  levelNames: {},
  nestedKey: undefined,
};

/** A record, the line's field `errsight`, and the note of the place where it was logged. */
export interface PinoRecord {
  readonly record: LogRecord;
  readonly context: Context | undefined;
  readonly scope: ScopeField | undefined;
  readonly id: LineId | undefined;
}

/** Finds the note of the thread that logged a line. */
export type FindNote = (id: LineId | undefined) => LineNote | undefined;

/**
 * The keys for the level, pino's own first. Then come those of Google Cloud and ECS, and others
 * that people choose. `status` is a level only if it is a label. A number there is an HTTP status.
 */
const LEVEL_KEYS = ['level', 'severity', 'log.level', 'loglevel', 'lvl', 'status'];

// pino writes the level first, as a number or, with a level formatter, as a label.
const LEVEL_FIRST =
  /^\{"(level|severity|log\.level|loglevel|lvl|status)":(?:(-?\d+(?:\.\d+)?)|"([^"\\]{1,60})")[,}]/;

/** Reads the level of a line without parsing it. Undefined if the line does not begin with it. */
export function peekLevel(line: string, shape: PinoShape): Level | undefined {
  const match = LEVEL_FIRST.exec(line);
  if (match === null) return undefined;
  const [, key, number, label] = match;
  return levelUnder(key, number === undefined ? label : Number(number), shape);
}

/**
 * Makes a record of a parsed line. `peeked` wins over the parsed level, since a later field may be
 * named `level` too. `arrived` is used if the line has no time.
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
    // If its value differs it is not pino's, but a field of the application.
    if (level !== undefined && levelUnder(key, outer[key], shape) === level) delete outer[key];
  }
  // The time is taken before the logged fields are added, which may have the same names.
  const time = takeTime(outer);
  const ownMessage = takeMessage(outer, shape.messageKey);
  const fields = unnest(outer, shape.nestedKey);
  const message = ownMessage ?? takeMessage(fields, shape.messageKey);
  const context = takeContext(fields);
  const id = takeId(fields);
  const note = find(id);
  putFields(fields, note?.fields);
  const thrown =
    note?.thrown === undefined
      ? takeThrown(fields, shape.errorKey)
      : putNoted(fields, note.thrown, message);
  // `logger.error({ message })` has no text of its own. A line of a logger with `messageKey:
  // 'message'` looks the same if pino could not tell us the key.
  const isMadeUp = message === undefined || isPlaceholder(message);
  const told = isMadeUp ? (thrown ? message && toldBy(thrown.value) : textIn(fields)) : undefined;
  return {
    record: {
      time: time ?? arrived,
      level: level ?? (thrown ? 'error' : 'info'),
      message: (told === '' ? message : told) ?? message ?? '',
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

/**
 * Removes and returns our id, which is in lines of pino 7 to 9. A value that is not ours stays as a
 * field.
 */
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
  // Fastify has its own request ids, which are in all its lines.
  const { request_id: _fromHeader, ...rest } = metadata;
  return { ...scope, metadata: rest };
}

function takeLevel(line: Fields, shape: PinoShape): Level | undefined {
  for (const key of LEVEL_KEYS) {
    const level = levelUnder(key, line[key], shape);
    if (level !== undefined) return level;
  }
  // ECS nests it.
  const log = line['log'];
  return isFields(log) ? levelUnder('log.level', log['level'], shape) : undefined;
}

function levelUnder(key: string | undefined, value: unknown, shape: PinoShape): Level | undefined {
  const label = typeof value === 'string' ? value : undefined;
  const named =
    label === undefined ? label : (levelFromName(label) ?? levelFromLabel(label, shape));
  if (named !== undefined || key === 'status') return named;
  const number = label !== undefined && NUMBER.test(label) ? Number(label) : value;
  // The number of a custom level may be anywhere on the scale.
  return typeof number === 'number' ? levelOnScale(number, shape.levelNames) : undefined;
}

const NUMBER = /^-?\d{1,9}(?:\.\d{1,9})?$/;

/** The level of a custom label, which a formatter may have written in capitals. */
function levelFromLabel(label: string, { levelNames }: PinoShape): Level | undefined {
  const wanted = label.toLowerCase();
  const number = Object.keys(levelNames).find((each) => levelNames[each]?.toLowerCase() === wanted);
  return number === undefined ? undefined : levelFromNumber(Number(number));
}

/**
 * Removes and returns the message: a text, or another scalar as text. Anything else is no message
 * and stays a field.
 */
function takeMessage(fields: Fields, key: string): string | undefined {
  const message = fields[key];
  if (isObject(message) || message === undefined || message === null) return undefined;
  delete fields[key];
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/**
 * Undoes `nestedKey`, with which pino puts what was logged one level down, beside the child
 * bindings.
 */
function unnest(fields: Fields, nestedKey: string | undefined): Fields {
  if (nestedKey === undefined) return fields;
  const { [nestedKey]: nested, ...beside } = fields;
  // With a spread, not an assignment, since a field may be named `__proto__`.
  return isFields(nested) ? { ...beside, ...nested } : fields;
}

/** The keys under which pino, and users' own timestamp functions, write the time. */
const TIME_KEYS = ['time', 'timestamp', '@timestamp'];

function takeTime(fields: Fields): number | undefined {
  const now = Date.now();
  for (const key of TIME_KEYS) {
    const time = toMilliseconds(fields[key]);
    // Any other time is a field of that name (`{ time: 153 }`) or from an old log. In both cases it
    // stays in the metadata.
    if (time === undefined || !isBelievable(time, now)) continue;
    delete fields[key];
    return time;
  }
  return undefined;
}

/**
 * Reads all of pino's forms of a time: ms (default), s (`unixTime`), ISO with ms or ns, and µs or
 * ns as a number.
 */
export function toMilliseconds(time: unknown): number | undefined {
  if (typeof time === 'string') {
    const parsed = /^\d+(\.\d+)?$/.test(time) ? toMilliseconds(Number(time)) : Date.parse(time);
    return parsed === undefined || Number.isNaN(parsed) ? undefined : parsed;
  }
  if (typeof time !== 'number' || !Number.isFinite(time) || time <= 0) return undefined;
  // 1e11 s is in the year 5138 and 1e11 ms in 1973, so the ranges of two units never overlap.
  if (time < 1e11) return time * 1e3;
  if (time < 1e14) return time;
  return time < 1e17 ? time / 1e3 : time / 1e6;
}

/**
 * Finds a text among the fields: `{ message }`, `{ error: 'text' }`, `{ error: { message, code }
 * }`, the same under `err`, which is a field where the logger has another `errorKey`, or ECS's.
 */
function textIn(fields: Fields): string | undefined {
  const own = takeText(fields, 'message');
  if (own !== undefined) return own;
  for (const name of ['error', 'err', 'error.message']) {
    const value = fields[name];
    const inside = isFields(value) ? value['message'] : value;
    if (typeof inside === 'string') return inside;
  }
  return undefined;
}

/** What an error that is no object says. It says more than the words of pino-http. */
function toldBy(error: unknown): string | undefined {
  return isObject(error) || String(error).trim() === '' ? undefined : String(error);
}

function takeText(fields: Fields, key: string): string | undefined {
  return typeof fields[key] === 'string' ? takeMessage(fields, key) : undefined;
}
