import fc from 'fast-check';
import t from 'tap';
import { issuesIn, readableMessage, withClass } from '../../src/event/make/title.ts';
import { createEventBuilder } from '../../src/event/make/build.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { hostileValue } from '../helpers/hostile.ts';
import { scrub } from '../helpers/scrub.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

const build = createEventBuilder({
  environment: 'test',
  defaultTags: [],
  release: undefined,
  maxBreadcrumbs: 50,
  scrub,
  readException: createExceptionReader({
    scrub,
    paths: createPathRules({ projectRoot: '/nowhere' }),
  }),
});

function eventOf(value: unknown, message = ''): ErrsightEvent {
  return build(
    { time: Date.now(), level: 'error', message, thrown: { value }, fields: {} },
    [],
    [],
  );
}

/** `[what, class, message, title]` */
const TITLES: readonly (readonly [string, string, string, string])[] = [
  ['a class in front', 'TypeError', 'x is undefined', 'TypeError: x is undefined'],
  ['a class that is there', 'TypeError', 'TypeError: x', 'TypeError: x'],
  ['a class with a code', 'TypeError', 'TypeError [ERR_X]: y', 'TypeError [ERR_X]: y'],
  ['a class alone', 'TypeError', 'TypeError', 'TypeError'],
  ['a class that goes on', 'Error', 'Errors: 5', 'Error: Errors: 5'],
  ['a sentence that begins with it', 'Error', 'Error while x: y', 'Error: Error while x: y'],
  ['another class', 'Error', 'TypeError: x', 'Error: TypeError: x'],
  ['a colon', 'PaymentDeclined', 'order 5: declined', 'PaymentDeclined: order 5: declined'],
  ['no class', '', 'x', 'x'],
];

t.test('a title begins with the class, once', (t) => {
  for (const [what, name, message, title] of TITLES) t.equal(withClass(name, message), title, what);
  t.end();
});

const ISSUES = [
  { code: 'invalid_format', format: 'email', path: ['user', 'email'], message: 'Invalid email' },
  { code: 'too_small', minimum: 18, path: ['age'], message: 'Too small' },
];
const CALL =
  'Invalid `prisma.user.create()` invocation in\n/app/src/users.ts:12:35\n\n   9 async () => {\n' +
  '  10   // first\n  11 \n→ 12   await prisma.user.create(';

