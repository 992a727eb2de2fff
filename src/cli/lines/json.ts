import { isObject } from '../../lib/safe-read.ts';
import { isBelievable } from '../../lib/time.ts';
import { pinoRecord, toMilliseconds, type PinoRecord } from '../../../transports/pino/records.ts';
import { asPino } from './other-loggers.ts';
import { UNCAUGHT } from './text-record.ts';
import { levelOf, winstonLine } from '../../../transports/winston/line.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The record of a line in JSON, from any logger. */
export const readAny: typeof pinoRecord = (line, shape, peeked, arrived, find) => {
  if (isOfWinston(line)) return ofPipe(winstonRecord(line, arrived));
  const { [UNCAUGHT]: uncaught, ...own } = isOfBunyan(line) ? without(line, 'v') : line;
  const { fields, isElse } = asPino(own);
  const read = pinoRecord(fields, shape, isElse ? undefined : peeked, arrived, find);
  return ofPipe(uncaught === true ? { ...read, record: { ...read.record, handled: false } } : read);
};

/** Marks a record as one of a pipe: the form of a line does not prove which logger has written it. */
function ofPipe(read: PinoRecord): PinoRecord {
  return { ...read, record: { ...read.record, mechanism: 'pipe' } };
}

/** Whether winston has written a line: it writes an error into the line itself. Others keep it under a name. */
function isOfWinston({ level, message, stack, msg }: Fields): boolean {
  const texts = [level, message, stack];
  return msg === undefined && texts.every((each) => typeof each === 'string');
}

function winstonRecord(line: Fields, arrived: number = Date.now()): PinoRecord {
  const said = toMilliseconds(line['timestamp']);
  const time = said !== undefined && isBelievable(said, Date.now()) ? said : arrived;
  const error = errorOf(String(line['stack']));
  // winston puts the message of the error behind the text.
  const joined = ` ${error.message}`;
  const isJoined = error.message !== '' && String(line['message']).endsWith(joined);
  const saying = { error, isWhole: false, joined: isJoined ? joined : '' };
  const { record, context } = winstonLine({ ...line }, levelOf(line, undefined), saying, time);
  return { record, context, scope: undefined, id: undefined };
}

/** An error made from its stack. */
function errorOf(stack: string): {
  readonly message: string;
  readonly stack: string;
} {
  const [, name, message] = /^(?:Uncaught )?([\w$.]{1,200}): ([^\n]*)/.exec(stack) ?? [];
  return {
    ...(name !== undefined && { name }),
    message: message ?? stack.split('\n')[0] ?? '',
    stack,
  };
}

/** Whether bunyan has written a line: it adds the version of its format. */
function isOfBunyan({ v, name, hostname, pid, level }: Fields): boolean {
  return (
    v === 0 &&
    typeof name === 'string' &&
    typeof hostname === 'string' &&
    typeof pid === 'number' &&
    typeof level === 'number'
  );
}

function without(line: Fields, key: string): Record<string, unknown> {
  const { [key]: _left, ...rest } = line;
  return isObject(rest) ? rest : {};
}
