import { isArray, isObject, read } from '../../lib/safe-read.ts';
import { bounded } from '../bounded.ts';
import type { RequestRules } from '../../options/requests.ts';
import type { Json } from '../../event/scrub/plain-copy.ts';
import type { Scrubber } from '../../event/scrub/scrubber.ts';
import type { RequestFacts } from './facts.ts';

/** What an event may say of a request, and the scrubber that takes the secrets out. */
export interface DataRules extends RequestRules {
  readonly scrub: Scrubber;
}

/** Headers that say what was requested and by which program, and nothing about the person. */
const HEADERS = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'origin',
  'referer',
  'user-agent',
  'x-request-id',
] as const;

/** The most UTF-16 units of one header. */
const HEADER = 500;
/** The most UTF-16 units of an address that are read. */
const QUERY = 16_000;
/** The most names of a query. */
const NAMES = 50;
/** The most bytes of a body, as JSON. */
const BODY = 4_096;

/** What `requestData` asks for. */
export function requestData(rules: DataRules, facts: RequestFacts): Record<string, unknown> {
  const { headers, query, body } = rules.requestData;
  return {
    ...(headers && { request_headers: headersOf(facts.request.headers, rules.scrub) }),
    ...(query && { request_query: queryOf(rules.scrub.text(facts.url ?? '', QUERY)) }),
    ...(body && bodyOf(facts.body(), rules.scrub)),
  };
}

function headersOf(headers: unknown, scrub: Scrubber): Record<string, string> {
  if (!isObject(headers)) return {};
  const said: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = read(headers, name);
    if (typeof value === 'string') said[name] = scrub.text(value, HEADER);
  }
  return said;
}

/** The query by names. A name that comes more than once has a list. */
function queryOf(url: string): Record<string, string | string[]> {
  const start = url.indexOf('?');
  if (start === -1) return {};
  const parameters = new URLSearchParams(url.slice(start + 1));
  const names = [...new Set(parameters.keys())].slice(0, NAMES);
  return Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

/** The body, if a parser has read it. A body that nobody has parsed is not touched. */
function bodyOf(body: unknown, scrub: Scrubber): Record<string, Json> {
  const isText = typeof body === 'string' && body !== '';
  if (!isText && !isObject(body)) return {};
  // Express's parsers leave `{}` if there was no body.
  if (isObject(body) && !isArray(body) && !isBytes(body) && isEmpty(body)) return {};
  return { request_body: bounded(body, BODY, scrub) };
}

function isBytes(value: object): boolean {
  return ArrayBuffer.isView(value);
}

function isEmpty(value: object): boolean {
  return typeof value !== 'function' && Object.keys(value).length === 0;
}
