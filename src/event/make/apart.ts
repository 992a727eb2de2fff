import { isObject, read } from '../../lib/safe-read.ts';
import { foldMessage } from './fold.ts';
import type { ExceptionInfo } from '../error/exception.ts';

type Facts = Readonly<Record<string, unknown>>;

/**
 * What an error says of its kind beside its class, where no frame of the application tells: its `code` and
 * `syscall`, its status, the port or the host that did not answer, the command that failed. Where it says
 * nothing of the kind, its first cause does: `fetch failed` says all there. Names of files differ from
 * failure to failure, and are left out.
 */
export function codesOf({ properties, message, causes }: ExceptionInfo): string[] {
  const all = [properties, ...causes.slice(0, 1).map((cause) => cause.properties)];
  const told = all.map(ownCodes).find((codes) => codes.length > 0) ?? leadingWord(message);
  return [...told, ...statusOf(all, message), ...placeOf(all), ...commandOf(properties)];
}

/** Of a failed system call, which has the same message but for a name or an address. */
export function systemCodes({ properties, causes }: ExceptionInfo): string[] {
  const { code, syscall } = properties;
  if (typeof code !== 'string' || typeof syscall !== 'string') return [];
  return [code, syscall, ...placeOf([properties, ...causes.map((cause) => cause.properties)])];
}

function ownCodes({ code, syscall }: Facts): readonly string[] {
  // A code with an id in it, as `ORDER_12345_GONE`, would be another one each time.
  return [code, syscall].filter(isCode).map((each) => withoutIds(String(each)));
}

/** `WRONGTYPE Operation against a key …`: some write it in front of the message. */
function leadingWord(message: string): readonly string[] {
  return (/^[A-Z][A-Z\d_]{2,40}\b/.exec(message)?.slice(0, 1) ?? []).map(withoutIds);
}

/** As the line of an answer has it that came as JSON, and the message where there is none of it. */
const IN_LINE = /(?:^|\s)([1-5]\d\d)(?:\s|$)/;
const IN_MESSAGE = /\bstatus(?: code)?:? ([1-5]\d\d)\b/i;

/** The code of an HTTP client is the same for each answer. */
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

/** Programs that run what stands behind them, and words of a shell that fail for what does. */
const RUNNERS =
  /^(?:(?:ba|da|z|k)?sh|cmd(?:\.exe)?|env|sudo|nice|timeout|xargs|npx|node|python3?|cd|echo|exec|set|export|source)$/;
/** Words of a command that are looked at. */
const MAX_WORDS = 20;

/** The program of a command; of one that runs others, the words up to the first that does not. */
function commandOf({ cmd, command }: Facts): readonly string[] {
  const text = [cmd, command].find((each) => typeof each === 'string');
  if (typeof text !== 'string') return [];
  // Neither options nor settings: their values differ.
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

/** SQLSTATEs and the like, as `23505`, `ERR_1`, `E11000`, are codes as they are. */
function withoutIds(code: string): string {
  return /^\d+$|\d{6,}|[_-]\d{4,}/.test(code) && code.length > 5 ? foldMessage(code) : code;
}

function isCode(value: unknown): value is string | number {
  return (
    (typeof value === 'string' && value !== '' && value.length <= 100) || typeof value === 'number'
  );
}
