/** The names of fields in lines of other loggers than pino, bunyan and winston. */
import { levelFromName, type Level } from '../../event/level.ts';
import { isBelievable } from '../../lib/time.ts';
import { isFields, type Fields } from '../../../transports/fields.ts';
import { toMilliseconds } from '../../../transports/pino/records.ts';
import { errorInText } from './text-record.ts';

/**
 * Keys of a level's name: Monolog, python-json-logger, Serilog and its compact form, OpenTelemetry. In such a
 * line a number under `level` is on another scale: Monolog's INFO is 200.
 */
const LEVEL_NAMES = [
  'level_name',
  'levelname',
  'Level',
  '@l',
  'SeverityText',
  'severity_text',
  'severityText',
  'LogLevel',
  'logLevel',
  'log_level',
];

/** Keys of the text, if there is none under `msg`: of most loggers, then structlog, GELF, Serilog, journald, OpenTelemetry. */
const TEXTS = [
  'message',
  'event',
  'short_message',
  'RenderedMessage',
  '@m',
  'MessageTemplate',
  '@mt',
  'Message',
  'MESSAGE',
  'Body',
  'body',
];

/** Keys of a stack as a text: python-json-logger, Serilog, its compact form, Logback, zap. */
const TRACES = [
  'exc_info',
  'exception',
  'Exception',
  '@x',
  'stack_trace',
  'stackTrace',
  'StackTrace',
  'stacktrace',
  'traceback',
];

/** Keys of the time: zap, Serilog and its compact form, Python and others. GELF's is `timestamp`. */
const TIMES = ['ts', '@t', 'Timestamp', 'datetime', 'asctime', 'eventTime'];

/** Syslog's scale, which GELF and journald use: 0 emergency to 7 debug (RFC 5424, section 6.2.1). */
const SYSLOG: readonly Level[] = [
  'fatal',
  'fatal',
  'fatal',
  'error',
  'warning',
  'info',
  'info',
  'debug',
];

/** The line with pino's names. `isElse`: its level stands under another key than pino's. */
export function asPino(line: Fields): { readonly fields: Fields; readonly isElse: boolean } {
  const fields = { ...line };
  const isElse = renameLevel(fields);
  renameText(fields);
  renameTime(fields);
  readTrace(fields);
  return { fields, isElse };
}

function renameLevel(fields: Fields): boolean {
  const key = LEVEL_NAMES.find((each) => {
    const name = fields[each];
    return typeof name === 'string' && levelFromName(name) !== undefined;
  });
  const level = key === undefined ? syslogLevel(fields) : fields[key];
  if (level === undefined) {
    // The compact form of Serilog leaves out `Information`.
    if (typeof fields['@t'] !== 'string' || fields['level'] !== undefined) return false;
    fields['level'] = 'info';
    return true;
  }
  if (key !== undefined) delete fields[key];
  fields['level'] = level;
  return true;
}

function syslogLevel(fields: Fields): Level | undefined {
  const isGelf = typeof fields['short_message'] === 'string' && fields['version'] !== undefined;
  const isJournal = typeof fields['MESSAGE'] === 'string';
  if (!isGelf && !isJournal) return undefined;
  const number = Number(fields[isGelf ? 'level' : 'PRIORITY']);
  if (isJournal) delete fields['PRIORITY'];
  return SYSLOG[number];
}

function renameText(fields: Fields): void {
  if (typeof fields['msg'] === 'string') return;
  const key = TEXTS.find((each) => typeof fields[each] === 'string');
  if (key !== undefined) {
    fields['msg'] = fields[key];
    delete fields[key];
    return;
  }
  // Rust's tracing has the fields one level down.
  const { fields: inner } = fields;
  if (!isFields(inner) || typeof inner['message'] !== 'string') return;
  const { message, ...rest } = inner;
  fields['msg'] = message;
  fields['fields'] = rest;
}

function renameTime(fields: Fields): void {
  if (fields['time'] !== undefined || fields['timestamp'] !== undefined) return;
  const key = TIMES.find((each) => {
    const time = toMilliseconds(fields[each]);
    return time !== undefined && isBelievable(time, Date.now());
  });
  if (key === undefined) return;
  fields['time'] = fields[key];
  delete fields[key];
}

/** Makes an error from a stack that is a text. A stack of another language also stays as a text. */
function readTrace(fields: Fields): void {
  readEcs(fields);
  if (isFields(fields['err'])) return;
  const key = TRACES.find((each) => isTrace(fields[each]));
  if (key === undefined) return;
  const text = String(fields[key]);
  delete fields[key];
  const found = errorInText(text);
  if (found?.['err'] !== undefined) fields['err'] = found['err'];
  if (!isOfNode(found)) fields['traceback'] = text;
}

/** Reads a stack of the Elastic Common Schema that is not Node's. One of Node's is read later as it is. */
function readEcs(fields: Fields): void {
  const { error } = fields;
  const isNested = isFields(error) && isTrace(error['stack_trace']);
  const text = isNested ? error['stack_trace'] : fields['error.stack_trace'];
  if (!isTrace(text)) return;
  const found = errorInText(text);
  if (isOfNode(found)) return;
  fields['traceback'] = text;
  const { stack_trace: _stack, ...rest } = isNested ? error : {};
  const type = isNested ? error['type'] : fields['error.type'];
  const message = isNested ? error['message'] : fields['error.message'];
  for (const key of ['error', 'error.type', 'error.message', 'error.stack_trace']) {
    if (isNested === (key === 'error')) delete fields[key];
  }
  const read = isFields(found?.['err']) ? found['err'] : {};
  fields['err'] = {
    ...rest,
    type: type ?? read['type'],
    message: message ?? read['message'] ?? '',
  };
}

function isTrace(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n');
}

function isOfNode(found: Fields | undefined): boolean {
  return isFields(found?.['err']) && typeof found['err']['stack'] === 'string';
}
