import tap from 'tap';
import type { JsonObject } from '../../src/dev/json.ts';
import { printEvent, printLoss } from '../../src/dev/print.ts';
import { sanitize } from '../../src/dev/sanitize.ts';
import { Store, type Issue, type StoredEvent } from '../../src/dev/store.ts';

const NOW = Date.UTC(2025, 10, 21, 10, 0, 0, 123);

function store(data: JsonObject): { event: StoredEvent; issue: Issue } {
  return new Store().add(
    sanitize(data, NOW, () => undefined),
    data,
  );
}

function printed(data: JsonObject): string {
  const { event, issue } = store(data);
  return printEvent(event, issue);
}

const frames = [
  { filename: 'node_modules/lib/index.js', lineno: 9, function: 'call', in_app: false },
  {
    filename: 'src/cart.ts',
    lineno: 10,
    function: 'total',
    in_app: true,
    pre_context: ['function total(user: User) {', '\tconst rate = rateOf(user);'],
    context_line: '\treturn user.cart.total * rate;',
    post_context: ['}', ''],
  },
  { filename: 'src/routes.ts', lineno: 4, function: 'checkout', in_app: true },
  { filename: 'src/app.ts', lineno: 2, function: '', in_app: true },
];

await tap.test('an event with everything', (t) => {
  t.equal(
    printed({
      level: 'error',
      message: "TypeError: Cannot read properties of undefined (reading 'total')",
      environment: 'development',
      release: '1.2.3',
      backtrace: 'at total (src/cart.ts:10:20)',
      fingerprint: 'f',
      metadata: {
        exception_class: 'TypeError',
        exception_frames: frames,
        exception_causes: [
          { class: 'RateError', message: 'no rate for XX' },
          { class: 'Error', message: 'connect ECONNREFUSED' },
        ],
        hostname: 'web-1',
        duration: 12.5,
        list: [1, { a: null }],
        request_id: '5f0c',
        full_path: '/cart',
      },
      tags: { request_method: 'POST', route: '/cart' },
      user: { id: 42, email: 'ada@example.com', ip_address: '127.0.0.1' },
      breadcrumbs: [
        {
          timestamp: '2025-11-21T09:59:58.001Z',
          category: 'http',
          message: 'GET /cart',
          data: { status: 200 },
        },
        {
          timestamp: '2025-11-21T09:59:59.5Z',
          level: 'warning',
          category: 'rates',
          message: 'slow',
        },
        { category: 'db', message: 'Rate', data: { sql: 'SELECT * FROM rates', duration_ms: 3.2 } },
      ],
    }),
    `\
10:00:00.123 ERROR TypeError: Cannot read properties of undefined (reading 'total')
  new · issue 252f10c8 · development · release 1.2.3
  at src/cart.ts:10 in total
     8 | function total(user: User) {
     9 |   const rate = rateOf(user);
  > 10 |   return user.cart.total * rate;
    11 | }
    12 |
  at src/routes.ts:4 in checkout
  at src/app.ts:2
  … 1 of libraries
  caused by RateError: no rate for XX
  caused by Error: connect ECONNREFUSED
  trail
    09:59:58.001  info     http   GET /cart → 200
    09:59:59.5    warning  rates  slow
                  info     db     SELECT * FROM rates (3.2 ms)
  tags     request_method=POST  route=/cart
  user     42 · ada@example.com · 127.0.0.1
  metadata request_id=5f0c  full_path=/cart  hostname=web-1  duration=12.5  list=[1,{"a":null}]
`,
  );
  t.end();
});

await tap.test('an event with nothing but a message', (t) => {
  t.equal(
    printed({ message: 'started', fingerprint: 'f' }),
    `\
10:00:00.123 INFO started
  new · issue 252f10c8 · production
`,
  );
  t.end();
});

await tap.test('whether an issue is new, known, or back again', (t) => {
  const known = new Store();
  const add = (): string => {
    const data = { message: 'a', fingerprint: 'f' };
    const { event, issue } = known.add(
      sanitize(data, NOW, () => undefined),
      data,
    );
    return printEvent(event, issue).split('\n')[1] ?? '';
  };
  t.equal(add(), '  new · issue 252f10c8 · production');
  t.equal(add(), '  occurrence 2 · issue 252f10c8 · production');
  known.resolve('252f10c83610ebca1a059c0bae8255eb');
  t.equal(add(), '  back again, occurrence 3 · issue 252f10c8 · production');
  t.end();
});

await tap.test('the title is what was sent, as on the pages of ErrSight', (t) => {
  const metadata = { exception_class: 'TypeError' };
  t.match(printed({ message: 'TypeError: x', metadata }), /INFO TypeError: x\n/);
  t.match(printed({ message: 'x', metadata }), /INFO x\n/);
  t.end();
});

await tap.test('of long things the first part is shown, and how much is left', (t) => {
  const lines = Array.from({ length: 9 }, (_, index) => `line ${index}`);
  t.equal(
    printed({
      message: lines.join('\n'),
      fingerprint: 'f',
      metadata: {
        exception_frames: Array.from({ length: 9 }, (_, index) => ({
          filename: `f${index}.ts`,
          in_app: index < 7,
        })),
        exception_causes: Array.from({ length: 6 }, (_, index) => ({
          class: `E${index}`,
          message: 'x'.repeat(300),
        })),
        ...Object.fromEntries(lines.map((line, index) => [`key${index}`, line])),
      },
      breadcrumbs: lines.map((message) => ({ message })),
    }),
    `\
10:00:00.123 INFO line 0
  line 1
  line 2
  line 3
  line 4
  line 5
  … 3 more lines
  new · issue 252f10c8 · production
  at f0.ts
  at f1.ts
  at f2.ts
  at f3.ts
  at f4.ts
  … 2 more of yours, 2 of libraries
${[0, 1, 2, 3, 4].map((index) => `  caused by E${index}: ${'x'.repeat(195)}…\n`).join('')}\
  … 1 more causes
  trail, after 1 earlier
${lines
  .slice(1)
  .map((line) => `    info  ${line}\n`)
  .join('')}\
  metadata key0=line 0  key1=line 1  key2=line 2  key3=line 3  key4=line 4  key5=line 5  key6=line 6
           key7=line 7  … 1 more
`,
  );
  t.end();
});