/** `[what, message, the first line of what is read]` */
const READ: readonly (readonly [string, string, string])[] = [
  ['line breaks in front', '\r\n \n what broke\nmore', 'what broke'],
  ['issues', JSON.stringify(ISSUES, null, 2), '2 issues: user.email invalid_format; age too_small'],
  ['one issue', JSON.stringify([{ code: 'custom', path: [] }]), '1 issue: custom'],
  ['an index', JSON.stringify([{ code: 'c', path: ['a', 0, 'b'] }]), '1 issue: a.0.b c'],
  [
    "ajv's",
    JSON.stringify([{ instancePath: '/age', keyword: 'minimum', message: 'must be >= 18' }]),
    '1 issue: /age minimum',
  ],
  ['a list by name', JSON.stringify({ issues: [{ path: 'a', kind: 'k' }] }), '1 issue: a k'],
  [
    'flattened',
    JSON.stringify({ fieldErrors: { email: ['Required'] } }),
    '1 issue: email Required',
  ],
  [
    "class-validator's",
    JSON.stringify([{ property: 'email', value: 'ada', constraints: { isEmail: 'no' } }]),
    '1 issue: email isEmail',
  ],
  [
    "valibot's",
    JSON.stringify([{ kind: 'schema', path: [{ key: 'a' }, { key: 0 }], input: 5 }]),
    '1 issue: a.0 schema',
  ],
  ['an answer with a message', JSON.stringify({ message: 'no', errors: [{ code: 'c' }] }), 'no'],
  ['an issue without a path', JSON.stringify([{ code: 'c' }]), '1 issue: c'],
  ['an answer', '{"error":{"code":429,"message":"Too many"}}', 'Too many'],
  ['an answer in short', '{"error":"invalid_grant"}', 'invalid_grant'],
  ['an answer with a message', '{"message":" down \\n"}', 'down'],
  ['a list of something else', '[1,2]', '[1,2]'],
  ['an object of something else', '{"a":1}', '{"a":1}'],
  ['half of JSON', '[{"code":"c"', '[{"code":"c"'],
  ['no JSON', '[worker] gone', '[worker] gone'],
  [
    'a call of Prisma and its reason',
    `\n${CALL}\nUnique constraint failed on the fields: (\`email\`)`,
    'Unique constraint failed on the fields: (`email`)',
  ],
  [
    'a call of Prisma without its place',
    "\nInvalid `prisma.user.findMany()` invocation:\n\n\nCan't reach database server at `db:5432`\n\nPlease make sure it runs.",
    "Can't reach database server at `db:5432`",
  ],
  [
    "what Prisma's own checks say",
    `\n${CALL}{\n         data: {\n           email: "x",\n       +   name: String\n         }\n       })\n\nArgument \`name\` is missing.`,
    'Argument `name` is missing.',
  ],
  [
    "Prisma's checks in production",
    '\nInvalid `prisma.user.create()` invocation:\n\n{\n  data: {\n    a: 1\n  }\n}\n\nUnknown argument `a`.',
    'Unknown argument `a`.',
  ],
  [
    "a template's place",
    '/app/views/profile.ejs:3\n    1| <h1>\n    2| <p>\n >> 3| <%= user %>\n\nuser is not defined',
    'user is not defined',
  ],
  [
    "Pug's place",
    'views/a.pug:2:7\n    1| p\n  > 2| p= a.b\n-----------^\n    3| p\n\nCannot read properties',
    'Cannot read properties',
  ],
  [
    "Nunjucks' place",
    '(views/a.html) [Line 3, Column 5]\n  no such filter: x',
    'no such filter: x',
  ],
  ['a place alone', '/app/a.js:3', '/app/a.js:3'],
  [
    "knex's statement",
    'insert into "users" ("email") values ($1) - duplicate key value violates unique constraint "u"',
    'duplicate key value violates unique constraint "u"',
  ],
  ['a statement alone', 'select "a" - $1 from "b"', 'select "a" - $1 from "b"'],
  ['a sentence like a statement', 'Select a plan - or pay', 'Select a plan - or pay'],
  [
    'an answer behind a status',
    '529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    '529 Overloaded',
  ],
  [
    'an answer behind words',
    'Request failed: {"message":"no such customer","id":5}',
    'Request failed: no such customer',
  ],
  [
    "graphql-request's",
    'Not allowed: {"response":{"errors":[{"message":"Not allowed"}]},"request":{"query":"{ a }"}}',
    'Not allowed',
  ],
  [
    "octokit's",
    'Validation Failed: {"resource":"Issue","code":"missing_field","field":"title"} - https://docs.example',
    'Validation Failed: 1 issue: title missing_field - https://docs.example',
  ],
  ['JSON behind words that says no reason', 'Unexpected: {"a":1}', 'Unexpected: {"a":1}'],
  ['half of JSON behind words', 'Unexpected: {"message":', 'Unexpected: {"message":'],
  ['a call of Prisma alone', 'Invalid `prisma.$x` invocation:', 'Invalid `prisma.$x` invocation:'],
];

t.test('a message has a first line that can be read', (t) => {
  for (const [what, message, first] of READ) {
    t.equal(readableMessage(message).split('\n')[0], first, what);
  }
  t.end();
});

t.test('issues say no values, and at most five are named', (t) => {
  const many = Array.from({ length: 7 }, (_, n) => ({ code: 'c', path: [n], received: 'hunter2' }));
  t.equal(readableMessage(JSON.stringify(many)), '7 issues: 0 c; 1 c; 2 c; 3 c; 4 c; …');
  t.match(issuesIn(` ${JSON.stringify(ISSUES)}`), ISSUES);
  t.equal(issuesIn('[1]'), undefined);
  t.end();
});

t.test('nothing of a message is lost but the JSON of issues', (t) => {
  const text = `\n${CALL}\nUnique constraint failed`;
  t.strictSame(
    readableMessage(text).split('\n').toSorted(),
    text.trim().split('\n').toSorted(),
    'the lines are in another order',
  );
  t.match(readableMessage('{"message":"down","id":17}'), '"id":17');
  t.end();
});

