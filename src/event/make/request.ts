import { parseAccessLine } from './access-line.ts';
import { attempt, dataOf, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { withoutAnsi } from '../../lib/text.ts';
import type { LogRecord } from '../record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a log line says of its HTTP request, under the same names for all loggers. */
export interface LoggedRequest {
  /** Any value that the framework uses. It is not scrubbed, and no text yet. */
  readonly id: unknown;
  readonly method: string | undefined;
  /** With the query. */
  readonly path: string | undefined;
  readonly status: number | undefined;
  /** ms */
  readonly duration: number | undefined;
  /** The fields that hold the id and the duration. They are shown under names of ours. */
  readonly shown: readonly string[];
}

/** UTF-16 units of a message that are looked at. Nobody looks for a longer path. */
const LINE = 8_192;

const METHOD = /^[A-Za-z-]{1,20}$/;
const NUMBER = /^\d{1,15}(?:\.\d{1,15})?$/;

/** The fields of Fastify and of bunyan-middleware. */
const IDS = ['reqId', 'req_id'] as const;
/**
 * Durations in ms: of pino-http, Fastify and express-winston, of morgan through a logger, of
 * bunyan-middleware.
 */
const DURATIONS = ['responseTime', 'response_time', 'response-time', 'duration'] as const;

/**
 * The request of a line, in any of these forms:
 *
 *   pino-http, Fastify         reqId or req.id, req, res, responseTime; req and res under any name
 *   express-winston            the same under `meta`, or at the top with `metaField: null`
 *   bunyan-middleware          req_id, req, res, duration
 *   morgan through a logger    its line of text, or what was made of it: method, url, status, …
 *
 * Trusts nothing. Never throws.
 */
export function requestOf(fields: Fields, message: string): LoggedRequest {
  const places = placesIn(fields);
  const named = firstObject(places, 'req');
  const renamed = named ? undefined : renamedIn(places);
  const req = named ?? renamed;
  const id = idOf(fields) ?? (req && read(req, 'id'));
  const res = firstObject(places, 'res') ?? (renamed && answerIn(fields));
  const told = (req ?? res) ? undefined : (places.find(isFlat) ?? toldBy(message));
  // A duration is about a request only if there is one beside it.
  const timed = told ? [told] : req || res ? places : [];
  const duration = first(timed, DURATIONS, numberOf);
  return {
    id,
    method: methodOf(req ?? told),
    path: pathOf(req ?? told),
    status: statusOf(res ?? told),
    duration,
    shown: [...keysWith(fields, IDS, id), ...keysWith(fields, DURATIONS, duration)],
  };
}

/** Whether a line only says how a request was answered: with a 5xx, or as if nothing had failed. */
export function tellsOfAnswer({ fields, message }: Pick<LogRecord, 'fields' | 'message'>): boolean {
  const { status = 0, duration } = requestOf(fields, message);
  return status >= 500 || (status < 400 && status > 0 && duration !== undefined);
}

/** What fields at the top level say of a request, whatever else they say. */
export function requestWith(
  fields: Fields,
): Pick<LoggedRequest, 'method' | 'path' | 'status'> | undefined {
  const method = methodOf(fields);
  const path = first([fields], ['originalUrl', 'url', 'path'], textOf);
  return method === undefined ? undefined : { method, path, status: statusOf(fields) };
}

/** Which of these keys hold the value, if there is one. */
function keysWith(fields: Fields, keys: readonly string[], value: unknown): readonly string[] {
  return isSet(value) ? keys.filter((key) => read(fields, key) === value) : [];
}

/** express-winston puts all of it under `meta`. */
function placesIn(fields: Fields): readonly object[] {
  const meta = read(fields, 'meta');
  return isObject(meta) ? [fields, meta] : [fields];
}

/** The id of a line's request that has a field of its own. */
function idOf(fields: Fields): unknown {
  return IDS.map((key) => read(fields, key)).find(isSet);
}

/** The most fields that are searched for a request under another name. */
const FIELDS = 50;

/**
 * The request of pino-http's `customAttributeKeys`. Only what a server has received has the client's
 * address beside its headers.
 */
function renamedIn(places: readonly object[]): object | undefined {
  return places
    .flatMap(objectsIn)
    .find(
      (value) =>
        isFlat(value) && isObject(read(value, 'headers')) && isSet(read(value, 'remoteAddress')),
    );
}

/** The answer beside such a request. */
function answerIn(fields: Fields): object | undefined {
  return objectsIn(fields).find(
    (value) => typeof read(value, 'statusCode') === 'number' && isObject(read(value, 'headers')),
  );
}

/** The objects among the first fields. */
export function objectsIn(place: object): readonly object[] {
  const values = keysOf(place).slice(0, FIELDS);
  return values.map((key) => dataOf(place, key)).filter(isObject);
}

function idInside(places: readonly object[]): unknown {
  const req = firstObject(places, 'req') ?? renamedIn(places);
  return req && read(req, 'id');
}

/** The id of a line's request, as a text that tells requests apart. It is not scrubbed yet. */
export function requestIdOf(fields: Fields): string | undefined {
  const id = idOf(fields) ?? idInside(placesIn(fields));
  if (!isSet(id)) return undefined;
  // An unusual id still tells requests apart.
  return typeof id === 'string' ? id : attempt(() => JSON.stringify(id));
}

/**
 * The fields of a request at the top level. `{ method, url }` with a whole URL is an outgoing
 * request.
 */
function isFlat(place: object): boolean {
  return methodOf(place) !== undefined && pathOf(place)?.startsWith('/') === true;
}

/** What a line of text says, in one of morgan's formats or as JSON. */
function toldBy(message: string): object | undefined {
  if (message.length > LINE) return undefined;
  const text = withoutAnsi(message).trim();
  if (!text.startsWith('{')) return parseAccessLine(text);
  const json = attempt(() => JSON.parse(text) as unknown);
  return isObject(json) && isFlat(json) ? json : undefined;
}

function methodOf(place: object | undefined): string | undefined {
  const method = place && read(place, 'method');
  return typeof method === 'string' && METHOD.test(method) ? method.toUpperCase() : undefined;
}

/** A response that has not begun still has the status that it was made with. */
function statusOf(place: object | undefined): number | undefined {
  if (place === undefined || read(place, 'headersSent') === false) return undefined;
  return first([place], ['statusCode', 'status', 'status_code'], numberOf);
}

/** Express changes `url` on the way through routers, and keeps the original. */
function pathOf(place: object | undefined): string | undefined {
  return place && first([place], ['originalUrl', 'url'], textOf);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function first<T>(
  places: readonly object[],
  keys: readonly string[],
  take: (value: unknown) => T | undefined,
): T | undefined {
  for (const place of places) {
    for (const key of keys) {
      const value = take(read(place, key));
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

function firstObject(places: readonly object[], key: string): object | undefined {
  for (const place of places) {
    const value = read(place, key);
    if (isObject(value)) return value;
  }
  return undefined;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
