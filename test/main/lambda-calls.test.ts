import t, { type Test } from 'tap';
import { addBreadcrumb, captureMessage, close, init, wrapHandler } from '../../src/index.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { isColdStart } from '../../src/main/lambda-context.ts';
import { recordEvents } from '../../src/testing.ts';
import { FakeClock } from '../helpers/clock.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

t.beforeEach(() => {
  recordEvents();
  init();
});
t.afterEach(() => close(0));

/** The event that is made in an invocation. */
function eventOf(event: unknown, options: object = {}, context: object = {}): ErrsightEvent {
  const events = recordEvents();
  const handler = wrapHandler((_event: unknown, _context: object) => {
    captureMessage('in it');
  }, options);
  handler(event, { awsRequestId: 'r-1', functionName: 'checkout', ...context });
  const [made] = events;
  if (made === undefined || events.length > 1) throw new Error(`${events.length} events`);
  return made;
}

const V2 = {
  version: '2.0',
  routeKey: 'GET /orders/{id}',
  rawPath: '/orders/17',
  rawQueryString: 'a=1&token=s3cr3t',
  requestContext: {
    requestId: 'gw-1',
    domainName: 'x.execute-api.eu.amazonaws.com',
    http: { method: 'GET', path: '/orders/17' },
  },
};

interface Row {
  readonly event: unknown;
  readonly tags: object;
  readonly metadata: object;
}

