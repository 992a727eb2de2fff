import { constructorName } from '../error/class.ts';
import { isObject, read } from '../../lib/safe-read.ts';

/**
 * A socket, an agent, a request or a response of Node or an HTTP client, or what JSON left of one. It has
 * hundreds of values, and a person needs one line of them.
 */
export interface HttpObject {
  /** For example `POST https://api.example/charges 402 Payment Required`. */
  readonly line: string;
  /** The body of a response. */
  readonly body?: unknown;
  readonly headers?: unknown;
}

/** The most UTF-16 units of a part of a line. */
const MAX_PART = 2_000;
const METHOD = /^[A-Za-z-]{1,20}$/;

/** Keys in the settings of requests of axios, gaxios and got, and in few other objects. */
export const SETTING_KEYS: readonly string[] = [
  'xsrfCookieName',
  'transformRequest',
  'validateStatus',
  'paramsSerializer',
  'retryConfig',
  'throwHttpErrors',
];
/** Keys of a response besides its status and headers. An application's own object rarely has one. */
const OF_RESPONSES = ['config', 'request', 'statusText', 'redirected'];

/** Describes an object of HTTP; undefined for any other object. It throws if a getter does. */
export function httpObject(object: object, isEmitter: boolean): HttpObject | undefined {
  if (isResponse(object, isEmitter)) return response(object);
  if (isEmitter) return emitter(object);
  if (!SETTING_KEYS.some((key) => key in object)) return undefined;
  // ky has the address elsewhere.
  const line = requestLine(object) ?? read(object, 'method');
  return typeof line === 'string' && line !== '' ? { line } : undefined;
}

/** Whether an object is Node's EventEmitter, is built like one, or is what JSON leaves of one. */
export function isEmitterLike(object: object): boolean {
  if ('_events' in object || '_readableState' in object) return true;
  return typeof read(object, 'emit') === 'function' && typeof read(object, 'on') === 'function';
}

function isResponse(object: object, isEmitter: boolean): boolean {
  if (typeof statusOf(object) !== 'number') return false;
  if (isEmitter) return true;
  if (!isObject(read(object, 'headers'))) return false;
  return OF_RESPONSES.some((key) => key in object) || ('url' in object && 'data' in object);
}

function emitter(object: object): HttpObject | undefined {
  const line = requestLine(object);
  if (line !== undefined) {
    const answer = read(object, 'res');
    return { line: joined([line, isObject(answer) ? statusLine(answer) : undefined]) };
  }
  if ('freeSockets' in object) return { line: constructorName(object) ?? 'Agent' };
  if ('connecting' in object) {
    return { line: joined(['Socket', partOf(object, ['servername', '_host'])]) };
  }
  return undefined;
}

function response(object: object): HttpObject {
  const asked = ['config', 'request', 'req']
    .map((key) => read(object, key))
    .map((each) => (isObject(each) ? requestLine(each) : undefined))
    .find((line) => line !== undefined);
  const url = asked ?? partOf(object, ['url', 'responseUrl']);
  const body = ['data', 'body', 'text'].map((key) => read(object, key)).find(isBody);
  const headers = ['headers', 'header'].map((key) => read(object, key)).find(isObject);
  return { line: joined([url, statusLine(object)]), body, headers };
}

function isBody(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || typeof value === 'function') {
    return false;
  }
  // A stream is no text yet.
  return !isObject(value) || !('_events' in value || 'locked' in value || 'pipe' in value);
}

function statusOf(object: object): unknown {
  const status = read(object, 'status');
  return typeof status === 'number' ? status : read(object, 'statusCode');
}

function statusLine(object: object): string | undefined {
  const status = statusOf(object);
  if (typeof status !== 'number') return undefined;
  return joined([String(status), partOf(object, ['statusText', 'statusMessage'])]);
}

/** `POST https://api.example/charges`; undefined if there is no method or no address. */
function requestLine(object: object): string | undefined {
  const options = read(object, '_options');
  const method =
    read(object, 'method') ?? (isObject(options) ? read(options, 'method') : undefined);
  const url = addressOf(object);
  if (url === undefined || (method !== undefined && method !== null && !isMethod(method))) {
    return undefined;
  }
  if (!isMethod(method) && !SETTING_KEYS.some((key) => key in object)) return undefined;
  return `${isMethod(method) ? method.toUpperCase() : 'GET'} ${url}`;
}

function isMethod(method: unknown): method is string {
  return typeof method === 'string' && METHOD.test(method);
}

function addressOf(object: object): string | undefined {
  const given = read(object, 'url');
  const url =
    partOf(object, ['_currentUrl', 'originalUrl', 'url', 'responseURL', 'requestUrl']) ??
    (isObject(given) ? partOf(given, ['href']) : undefined);
  const base = partOf(object, ['baseURL', 'prefixUrl']);
  if (base !== undefined && url?.includes('://') !== true) {
    return url === undefined ? base : `${base.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
  }
  if (url !== undefined) return url;
  const path = partOf(object, ['path']);
  const host = partOf(object, ['host', 'hostname']);
  if (path === undefined || host === undefined) return path;
  const protocol = partOf(object, ['protocol']) ?? 'http:';
  return `${protocol}//${host}${path}`;
}

function partOf(object: object, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = read(object, key);
    if (typeof value === 'string' && value !== '') return value.slice(0, MAX_PART);
  }
  return undefined;
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ');
}
