import type { DefaultTag } from '../default-tags.ts';
import { OptionError } from './option-error.ts';
import type { OptionReader } from './reader.ts';

/** Which facts of a request its events carry. Each is false by default. */
export interface RequestDataOptions {
  /**
   * Headers that say nothing about the person: `user-agent`, `accept`, `content-type` and others.
   */
  readonly headers?: boolean | undefined;
  /** The parameters of the query, scrubbed. */
  readonly query?: boolean | undefined;
  /** The body, if a parser has read it already: scrubbed, and 4 KB of it at most. */
  readonly body?: boolean | undefined;
}

/** Which requests count as failed, and what their events carry. */
export interface RequestOptions {
  /**
   * The statuses of an answer with which an error of its request is an event: a function, or a
   * list. Default: 500 and above.
   */
  readonly captureStatus?: ((status: number) => boolean) | readonly number[] | undefined;
  /**
   * Also report answers with such a status if no error is known. They are grouped by method and
   * route, and without a framework by method and path. Default false.
   */
  readonly failedRequests?: boolean | undefined;
  /** See `RequestDataOptions`. Default: none of them. */
  readonly requestData?: RequestDataOptions | undefined;
}

/** The facts that an event may have of its request. */
export interface RequestRules {
  readonly requestData: Readonly<Required<Record<keyof RequestDataOptions, boolean>>>;
  readonly sendDefaultPii: boolean;
  readonly defaultTags: readonly DefaultTag[];
}

export interface RequestConfig {
  readonly captureStatus: (status: number) => boolean;
  readonly failedRequests: boolean;
  readonly requestData: RequestRules['requestData'];
}

/** @internal @throws {OptionError} that names the option. */
export function readRequestOptions(reader: OptionReader): RequestConfig {
  return {
    captureStatus: statusRule(reader),
    failedRequests: reader.boolean('failedRequests', false),
    requestData: reader.flags('requestData', ['headers', 'query', 'body']),
  };
}

function statusRule(reader: OptionReader): (status: number) => boolean {
  const given = reader.functionOrList('captureStatus', 'HTTP statuses from 100 to 599', isStatus);
  if (given === undefined) return (status) => status >= 500;
  if (typeof given !== 'function') {
    const statuses = new Set(given);
    return (status) => statuses.has(status);
  }
  return (status) => {
    const answer = (given as (status: number) => unknown)(status);
    if (typeof answer === 'boolean') return answer;
    throw new OptionError('captureStatus', 'expected `captureStatus` to return a boolean');
  };
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599;
}
