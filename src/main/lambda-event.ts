import { elementsOf, isArray, isObject, numberAt, readAt, textAt } from '../lib/safe-read.ts';
import type { TagValue } from '../event/record.ts';

/** What an event of Lambda says of its source. A part is undefined if the event does not say it. */
export interface EventFacts {
  readonly tags: Readonly<Record<string, TagValue>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The most records whose ids an event names. */
const RECORDS = 10;

/**
 * What called the function, read from the event that it was given. The source becomes the tag
 * `event_source`. An HTTP request also has its method, route and path, as any request has. It holds
 * no body and no header.
 */
export function eventFacts(event: unknown): EventFacts | undefined {
  if (isObject(readAt(event, 'requestContext'))) return httpFacts(event);
  const [record] = elementsOf(readAt(event, 'Records'), 1);
  if (isObject(record)) return recordFacts(event, record);
  if (textAt(event, 'eventSource') !== undefined) return batchFacts(event);
  const detail = textAt(event, 'detail-type');
  if (detail === undefined) return undefined;
  return {
    tags: { event_source: 'eventbridge', event_name: detail },
    metadata: { event_from: textAt(event, 'source'), event_ids: [textAt(event, 'id')] },
  };
}

function httpFacts(event: unknown): EventFacts {
  const of = (...path: string[]): string | undefined => textAt(event, 'requestContext', ...path);
  const path = textAt(event, 'rawPath') ?? of('http', 'path') ?? textAt(event, 'path');
  const query = textAt(event, 'rawQueryString') ?? queryOf(event);
  const target = path && query ? `${path}?${query}` : path;
  const host = of('domainName') ?? textAt(event, 'headers', 'host');
  return {
    tags: {
      event_source: httpSource(event),
      request_method: of('http', 'method') ?? textAt(event, 'httpMethod'),
      route: textAt(event, 'resource') ?? routeOf(of('routeKey') ?? textAt(event, 'routeKey')),
    },
    metadata: {
      full_path: target,
      url: target && host && `https://${host}${target}`,
      gateway_request_id: of('requestId'),
    },
  };
}

function httpSource(event: unknown): string {
  const request = readAt(event, 'requestContext');
  if (isObject(readAt(request, 'elb'))) return 'alb';
  if (textAt(request, 'domainName')?.includes('.lambda-url.') === true) return 'function-url';
  return textAt(request, 'connectionId') === undefined ? 'api-gateway' : 'websocket';
}

/**
 * The path of `GET /orders/{id}`. Undefined for `$default`, which stands for all that have no
 * route.
 */
function routeOf(key: string | undefined): string | undefined {
  if (key === undefined || key === '$default') return undefined;
  return key.slice(key.indexOf(' ') + 1);
}

/** The query as a text, made of the event's object. */
function queryOf(event: unknown): string {
  const all = readAt(event, 'multiValueQueryStringParameters');
  const given = isObject(all) ? all : readAt(event, 'queryStringParameters');
  const pairs = Object.keys(isObject(given) ? given : {}).flatMap((name) => {
    const value = readAt(given, name);
    const values = isArray(value) ? elementsOf(value, RECORDS) : [value];
    return values.map((each): [string, string] => [name, typeof each === 'string' ? each : '']);
  });
  // A load balancer hands them over as they came. API Gateway decodes them.
  return isObject(readAt(event, 'requestContext', 'elb'))
    ? pairs.map((pair) => pair.join('=')).join('&')
    : new URLSearchParams(pairs).toString();
}

function recordFacts(event: unknown, record: object): EventFacts {
  const service = serviceOf(textAt(record, 'eventSource') ?? textAt(record, 'EventSource'));
  const name = nameIn(textAt(record, 'eventSourceARN') ?? textAt(record, 'Sns', 'TopicArn'));
  return {
    tags: {
      event_source: service,
      event_name: textAt(record, 'eventName'),
      queue: service === 'sqs' ? name : undefined,
    },
    metadata: {
      event_from: textAt(record, 's3', 'bucket', 'name') ?? name,
      object_key: textAt(record, 's3', 'object', 'key'),
      event_ids: elementsOf(readAt(event, 'Records'), RECORDS).map(idOf),
      event_records: numberAt(event, 'Records', 'length'),
    },
  };
}

/** Kafka, Amazon MQ and DocumentDB name the source once for all records, which each has under a key of its own. */
function batchFacts(event: unknown): EventFacts {
  const service = serviceOf(textAt(event, 'eventSource'));
  const topics = readAt(event, 'records') ?? readAt(event, 'rmqMessagesByQueue');
  const [key] = isObject(topics) ? Object.keys(topics) : [];
  const [record] = key === undefined ? [] : elementsOf(readAt(topics, key), 1);
  const arn = textAt(event, 'eventSourceArn');
  return {
    tags: { event_source: service === 'SelfManagedKafka' ? 'kafka' : service },
    // RabbitMQ's key is the queue and its virtual host: `orders::/`.
    metadata: { event_from: textAt(record, 'topic') ?? key?.replace(/::.*$/, '') ?? nameIn(arn) },
  };
}

function serviceOf(source: string | undefined): string | undefined {
  return source?.replace(/^aws:/, '');
}

/** The part of an ARN behind the account, as `orders` or `stream/orders`. A stream of DynamoDB has its table. */
function nameIn(arn: string | undefined): string | undefined {
  const resource = arn?.split(':').slice(5).join(':');
  return resource === undefined ? undefined : (/^table\/([^/]+)/.exec(resource)?.[1] ?? resource);
}

/** SQS, SNS, Kinesis and DynamoDB name their records each in their own way; S3 names the request. */
function idOf(record: unknown): string | undefined {
  return (
    textAt(record, 'messageId') ??
    textAt(record, 'Sns', 'MessageId') ??
    textAt(record, 'eventID') ??
    textAt(record, 'responseElements', 'x-amz-request-id')
  );
}
