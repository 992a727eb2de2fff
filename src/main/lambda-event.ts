import { elementsOf, isObject, read } from '../lib/safe-read.ts';
import type { TagValue } from '../event/record.ts';

/** What an event of Lambda's says of where it comes from. */
export interface EventFacts {
  readonly tags: Readonly<Record<string, TagValue>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Records whose ids are told. */
const RECORDS = 10;

/**
 * What called the function, from the event that it was given: who it was as the tag `event_source`, of an
 * HTTP request its method, route and path as those of any request. Undefined of what is not known, and of
 * parts that are not there. It holds no body and no header.
 */
export function eventFacts(event: unknown): EventFacts | undefined {
  if (!isObject(event)) return undefined;
  const request = objectIn(event, 'requestContext');
  if (request !== undefined) return httpFacts(event, request);
  const [record] = elementsOf(read(event, 'Records'), 1);
  if (isObject(record)) return recordFacts(event, record);
  const detail = textIn(event, 'detail-type');
  if (detail === undefined) return undefined;
  return {
    tags: { event_source: 'eventbridge', event_name: detail },
    metadata: { event_from: textIn(event, 'source'), event_ids: [textIn(event, 'id')] },
  };
}

function httpFacts(event: object, request: object): EventFacts {
  const http = objectIn(request, 'http') ?? {};
  const routeKey = textIn(request, 'routeKey') ?? textIn(event, 'routeKey');
  const path = textIn(event, 'rawPath') ?? textIn(http, 'path') ?? textIn(event, 'path');
  const query = textIn(event, 'rawQueryString') ?? queryOf(event);
  return {
    tags: {
      event_source: httpSource(request),
      request_method: textIn(http, 'method') ?? textIn(event, 'httpMethod'),
      route: textIn(event, 'resource') ?? routeOf(routeKey),
    },
    metadata: {
      ...(path !== undefined && { full_path: query === '' ? path : `${path}?${query}` }),
      gateway_request_id: textIn(request, 'requestId'),
    },
  };
}

function httpSource(request: object): string {
  if (isObject(read(request, 'elb'))) return 'alb';
  if (textIn(request, 'domainName')?.includes('.lambda-url.') === true) return 'function-url';
  return textIn(request, 'connectionId') === undefined ? 'api-gateway' : 'websocket';
}

/** Of `GET /orders/{id}` the path; `$default` stands for all that have no route. */
function routeOf(key: string | undefined): string | undefined {
  if (key === undefined || key === '$default') return undefined;
  return key.slice(key.indexOf(' ') + 1);
}

/** The query as a text, of those that come as an object. */
function queryOf(event: object): string {
  const all = objectIn(event, 'multiValueQueryStringParameters');
  const given = all ?? objectIn(event, 'queryStringParameters') ?? {};
  const pairs = Object.keys(given).flatMap((name) => {
    const value = read(given, name);
    const values = all === undefined ? [value] : elementsOf(value, RECORDS);
    return values.map((each): [string, string] => [name, typeof each === 'string' ? each : '']);
  });
  return new URLSearchParams(pairs).toString();
}

function recordFacts(event: object, record: object): EventFacts {
  const service = (textIn(record, 'eventSource') ?? textIn(record, 'EventSource') ?? '').replace(
    /^aws:/,
    '',
  );
  const s3 = objectIn(record, 's3') ?? {};
  const sns = objectIn(record, 'Sns') ?? {};
  const bucket = textIn(objectIn(s3, 'bucket') ?? {}, 'name');
  const arn = textIn(record, 'eventSourceARN') ?? textIn(sns, 'TopicArn');
  const name = arn?.slice(arn.lastIndexOf(':') + 1);
  const ids = elementsOf(read(event, 'Records'), RECORDS).map((each) =>
    isObject(each) ? idOf(each) : undefined,
  );
  return {
    tags: {
      event_source: service === '' ? undefined : service,
      event_name: textIn(record, 'eventName'),
      queue: service === 'sqs' ? name : undefined,
    },
    metadata: {
      event_from: bucket ?? name,
      object_key: textIn(objectIn(s3, 'object') ?? {}, 'key'),
      event_ids: ids.filter((id) => id !== undefined),
      event_records: lengthOf(read(event, 'Records')),
    },
  };
}

/** SQS, SNS, Kinesis and DynamoDB name their records each in their own way; S3 names the request. */
function idOf(record: object): string | undefined {
  return (
    textIn(record, 'messageId') ??
    textIn(objectIn(record, 'Sns') ?? {}, 'MessageId') ??
    textIn(record, 'eventID') ??
    textIn(objectIn(record, 'responseElements') ?? {}, 'x-amz-request-id')
  );
}

function lengthOf(list: unknown): number | undefined {
  const length = isObject(list) ? read(list, 'length') : undefined;
  return typeof length === 'number' ? length : undefined;
}

function objectIn(value: object, key: string): object | undefined {
  const inner = read(value, key);
  return isObject(inner) ? inner : undefined;
}

function textIn(value: object, key: string): string | undefined {
  const text = read(value, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