const CALLS: Readonly<Record<string, Row>> = {
  'API Gateway, REST': {
    event: {
      resource: '/orders/{id}',
      path: '/orders/17',
      httpMethod: 'POST',
      multiValueQueryStringParameters: { a: ['1', '2'] },
      requestContext: { requestId: 'gw-1', stage: 'prod' },
      body: 's3cr3t',
    },
    tags: {
      event_source: 'api-gateway',
      request_method: 'POST',
      route: '/orders/{id}',
      // The first call of this process.
      cold_start: 'true',
    },
    metadata: { full_path: '/orders/17?a=1&a=2', gateway_request_id: 'gw-1' },
  },
  'API Gateway, HTTP': {
    event: V2,
    tags: { event_source: 'api-gateway', request_method: 'GET', route: '/orders/{id}' },
    metadata: { full_path: /^\/orders\/17\?a=1&token=\[/, gateway_request_id: 'gw-1' },
  },
  'API Gateway, WebSocket': {
    event: { requestContext: { routeKey: 'sendMessage', connectionId: 'c', requestId: 'gw-1' } },
    tags: { event_source: 'websocket', route: 'sendMessage' },
    metadata: { gateway_request_id: 'gw-1', url: undefined },
  },
  'a function URL': {
    event: {
      ...V2,
      routeKey: '$default',
      requestContext: { ...V2.requestContext, domainName: 'x.lambda-url.eu-west-1.on.aws' },
    },
    tags: { event_source: 'function-url', request_method: 'GET', route: undefined },
    metadata: {
      full_path: /^\/orders\/17\?/,
      url: /^https:\/\/x\.lambda-url\.eu-west-1\.on\.aws\/orders\/17\?a=1&token=\[/,
    },
  },
  'a load balancer': {
    event: {
      requestContext: { elb: { targetGroupArn: 'arn' } },
      httpMethod: 'GET',
      path: '/health',
      queryStringParameters: {},
      headers: { host: 'shop.example' },
    },
    tags: { event_source: 'alb', request_method: 'GET' },
    metadata: { full_path: '/health', url: 'https://shop.example/health' },
  },
  'a load balancer, which hands its query over as it came': {
    event: {
      requestContext: { elb: { targetGroupArn: 'arn' } },
      httpMethod: 'GET',
      path: '/a',
      multiValueQueryStringParameters: { q: ['a%20b', 'd'], c: ['e+f'] },
    },
    tags: { event_source: 'alb' },
    metadata: { full_path: '/a?q=a%20b&q=d&c=e+f' },
  },
  'a stream of DynamoDB': {
    event: {
      Records: [
        {
          eventID: 'e-1',
          eventName: 'INSERT',
          eventSource: 'aws:dynamodb',
          eventSourceARN:
            'arn:aws:dynamodb:us-west-2:1:table/orders/stream/2015-06-27T00:48:05.899',
        },
      ],
    },
    tags: { event_source: 'dynamodb', event_name: 'INSERT' },
    metadata: { event_from: 'orders', event_ids: ['e-1'] },
  },
  Kinesis: {
    event: {
      Records: [
        { eventSource: 'aws:kinesis', eventSourceARN: 'arn:aws:kinesis:eu:1:stream/clicks' },
      ],
    },
    tags: { event_source: 'kinesis' },
    metadata: { event_from: 'stream/clicks' },
  },
  Kafka: {
    event: {
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/shop/5f1c',
      records: { 'orders-0': [{ topic: 'orders', partition: 0, value: 's3cr3t' }] },
    },
    tags: { event_source: 'kafka' },
    metadata: { event_from: 'orders' },
  },
  'Kafka of their own': {
    event: { eventSource: 'SelfManagedKafka', records: { 'orders-0': [{ topic: 'orders' }] } },
    tags: { event_source: 'kafka' },
    metadata: { event_from: 'orders' },
  },
  'RabbitMQ of Amazon': {
    event: {
      eventSource: 'aws:rmq',
      eventSourceArn: 'arn:aws:mq:us-west-2:1:broker:pizzas:b-9b',
      rmqMessagesByQueue: { 'orders::/': [{ data: 's3cr3t' }] },
    },
    tags: { event_source: 'rmq' },
    metadata: { event_from: 'orders' },
  },
  DocumentDB: {
    event: {
      eventSource: 'aws:docdb',
      eventSourceArn: 'arn:aws:rds:us-east-1:1:cluster:shop',
      events: [{ event: {} }],
    },
    tags: { event_source: 'docdb' },
    metadata: { event_from: 'cluster:shop' },
  },
  SQS: {
    event: {
      Records: [
        { messageId: 'm-1', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:eu:1:orders' },
        { messageId: 'm-2', eventSource: 'aws:sqs', body: 's3cr3t' },
      ],
    },
    tags: { event_source: 'sqs', queue: 'orders' },
    metadata: { event_from: 'orders', event_ids: ['m-1', 'm-2'], event_records: 2 },
  },
  S3: {
    event: {
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'ObjectCreated:Put',
          s3: { bucket: { name: 'uploads' }, object: { key: 'a/b.pdf' } },
          responseElements: { 'x-amz-request-id': 'q-1' },
        },
      ],
    },
    tags: { event_source: 's3', event_name: 'ObjectCreated:Put', queue: undefined },
    metadata: { event_from: 'uploads', object_key: 'a/b.pdf', event_ids: ['q-1'] },
  },
  SNS: {
    event: {
      Records: [
        { EventSource: 'aws:sns', Sns: { TopicArn: 'arn:aws:sns:eu:1:alerts', MessageId: 'm-1' } },
      ],
    },
    tags: { event_source: 'sns' },
    metadata: { event_from: 'alerts', event_ids: ['m-1'] },
  },
  EventBridge: {
    event: {
      id: 'e-1',
      source: 'acme.shop',
      'detail-type': 'OrderPlaced',
      detail: { a: 's3cr3t' },
    },
    tags: { event_source: 'eventbridge', event_name: 'OrderPlaced' },
    metadata: { event_from: 'acme.shop', event_ids: ['e-1'] },
  },
  'nobody who is known': { event: { orderId: 17 }, tags: {}, metadata: {} },
  'no event at all': { event: undefined, tags: {}, metadata: {} },
  'a hostile one': {
    event: {
      get Records() {
        throw new Error('a trap');
      },
      requestContext: { elb: 7, http: 'x' },
      path: 7,
    },
    tags: { event_source: 'api-gateway' },
    metadata: {},
  },
};

t.test('what called the function is in its events', (t) => {
  for (const [what, { event, tags, metadata }] of Object.entries(CALLS)) {
    const made = eventOf(event);
    t.match(made.tags, { function_name: 'checkout', ...tags }, what);
    t.match(made.metadata, { request_id: 'r-1', ...metadata }, what);
    t.notMatch(JSON.stringify(made), /s3cr3t/, what);
  }
  t.end();
});

t.test('only the first call is a cold start; what is left is told', (t) => {
  t.match(eventOf({}).tags, { cold_start: 'false' });
  t.equal(isColdStart(true, {}), true);
  const provisioned = { AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' };
  t.equal(isColdStart(true, provisioned), false);
  const left = eventOf({}, {}, { getRemainingTimeInMillis: () => 1_234.5 });
  t.match(left.tags, { remaining_ms: '1235' });
  t.notOk('remaining_ms' in eventOf({}, {}, { getRemainingTimeInMillis: () => 'soon' }).tags);
  t.end();
});

t.test('the event goes along on demand: 4 KB of it, scrubbed', (t) => {
  const event = { password: 's3cr3t', note: 'n'.repeat(100_000), items: [1, 2], id: 17 };
  t.notOk('lambda_event' in eventOf(event).metadata, 'not by default');
  const { lambda_event: sent } = eventOf(event, { includeEvent: true }).metadata;
  t.match(sent, { id: 17, items: [1, 2], note: /^n{50}/ });
  t.notMatch(JSON.stringify(sent), /s3cr3t/);
  t.ok(Buffer.byteLength(JSON.stringify(sent)) <= 4_096);
  t.equal(eventOf('text', { includeEvent: true }).metadata['lambda_event'], 'text');
  const cyclic: Record<string, unknown> = { id: 17n };
  cyclic['self'] = cyclic;
  t.match(eventOf(cyclic, { includeEvent: true }).metadata['lambda_event'], { id: '17' });
  t.end();
});

/** Has all of the package go by this clock. */
function fakeTime(t: Test): FakeClock {
  const [clock, real] = [new FakeClock(), { ...systemClock }];
  const given: Clock = {
    now: () => clock.now(),
    setTimer: (...args) => clock.setTimer(...args),
    clearTimer: (timer) => clock.clearTimer(timer),
    // The answers are real ones.
    onceRead: (callback) => real.onceRead(callback),
  };
  Object.assign(systemClock, given);
  t.teardown(() => Object.assign(systemClock, real));
  return clock;
}

/** An invocation with so many ms, which ends when it is told to. */
function begin(remaining: number, options: object = {}): { end(): Promise<unknown> } {
  let finish: ((value: string) => void) | undefined;
  const handler = wrapHandler(async (_event: object, _context: object) => {
    addBreadcrumb({ message: 'asked the bank' });
    return new Promise<string>((resolve) => (finish = resolve));
  }, options);
  const context = { functionName: 'checkout', getRemainingTimeInMillis: () => remaining };
  const answer = handler({}, context);
  return {
    end: () => {
      finish?.('done');
      return answer;
    },
  };
}

t.test('a warning comes before the time limit, with the trail so far', async (t) => {
  const clock = fakeTime(t);
  for (const [remaining, options, after] of [
    [3_000, {}, 2_500],
    [3_000, { timeoutWarning: 1_000 }, 2_000],
    [600, {}, 300],
  ] as const) {
    const events = recordEvents();
    const invocation = begin(remaining, options);
    await clock.advance(after - 1);
    t.strictSame(events, []);
    await clock.advance(1);
    t.match(events, [
      {
        level: 'warning',
        message: 'the function checkout runs into its time limit',
        tags: { function_name: 'checkout' },
        metadata: { mechanism: 'lambda' },
        breadcrumbs: [{ message: 'asked the bank' }],
      },
    ]);
    t.equal(await invocation.end(), 'done');
    await clock.advance(10_000);
    t.equal(events.length, 1, 'once');
  }
});

t.test('there is none where it is off, or the invocation is over', async (t) => {
  const clock = fakeTime(t);
  const events = recordEvents();
  begin(3_000, { timeoutWarning: 0 });
  await begin(3_000).end();
  wrapHandler((_event: object, _context: object) => 'at once')(
    {},
    { getRemainingTimeInMillis: () => 3_000 },
  );
  begin(Number.NaN);
  begin(-1);
  await clock.advance(10_000);
  t.strictSame(events, []);
});
