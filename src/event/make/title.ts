import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';
import { cut } from '../../lib/text.ts';

/** UTF-16 units of a message in which a validator's JSON is looked for. */
const MAX_JSON = 64 * 1024;
/** How many issues a title names, and how many UTF-16 units of each. */
const SHOWN_ISSUES = 5;
const SHOWN_ISSUE = 100;

/**
 * A title as ErrSight's own SDKs send it: `Class: message`. ErrSight shows what stands before the
 * first colon as the class, so a message without its class would show a part of itself there. A
 * message that begins with the class keeps its own.
 */
export function withClass(className: string, message: string): string {
  if (className === '' || beginsWithClass(message, className)) return message;
  return `${className}: ${message}`;
}

/** As in `Error: text`, `TypeError [ERR_CODE]: text`, or the class alone. */
function beginsWithClass(message: string, className: string): boolean {
  if (!message.startsWith(className)) return false;
  return /^(?: \[\w{1,100}\])?(?::|$)/.test(message.slice(className.length));
}

/**
 * A message of which the first line can be read: lists of issues show these lines alone. Whatever
 * else the message says follows behind it.
 */
export function readableMessage(message: string): string {
  const text = message.replace(/^[\s\u0085]+/, '');
  const first = text[0];
  if (first === '[' || first === '{') return readableJson(text) ?? text;
  return /^Invalid `[^`\n]{1,200}` invocation/.test(text) ? reasonFirst(text) : text;
}

/**
 * Messages that are JSON: the list of issues of zod, in place of which stands a summary, and the
 * answer of an API, which is put behind its own `message`.
 */
function readableJson(text: string): string | undefined {
  const json = jsonIn(text);
  if (isIssues(json)) return summaryOfIssues(json);
  if (!isObject(json)) return undefined;
  const inner = read(json, 'error');
  const said = [isObject(inner) ? read(inner, 'message') : inner, read(json, 'message')];
  const reason = said.find((each) => typeof each === 'string' && each.trim() !== '');
  return typeof reason === 'string' ? `${reason.trim()}\n${text}` : undefined;
}

/** The issues that a message of JSON lists; undefined where it lists something else. */
export function issuesIn(message: string): readonly object[] | undefined {
  const text = message.trim();
  const json = text[0] === '[' ? jsonIn(text) : undefined;
  return isIssues(json) ? json : undefined;
}

function jsonIn(text: string): unknown {
  return text.length > MAX_JSON ? undefined : attempt(() => JSON.parse(text) as unknown);
}

function isIssues(json: unknown): json is readonly object[] {
  return isArray(json) && json.length > 0 && json.every((issue) => isIssue(issue));
}

function isIssue(issue: unknown): boolean {
  return isObject(issue) && typeof read(issue, 'code') === 'string';
}

/** Without values, which are what a user typed: `2 issues: user.email invalid_format; age too_small`. */
function summaryOfIssues(issues: readonly object[]): string {
  const shown = issues.slice(0, SHOWN_ISSUES).map(issueText);
  const total = issues.length === 1 ? '1 issue' : `${issues.length} issues`;
  return `${total}: ${shown.join('; ')}${issues.length > shown.length ? '; …' : ''}`;
}

function issueText(issue: object): string {
  const path = read(issue, 'path');
  const place = isArray(path) ? path.map(String).join('.') : '';
  return cut(`${place} ${String(read(issue, 'code'))}`.trim(), SHOWN_ISSUE);
}

/** Lines of Prisma's that show the call: numbered or indented code, its braces, and where it is. */
const OF_CALL = /^(?:\s|\u2192|\d|[{}()[\]]|.{0,1000}:\d+:\d+$)|^$/;

/** Prisma writes the call that failed first, and the reason behind it: the reason comes first here. */
function reasonFirst(text: string): string {
  const lines = text.split(/\r?\n/);
  const place = lines.findIndex((line, index) => index > 0 && !OF_CALL.test(line));
  const reason = lines[place];
  if (reason === undefined) return text;
  return [reason, ...lines.slice(0, place), ...lines.slice(place + 1)].join('\n');
}