await tap.test('without a frame of the application, the first of the libraries', (t) => {
  t.equal(
    printed({
      message: 'a',
      fingerprint: 'f',
      metadata: { exception_frames: [{ ...frames[0], context_line: 'x', lineno: '9' }, frames[0]] },
    }),
    `\
10:00:00.123 INFO a
  new · issue 252f10c8 · production
  at node_modules/lib/index.js:9 in call
  > 9 | x
  … 1 of libraries
`,
  );
  t.end();
});

await tap.test('without frames, the backtrace', (t) => {
  const backtrace = Array.from({ length: 7 }, (_, index) => `    at f${index}`).join('\n\n');
  t.equal(
    printed({ message: 'a', fingerprint: 'f', backtrace }),
    `\
10:00:00.123 INFO a
  new · issue 252f10c8 · production
  at f0
  at f1
  at f2
  at f3
  at f4
  … 2 more lines
`,
  );
  t.end();
});

await tap.test('data of the wrong types is left out', (t) => {
  t.equal(
    printed({
      message: 'a',
      fingerprint: 'f',
      metadata: {
        exception_frames: [
          1,
          null,
          { filename: 5 },
          { filename: ' ' },
          { filename: 'a', lineno: {}, function: 1, context_line: 'x', pre_context: 'y' },
        ],
        exception_causes: [1, 'x', { class: 1, message: 'b' }],
      },
    }),
    `\
10:00:00.123 INFO a
  new · issue 252f10c8 · production
  at a
  caused by b
`,
  );
  t.match(
    printed({ message: 'a', metadata: { exception_frames: 'x', exception_causes: {} } }),
    /INFO a\n/,
  );
  t.end();
});

/** Everything but line feeds that a terminal would act on. */
const CONTROL = /[^\P{Cc}\n]|[\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

await tap.test('event data never reaches the terminal raw', (t) => {
  const evil = '\u001B[2J\u009B1m\u0007\r\u202E\u2028';
  const text = printed({
    level: 'error',
    message: `m${evil}`,
    environment: evil,
    release: `r${evil}`,
    metadata: {
      exception_class: evil,
      exception_frames: [
        {
          filename: evil,
          function: evil,
          lineno: 2,
          in_app: true,
          context_line: evil,
          pre_context: [evil],
          post_context: [evil],
        },
        { filename: evil, function: evil, in_app: true },
      ],
      exception_causes: [{ class: evil, message: evil }],
      [evil]: evil,
      request_id: evil,
    },
    tags: { [evil]: evil },
    user: { id: evil, email: evil, username: evil, ip_address: evil },
    breadcrumbs: [
      { timestamp: `T10:00:00${evil}`, category: evil, message: evil, data: { status: evil } },
      { category: 'db', data: { sql: evil } },
    ],
  });
  t.notMatch(text, CONTROL);
  t.match(text, /request_id=\\u001b\[2J\\u009b1m\\u0007\\r\\u202e\\u2028/, 'but harmless');
  t.notMatch(printed({ message: 'a', backtrace: `at ${evil}` }), CONTROL);
  const loss = { rule: 'dropped', path: evil, detail: evil, contract: '§6' } as const;
  t.notMatch(printLoss(loss), CONTROL);
  t.end();
});

await tap.test('colours are ours alone', (t) => {
  const { event, issue } = store({ message: 'a', level: 'error', fingerprint: 'f' });
  t.equal(
    printEvent(event, issue, { color: true }),
    '\u001B[2m10:00:00.123\u001B[0m \u001B[31mERROR\u001B[0m \u001B[1ma\u001B[0m\n' +
      '  \u001B[2mnew · issue 252f10c8 · production\u001B[0m\n',
  );
  t.end();
});

await tap.test('a silent loss is one line', (t) => {
  const loss = {
    rule: 'page_breaks',
    path: '[0].metadata.a',
    detail: 'b\nc',
    contract: '§8',
  } as const;
  t.equal(printLoss(loss), '  ! page breaks [0].metadata.a: b\\nc\n');
  t.equal(
    printLoss(loss, { color: true }),
    '\u001B[33m  ! page breaks\u001B[0m [0].metadata.a: b\\nc\n',
  );
  t.end();
});

await tap.test('what was filtered is told: where, and whether by a name or a form', (t) => {
  const text = printed({
    message: 'login with password=[Filtered] failed',
    metadata: { headers: { cookie: '[Filtered]' }, list: ['a', 'Bearer [Filtered]'] },
    breadcrumbs: [{ message: 'x', data: { token: '[Filtered]' } }],
  });
  t.match(text, /filtered/);
  for (const path of [
    'message by its form',
    'metadata.headers.cookie by its name',
    'metadata.list[1] by its form',
    'breadcrumbs[0].data.token by its name',
  ]) {
    t.ok(text.replace(/\s+/g, ' ').includes(path), `${path} in ${text}`);
  }
  t.end();
});

await tap.test('of many filtered places the first are shown, and how many more there are', (t) => {
  const list = Array.from({ length: 20 }, () => '[Filtered]');
  t.match(printed({ message: 'x', metadata: { list } }), /… 8 more/);
  t.notMatch(printed({ message: 'x' }), /filtered/);
  t.end();
});
