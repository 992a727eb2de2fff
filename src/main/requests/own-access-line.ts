import { requestWith } from '../../event/make/request.ts';
import { dataOf, keysOf } from '../../lib/safe-read.ts';
import { withoutAnsi } from '../../lib/text.ts';
import type { LogRecord } from '../../event/record.ts';
import { statusIn } from './sent-status.ts';

/** The request that a line may be about, and how it was answered. */
export interface Answered {
  readonly method: string;
  /** Its address as it came, and without the query. */
  readonly paths: readonly string[];
  /** Undefined as long as the answer has not begun. */
  readonly status: number | undefined;
  /** What else people write into such a line: the client's address and its user agent. */
  readonly others: readonly string[];
}

/** UTF-16 units of a text that are looked at. */
const LINE = 2_048;

/** Words that say no more than that a request was answered, beside those of the statuses. */
const WORDS =
  'request requests req response resp res reply http https answer answered complete completed finish finished fail ' +
  'failed end ended done with in after took from by status code statuscode ms s sec secs seconds b kb bytes ip agent ' +
  'duration time length size error';

/** Made with the first such line, since `node:http` takes some ms. */
let known: ReadonlySet<string> | undefined;

function knownWords(): ReadonlySet<string> {
  const statuses = Object.values(process.getBuiltinModule('node:http').STATUS_CODES).join(' ');
  return (known ??= new Set(`${WORDS} ${statuses.toLowerCase()}`.split(/[^a-z]+/)));
}

/** Times, ids and addresses of clients. */
const VALUES =
  /\d{4}-\d\d-\d\dT[\d:.]{1,20}Z?|\b[\da-f]{8}-[\da-f-]{27}\b|(?:[\da-f]{0,4}:){2,8}[\da-f.]{0,40}|\d+(?:\.\d+)?(?:ms|s|kb|b)?\b/gi;

/** Fields that say why something failed. */
const REASON = /err|reason|cause|exception|stack|detail/i;

/**
 * Whether the fields are those of pino-http under names of the application: the answer itself, and
 * how long it took. A 4xx has a rule of its own.
 */
export function hasAnswer(
  fields: LogRecord['fields'],
  response: { readonly statusCode?: number },
): boolean {
  const values = keysOf(fields).map((key) => dataOf(fields, key));
  const status = statusIn(response) ?? 0;
  const isRefusal = status >= 400 && status < 500;
  return (
    !isRefusal && values.includes(response) && values.some((value) => typeof value === 'number')
  );
}

/**
 * Whether a line that an application writes itself only says how this request was answered, as
 * `GET /orders/7 500 12 ms` does: it has the request's method, its path and its status, and no
 * words but those of such lines.
 */
export function isOwnAccessLine(
  { fields, message }: Pick<LogRecord, 'fields' | 'message'>,
  { method, paths, status, others }: Answered,
): boolean {
  if (message.length > LINE) return false;
  let rest = withoutAnsi(message);
  const told = requestWith(fields);
  if (told?.method === method && told.path !== undefined && paths.includes(told.path)) {
    if (Object.keys(fields).some((key) => REASON.test(key))) return false;
    return (
      isFailure(told.status, status) && saysNothing(without(rest, [...paths, ...others]), method)
    );
  }
  const path = paths.find((each) => rest.includes(each));
  if (path === undefined || !rest.includes(method)) return false;
  rest = without(rest, [path, ...others]);
  const found = /(?<![\w.])5\d\d(?![\w.])/.exec(rest)?.[0];
  return found !== undefined && isFailure(Number(found), status) && saysNothing(rest, method);
}

/** Whether a line's status is that of the answer. */
function isFailure(told: number | undefined, status: number | undefined): boolean {
  return told !== undefined && told >= 500 && told === (status ?? told);
}

function without(text: string, parts: readonly string[]): string {
  return parts.reduce((rest, part) => (part === '' ? rest : rest.replaceAll(part, ' ')), text);
}

function saysNothing(text: string, method: string): boolean {
  const words =
    text
      .replaceAll(VALUES, ' ')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const all = knownWords();
  return words.every((word) => all.has(word) || word === method.toLowerCase());
}
