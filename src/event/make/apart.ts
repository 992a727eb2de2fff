import { isObject, read } from '../../lib/safe-read.ts';
import { foldMessage } from './fold.ts';
import type { ExceptionInfo } from '../error/exception.ts';

type Facts = Readonly<Record<string, unknown>>;

/**
 * What an error says of its kind besides its class, if it has no frame of the application: its
 * `code` and `syscall`, its status, the port or host that did not answer, the command that failed.
 * If it has none of these, its first cause may, as with `fetch failed`. Names of files differ from
 * failure to failure, and are left out.
 */
export function codesOf({ properties, message, causes }: ExceptionInfo): string[] {
  const all = [properties, ...causes.slice(0, 1).map((cause) => cause.properties)];
  const told = all.map(ownCodes).find((codes) => codes.length > 0) ?? leadingWord(message);
  return [...told, ...statusOf(all, message), ...placeOf(all), ...commandOf(properties)];
}

/** The facts of a failed system call. Its messages differ only in a name or an address. */
export function systemCodes({ properties, causes }: ExceptionInfo): string[] {
  const { code, syscall } = properties;
  if (typeof code !== 'string' || typeof syscall !== 'string') return [];
  return [code, syscall, ...placeOf([properties, ...causes.map((cause) => cause.properties)])];
}

function ownCodes({ code, syscall }: Facts): readonly string[] {
  // A code with an id in it, such as `ORDER_12345_GONE`, would be different each time.
  return [code, syscall].filter(isCode).map((each) => withoutIds(String(each)));
}

/** Some write the code in front of the message: `WRONGTYPE Operation against a key …`. */
function leadingWord(message: string): readonly string[] {
  return (/^[A-Z][A-Z\d_]{2,40}\b/.exec(message)?.slice(0, 1) ?? []).map(withoutIds);
}

/**
 * The status in the line of an answer that came as JSON, or in the message if there is no such
 * line.
 */
const IN_LINE = /(?:^|\s)([1-5]\d\d)(?:\s|$)/;
const IN_MESSAGE = /\bstatus(?: code)?:? ([1-5]\d\d)\b/i;

/** The code of an HTTP client's error is the same for each answer. */
function statusOf(all: readonly Facts[], message: string): readonly string[] {
  for (const { status, statusCode, response } of all) {
    const answer = isObject(response) ? response : {};
    const line = read(answer, 'line');
    const inLine = typeof line === 'string' ? IN_LINE.exec(line)?.[1] : undefined;
    const known = [status, statusCode, read(answer, 'status'), read(answer, 'statusCode'), inLine];
    const found = known.find(isCode);
    if (found !== undefined) return [String(found)];
  }
  return IN_MESSAGE.exec(message)?.slice(1) ?? [];
}

/** Two databases that are down are two faults. Addresses of one name differ, and are left out. */
function placeOf(all: readonly Facts[]): readonly string[] {
  for (const { port, hostname } of all) {
    const found = [port, hostname].find(isCode);
    if (found !== undefined)
      return [typeof found === 'number' ? String(found) : foldMessage(found)];
  }
  return [];
}

/**
 * Programs that run the words after them, and words of a shell that stand before the program that
 * fails.
 */
const RUNNERS =
  /^(?:(?:ba|da|z|k)?sh|cmd(?:\.exe)?|env|sudo|nice|timeout|xargs|npx|node|python3?|cd|echo|exec|set|export|source)$/;
/** Words of a command that are looked at. */
const MAX_WORDS = 20;

/**
 * The program of a command. If it runs other programs, it is the words up to the first that does
 * not.
 */
function commandOf({ cmd, command }: Facts): readonly string[] {
  const text = [cmd, command].find((each) => typeof each === 'string');
  if (typeof text !== 'string') return [];
  // Options and settings are left out, since their values differ.
  const words = text
    .slice(0, 500)
    .split(/[\s"'&;|]+/, MAX_WORDS)
    .filter((word) => /^[\w./]/.test(word) && !word.includes('='))
    .map(baseName);
  const program = words.findIndex((word) => !RUNNERS.test(word));
  const known = program < 0 ? words : words.slice(0, program + 1);
  return known.length === 0 ? [] : [foldMessage(known.join(' '))];
}

function baseName(path: string): string {
  return path.slice(path.search(/[^\\/]*$/));
}

/** SQLSTATEs and similar codes, such as `23505`, `ERR_1` and `E11000`, stay as they are. */
function withoutIds(code: string): string {
  return /^\d+$|\d{6,}|[_-]\d{4,}/.test(code) && code.length > 5 ? foldMessage(code) : code;
}

function isCode(value: unknown): value is string | number {
  return (
    (typeof value === 'string' && value !== '' && value.length <= 100) || typeof value === 'number'
  );
}
