import { elementsOf, isArray, isObject, read, textAt } from '../../lib/safe-read.ts';

/** UTF-16 units of a reason. */
const REASON = 500;

/**
 * Lines of Prisma's message that show the call: its place, and its code, which is numbered,
 * indented or marked.
 */
const OF_CALL = /^(?:[\s\d\u2192+?~{}()[\]-]|.{0,1000}:\d+:\d+$)|^$/;
/** A template's place and its numbered lines, as EJS and Pug have them. */
const PLACE = /^\S[^\n]{0,1000}:\d{1,9}(?::\d{1,9})?\n\s{0,20}(?:>{1,2}\s{0,9})?\d{1,9}\s?\|/;
/** Nunjucks: `(views/a.html) [Line 3, Column 5]`. */
const TEMPLATE = /^\([^()\n]{1,1000}\)(?: \[Line \d+, Column \d+\])?\n\s{0,20}\S/;
const SQL =
  /^[\s(]{0,50}(?:select\s.*\sfrom\s|(?:insert|replace|merge)\s+into\s|update\s.*\sset\s|delete\s+from\s|with\s.*\sas\s*\(|(?:create|alter|drop|truncate)\s+(?:table|index|type|view|schema|database)\s)/is;
/** The beginning of Drizzle's messages. */
const QUERY = /^Failed query: /;

/**
 * A message with its reason in front, if it begins with what was done: a call, a place, a
 * statement. `cause` is the message of the cause.
 */
export function reasonFirst(text: string, cause: string | undefined): string {
  if (text.includes('\n')) {
    if (/^Invalid `[^`\n]{1,200}` invocation/.test(text) || PLACE.test(text)) {
      return firstOther(text, (line) => OF_CALL.test(line));
    }
    if (TEMPLATE.test(text)) return firstOther(text, (line) => line.trim() === '');
  }
  const isQuery = QUERY.test(text);
  if (!isQuery && !SQL.test(text)) return text;
  const reason = isQuery ? undefined : behindStatement(text);
  const told = reason ?? firstLine(cause ?? '');
  return told === ''
    ? text
    : `${told}\n${reason === undefined ? text : text.slice(0, -reason.length - 3)}`;
}

/** Moves the reason to the front: the first line after the first one that is not skipped. */
function firstOther(text: string, isSkipped: (line: string) => boolean): string {
  const lines = text.split(/\r?\n/);
  const place = lines.findIndex((line, index) => index > 0 && !isSkipped(line));
  const reason = lines[place];
  if (reason === undefined) return text;
  return [reason.trim(), ...lines.slice(0, place), ...lines.slice(place + 1)].join('\n');
}

/** knex and MikroORM write ` - ` between a statement and the database's message. */
function behindStatement(text: string): string | undefined {
  const reason = text.slice(text.lastIndexOf(' - ') + 3);
  return reason.length < text.length - 2 && /^[A-Za-z][^()=]*\s/.test(reason) ? reason : undefined;
}

function firstLine(text: string): string {
  return (/^\s*([^\r\n]*)/.exec(text)?.[1] ?? '').trim().slice(0, REASON).toWellFormed();
}

/** What an answer in JSON says: `{ message }`, `{ error: { message } }`, `{ errors: [{ message }] }`. */
export function reasonIn(json: unknown): string | undefined {
  const inner = isObject(json) ? read(json, 'error') : undefined;
  const found = [
    textAt(json, 'error', 'message'),
    typeof inner === 'string' ? inner : undefined,
    textAt(json, 'message'),
    textAt(json, 'errors', '0', 'message'),
    textAt(json, 'response', 'errors', '0', 'message'),
  ];
  return found.find((each) => each !== undefined && each.trim() !== '')?.trim();
}

/** `BadRequestException` as Nest writes it if there is no message. */
const WORDS = /(?<=[a-z])(?=[A-Z])/g;

/**
 * The reasons in an error's answer, if its message says no more than its class. Nest's
 * `ValidationPipe` keeps them there.
 */
export function reasonOfAnswer(name: string, message: string, answer: unknown): string | undefined {
  if (message !== name && message !== name.replaceAll(WORDS, ' ')) return undefined;
  const said = isObject(answer) ? read(answer, 'message') : undefined;
  const all: readonly unknown[] = isArray(said) ? elementsOf(said, 5) : [said];
  const texts = all.filter((each) => typeof each === 'string' && each.trim() !== '');
  return texts.length === 0 ? undefined : texts.join('; ');
}