class PaymentDeclined extends Error {
  override name = 'PaymentDeclined';
}

/** `[what, thrown, text of the line, title]` */
const EVENTS: readonly (readonly [string, unknown, string, string])[] = [
  ['an error', new TypeError('x'), '', 'TypeError: x'],
  ['an error with a text', new TypeError('x'), 'while paying', 'TypeError: x'],
  [
    'a class of its own',
    new PaymentDeclined('order 5: 10 EUR'),
    '',
    'PaymentDeclined: order 5: 10 EUR',
  ],
  ['a message of nothing', new TypeError(' \n'), '', 'TypeError'],
  ['a header', new Error('authorization: hunter2'), '', 'Error: authorization: [Filtered]'],
  [
    'an error of Node',
    { message: 'm', name: 'AssertionError', stack: 'AssertionError: m\n    at f (a.js:1:2)' },
    '',
    'AssertionError: m',
  ],
  ['a string', 'order 5: declined', '', 'String: order 5: declined'],
  ['an object', { code: 5 }, '', 'Object with the keys code'],
  ['an array', [1, 2], '', 'Array of 2'],
  ['a number with a text', 504, 'upstream failed', 'upstream failed'],
  ['a string with a text', 'boom', 'upstream failed', 'upstream failed'],
  ['an object with a text', { code: 5 }, 'upstream failed', 'upstream failed'],
];

t.test('the title of an event', (t) => {
  for (const [what, value, text, title] of EVENTS)
    t.equal(eventOf(value, text).message, title, what);
  t.end();
});

t.test('a value that is no error is beside the text that stands for it, without a class', (t) => {
  for (const [value, properties] of [
    [504, { value: 504 }],
    ['boom', { value: 'boom' }],
    [
      { code: 5, password: 'hunter2' },
      { code: 5, password: '[Filtered]' },
    ],
  ] as const) {
    const { metadata } = eventOf(value, 'upstream failed');
    t.strictSame(metadata['exception_properties'], properties);
    t.notOk(Object.hasOwn(metadata, 'exception_class'));
    t.notOk(Object.hasOwn(metadata, 'log_message'), 'it is the title');
  }
  t.match(eventOf(new Error('x'), 'text').metadata, { log_message: 'text' });
  t.end();
});

t.test('no causes are no row of the page', (t) => {
  t.notOk(Object.hasOwn(eventOf(new Error('x')).metadata, 'exception_causes'));
  t.end();
});

t.test('a name that is written down is kept however short it is', (t) => {
  class Named extends Error {
    constructor(name: string) {
      super('no bucket');
      this.name = name;
    }
  }
  for (const name of ['S3', 'DB', 'IO']) {
    const { message, metadata } = eventOf(new Named(name));
    t.strictSame([message, metadata.exception_class], [`${name}: no bucket`, name]);
  }
  for (const name of ['_class', '_class2', 'class_1', 't', 'aZ', '$e']) {
    const made = { [name]: class extends Error {} }[name]!;
    t.equal(eventOf(new made('x')).metadata.exception_class, 'Error', `${name} is a compiler's`);
    class Renamed extends made {}
    Object.defineProperty(Renamed, 'name', { value: name });
    const named = Object.assign(new Renamed('x'), { name });
    t.equal(eventOf(named).metadata.exception_class, 'Error', `${name}, as this.constructor.name`);
  }
  t.end();
});

t.test('an object that says in words what is wrong is told by these words', (t) => {
  for (const key of ['reason', 'msg', 'error_description', 'detail']) {
    const { message, metadata } = eventOf({ code: 5, [key]: 'declined by the bank' });
    t.equal(message, 'Object: declined by the bank', key);
    t.match(metadata['exception_properties'], { code: 5, [key]: 'declined by the bank' });
  }
  // A code, or a long text, is told with the other values.
  for (const reason of ['declined', 'x y '.repeat(200)]) {
    t.equal(eventOf({ code: 5, reason }).message, 'Object with the keys code, reason');
  }
  t.notMatch(eventOf({ code: 5, reason: 'password=hunter2 is wrong' }).message, /hunter2/);
  t.end();
});

