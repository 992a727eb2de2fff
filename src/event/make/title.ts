import { attempt, elementsOf, isArray, isObject, read } from '../../lib/safe-read.ts';
import { cut } from '../../lib/text.ts';
import { reasonFirst, reasonIn } from './reason.ts';

/** UTF-16 units of a message in which a validator's JSON is looked for. */
const MAX_JSON = 64 * 1024;
/** Elements of an array that may be issues. */
const MAX_ITEMS = 100;
/** How many issues a title names, and how many UTF-16 units of each. */
const SHOWN_ISSUES = 5;
const SHOWN_ISSUE = 100;

/**
 * A title as ErrSight's own SDKs send it: `Class: message`. ErrSight shows what stands before the
 * first colon as the class. Without the class it would show a part of the message there. A message
 * that begins with the class stays as it is.
 */
export function withClass(className: string, message: string): string {
  if (className === '' || beginsWithClass(message, className)) return message;
  return `${className}: ${message}`;
}

/**
 * Whether a message begins with the class: `Error: text`, `TypeError [ERR_CODE]: text`, or the
 * class alone.
 */
function beginsWithClass(message: string, className: string): boolean {
  if (!message.startsWith(className)) return false;
  return /^(?: \[\w{1,100}\])?(?::|$)/.test(message.slice(className.length));
}

/**
 * A message whose first line can be read, since lists of issues show that line alone. The rest of
 * the message follows. `cause` is the message of the cause.
 */
export function readableMessage(message: string, cause?: string): string {
  const text = message.replace(/^[\s\u0085]+/, '');
  const first = text[0];
  const json = first === '[' || first === '{' ? readableJson(text) : undefined;
  const found = json ?? (text.includes('"') ? withJson(text) : undefined);
  return found ?? reasonFirst(text, cause);
}

/**
 * Messages that are JSON. A list of zod's issues is replaced by a summary. An answer of an API
 * follows its own `message`.
 */
function readableJson(text: string): string | undefined {
  const json = jsonIn(text);
  if (!isObject(json)) return undefined;
  const reason = reasonIn(json);
  if (reason !== undefined) return `${reason}\n${text}`;
  const issues = issuesOf(json);
  return issues && summaryOfIssues(issues);
}

/** Where JSON begins after a few words, as in `529 {"type":"error",…}`. */
const BEHIND = /^([^{[\n]{1,300}?)[\s:]{1,3}(?=[{[]\s{0,9}["{])/;

/** The same for JSON with words before it. The message from the JSON is put between both. */
function withJson(text: string): string | undefined {
  const [whole, words = ''] = BEHIND.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1;
  const json = jsonIn(text.slice(whole.length, end));
  if (!isObject(json)) return undefined;
  const issues = issuesOf(json) ?? (isPlaced(json) ? [json] : undefined);
  const reason = issues ? summaryOfIssues(issues) : reasonIn(json);
  if (reason === undefined) return undefined;
  const gap = /[A-Za-z]/.test(words) ? ': ' : ' ';
  const line = words.includes(reason) ? words : `${words}${gap}${reason}`;
  // graphql-request writes its query with the variables. They are properties as well.
  if (isObject(read(json, 'request'))) return line;
  return issues ? line + text.slice(end) : `${line}\n${text.slice(whole.length)}`;
}

/** The issues that a JSON message lists. Undefined if it lists something else. */
export function issuesIn(message: string): readonly object[] | undefined {
  const text = message.trim();
  return text[0] === '[' || text[0] === '{' ? issuesOf(jsonIn(text)) : undefined;
}

/** The same for a value that is no error: an array of a validator's errors. */
export function issuesText(items: unknown): string | undefined {
  // These may be hostile, unlike values from JSON.
  return attempt(() => {
    const issues = isArray(items) ? issuesOf(elementsOf(items, MAX_ITEMS)) : undefined;
    return issues && summaryOfIssues(issues);
  });
}

function jsonIn(text: string): unknown {
  return text.length > MAX_JSON ? undefined : attempt(() => JSON.parse(text) as unknown);
}

/** The keys under which validators keep their list. */
const LISTS = ['issues', 'errors', 'details'];
/**
 * The keys that say where an issue is, and what it is. Values are left out, since a user typed
 * them.
 */
const PLACES = ['path', 'instancePath', 'property', 'field', 'param', 'loc'];
const REASONS = ['code', 'keyword', 'kind', 'type'];

function issuesOf(json: unknown): readonly object[] | undefined {
  if (!isObject(json)) return undefined;
  const list = isArray(json) ? json : LISTS.map((key) => read(json, key)).find(isArray);
  if (list === undefined) return flattened(read(json, 'fieldErrors'));
  return list.length > 0 && list.every(isIssue) ? list : undefined;
}

/** An object that is no list has to say where its issue is: `{ code }` alone may be anything. */
function isPlaced(issue: unknown): issue is object {
  return isIssue(issue) && PLACES.some((key) => key in issue);
}

function isIssue(issue: unknown): issue is object {
  if (!isObject(issue)) return false;
  return (
    typeof read(issue, 'code') === 'string' ||
    (reasonOf(issue) !== undefined && PLACES.some((key) => key in issue))
  );
}

/** zod's `{ fieldErrors: { email: ['Required'] } }`. */
function flattened(fields: unknown): readonly object[] | undefined {
  if (!isObject(fields) || isArray(fields)) return undefined;
  const issues = Object.entries(fields).map(([path, said]) => ({
    path,
    code: isArray(said) ? said[0] : said,
  }));
  return issues.length > 0 && issues.every(isIssue) ? issues : undefined;
}

/**
 * The issue's code, if it has one. For class-validator it is the names of the broken rules, for
 * others the text.
 */
function reasonOf(issue: object): string | undefined {
  const code = REASONS.map((key) => read(issue, key)).find((each) => typeof each === 'string');
  if (typeof code === 'string') return code;
  const constraints = read(issue, 'constraints');
  if (isObject(constraints)) return Object.keys(constraints).join(', ');
  const text = read(issue, 'message');
  return typeof text === 'string' ? text : undefined;
}

/**
 * A summary: `2 issues: user.email invalid_format; age too_small`. Values are left out, since a
 * user typed them.
 */
function summaryOfIssues(issues: readonly object[]): string {
  const shown = issues.slice(0, SHOWN_ISSUES).map(issueText);
  const total = issues.length === 1 ? '1 issue' : `${issues.length} issues`;
  return `${total}: ${shown.join('; ')}${issues.length > shown.length ? '; …' : ''}`;
}

function issueText(issue: object): string {
  const path = PLACES.map((key) => read(issue, key)).find((each) => each !== undefined);
  const place = isArray(path)
    ? path.map(placePart).join('.')
    : typeof path === 'string'
      ? path
      : '';
  return cut(`${place} ${reasonOf(issue) ?? ''}`.trim(), SHOWN_ISSUE);
}

/** A key of a path. valibot has it in an object. */
function placePart(part: unknown): string {
  return String(isObject(part) ? read(part, 'key') : part);
}