t.test('a cause that is a failed request has the answer, whatever headers came with it', (t) => {
  const config = { url: 'https://api.example/charge', method: 'post', xsrfCookieName: 'X' };
  const headers = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`x-header-${n}`, 'v']));
  const data = { error: { decline_code: 'insufficient_funds', message: 'Your card was declined' } };
  const response = { status: 402, statusText: 'Payment Required', headers, config, data };
  const cause = Object.assign(new Error('Request failed with status code 402'), { response });
  const { exception_causes: causes } = eventOf(new Error('no order', { cause })).metadata;
  t.match(causes?.[0]?.message, /402 Payment Required .*insufficient_funds/);
  t.end();
});

/** As Drizzle, and TypeORM's and Hibernate's logs, write what a statement was called with. */
const CALLED = [
  'Failed query: insert into "users" ("email") values ($1)\nparams: hunter2',
  'Failed query: insert into "users" ("a", "b") values ($1, $2)\nparams: 5,hunter2\nhunter2 again',
  'query failed: INSERT INTO users(a) VALUES (?) -- PARAMETERS: ["hunter2"]',
  'update "users" set "a" = ?\nparameters: hunter2, 7',
  'select a from b where c = ?\nBindings: hunter2',
];

t.test('what a query was called with is in no title, text or cause', (t) => {
  for (const message of CALLED) {
    const events = [
      eventOf(new Error(message)),
      eventOf(message),
      eventOf(new Error('x'), message),
      eventOf(new Error('outer', { cause: new Error(message) })),
    ];
    for (const { message: title, metadata } of events) {
      const { exception_causes: causes, log_message: text } = metadata;
      t.notMatch(JSON.stringify([title, causes, text]), /hunter2/, message);
    }
  }
  const stack = 'Failed query: select 1\nparams: hunter2\n    at f (/a.js:1:2)';
  t.match(scrub.text(stack, 1_000), /params: \[Filtered\]\n {4}at f/);
  t.equal(scrub.text('The form has\nparams: three', 1_000), 'The form has\nparams: three');
  t.end();
});

t.test('the reason of a query that failed is its title', (t) => {
  const cause = new Error('duplicate key value\nmore');
  const { message } = eventOf(new Error('Failed query: select 1\nparams: 5', { cause }));
  t.equal(message, 'Error: duplicate key value\nFailed query: select 1\nparams: [Filtered]');
  t.equal(eventOf(new Error('Failed query: select 1')).message, 'Error: Failed query: select 1');
  t.equal(eventOf(new Error('not saved', { cause })).message, 'Error: not saved');
  t.end();
});

t.test('the reasons of an answer are the title where the message says the class alone', (t) => {
  class BadRequestException extends Error {
    override name = 'BadRequestException';
    readonly response: unknown;
    constructor(message: string, response: unknown) {
      super(message);
      this.response = response;
    }
  }
  const answer = { message: ['email must be an email', 'age must be a number'], statusCode: 400 };
  const titles = [
    new BadRequestException('Bad Request Exception', answer),
    new BadRequestException('', { message: 'no body' }),
    new BadRequestException('no body at all', answer),
    new BadRequestException('Bad Request Exception', 'x'),
  ].map((error) => eventOf(error).message);
  t.strictSame(titles, [
    'BadRequestException: email must be an email; age must be a number',
    'BadRequestException: no body',
    'BadRequestException: no body at all',
    'BadRequestException: Bad Request Exception',
  ]);
  t.end();
});

t.test('an array of issues is told by them', (t) => {
  const failed = [{ property: 'email', value: 'ada', constraints: { isEmail: 'no' } }];
  t.equal(eventOf(failed).message, 'Array: 1 issue: email isEmail');
  t.equal(eventOf([{ a: 1 }]).message, 'Array of 1');
  t.end();
});

t.test('no array can keep an event from being made, whatever its elements do', (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(hostileValue, hostileValue, (list, element) => {
        const value = list.make();
        t.ok(eventOf(value).message);
        t.ok(eventOf([element.make()]).message);
        const answer = Object.assign(new Error(''), { response: { message: value } });
        t.ok(eventOf(answer).message);
      }),
      { numRuns: 200 },
    ),
  );
  t.end();
});
