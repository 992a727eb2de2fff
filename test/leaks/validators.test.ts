import t from 'tap';
import { scrub } from '../helpers/scrub.ts';
import { isLeaked, secretWith } from './canary.ts';

const S = secretWith('');

/** What libraries say of a field, a variable or a query whose name is one of a secret. */
const OBJECTS: Readonly<Record<string, object>> = {
  'mongoose, a validator': {
    name: 'ValidatorError',
    kind: 'minlength',
    path: 'password',
    value: S,
    message: `it is short: ${S}`,
    properties: { type: 'minlength', path: 'password', value: S, message: `bad ${S}` },
  },
  'mongoose, a cast': {
    name: 'CastError',
    stringValue: `"${S}"`,
    kind: 'Number',
    valueType: 'string',
    path: 'apiToken',
    reason: {},
  },
  yup: {
    path: 'password',
    type: 'matches',
    errors: [`password must match, but the final value was: \`${S}\``],
    params: { value: S, originalValue: S, path: 'password', label: 'Password' },
    value: { password: S, a: 1 },
    inner: [{ path: 'password', value: S, params: { originalValue: S } }],
  },
  joi: {
    _original: { password: S },
    details: [
      {
        message: 'bad',
        path: ['password'],
        type: 'string.min',
        context: { limit: 8, value: S, label: 'password', key: 'password' },
      },
    ],
  },
  'zod 4': { code: 'invalid_type', path: ['user', 'password'], message: 'Invalid', input: S },
  'zod 3': { code: 'custom', path: ['token'], received: S, message: `no ${S}` },
  valibot: {
    kind: 'schema',
    type: 'string',
    input: S,
    received: `"${S}"`,
    message: `Expected number but received "${S}"`,
    path: [{ type: 'object', input: { password: S }, key: 'password', value: S }],
  },
  superstruct: {
    key: 'password',
    path: ['password'],
    type: 'string',
    value: S,
    branch: [{ password: S }, S],
    message: `At path: password -- Expected a number, but received: "${S}"`,
  },
  'class-validator': {
    target: { password: S, name: 'a' },
    value: S,
    property: 'password',
    children: [],
    constraints: { isLength: `password must be longer than ${S}` },
  },
  ajv: {
    instancePath: '/user/password',
    keyword: 'minLength',
    params: { limit: 8 },
    message: 'must NOT have fewer',
    data: S,
  },
  'express-validator': { type: 'field', value: S, msg: `no ${S}`, path: 'password' },
  'express-validator 5': {
    param: 'user.password',
    value: S,
    msg: 'no',
    nestedErrors: [{ value: S }],
  },
  sequelize: {
    message: 'Validation len on password failed',
    type: 'Validation error',
    path: 'password',
    value: S,
    instance: { password: S, id: 1 },
    validatorArgs: [8, S],
  },
  jsonschema: { path: ['password'], property: 'instance.password', message: 'x', instance: S },
  'io-ts': { value: S, context: [{ key: '' }, { key: 'password', actual: S }], message: undefined },
  pydantic: { type: 'x', loc: ['body', 'password'], msg: 'bad', input: S },
  spring: { field: 'password', rejectedValue: S, code: 'Size', defaultMessage: `x ${S}` },
  'ASP.NET': { name: 'password', attemptedValue: S },
  vine: { message: 'bad', rule: 'min', field: 'password', meta: { given: S }, value: S },
  arktype: { code: 'minLength', path: ['password'], data: S, actual: S, problem: `was "${S}"` },
  typebox: { type: 45, path: '/password', value: S, message: 'x' },
  openapi: { path: '/body/password', message: 'bad', errorCode: 'x', value: S },
  CloudFormation: { ParameterKey: 'DbPassword', ParameterValue: S },
  'tags of AWS': { Key: 'api_token', Value: S },
  'short keys': { k: 'password', v: S },
  TypeORM: { query: 'INSERT INTO u(password) VALUES ($1)', parameters: [S] },
  ioredis: { command: { name: 'auth', args: [S] } },
  'node-redis': { command: { name: 'AUTH', args: ['ada', S] } },
};

/** What only looks like it, as it is. */
const HARMLESS: readonly object[] = [
  { path: '/oauth/token', method: 'POST', status: 401, message: 'no', duration: 3 },
  { name: 'auth', level: 30, msg: 'hello there', v: 0 },
  { path: 'src/token.js', code: 'ENOENT', syscall: 'open', errno: -2, message: 'x' },
  { name: 'TokenError', message: 'it failed', code: 'E1', note: 'x' },
  { name: 'session-cleanup', data: { processed: 3 }, args: ['a'] },
  { path: ['items', 0, 'title'], message: 'too long', input: 'abc' },
  { field: 'title', value: 'abc' },
  { name: 'login', args: ['a'] },
  { id: 'password-reset', value: 3 },
  { field: 'password', message: 'is required', code: 'required' },
  { name: 'cookieConsent', value: 'yes' },
  { key: 'theme', value: 'dark' },
  { header: 'accept', value: 'text/html' },
  { type: 'field', path: 'email', msg: 'Invalid', value: 'x', location: 'body' },
];

t.test('what had a field that names a secret leaves under no key', (t) => {
  for (const [what, object] of Object.entries(OBJECTS)) {
    for (const given of [
      object,
      { errors: [object] },
      { a: { b: object } },
      new Map([['a', object]]),
    ]) {
      const clean = JSON.stringify(scrub.value(given));
      if (isLeaked(clean)) t.fail(`${what}: ${clean}`);
    }
    for (const indent of [0, 2]) {
      const clean = scrub.text(`it failed: ${JSON.stringify([object], null, indent)}`, 20_000);
      if (isLeaked(clean)) t.fail(`${what}, as a text: ${clean}`);
    }
  }
  t.end();
});

t.test('what a validator says without the value is read', (t) => {
  t.match(scrub.value(OBJECTS['class-validator']), {
    target: { name: 'a' },
    property: 'password',
    constraints: { isLength: 'password must be longer than [Filtered]' },
  });
  const details = [
    { message: `${S} is weak`, path: ['password'], type: 'custom', context: { value: S } },
  ];
  t.match(scrub.value({ details }), { details: [{ message: '[Filtered] is weak' }] });
  t.match(scrub.value(OBJECTS['ajv']), { keyword: 'minLength', message: 'must NOT have fewer' });
  t.end();
});

t.test('what only looks like it arrives as it is', (t) => {
  for (const object of HARMLESS) {
    t.strictSame(scrub.value(object), object);
    const text = JSON.stringify(object);
    t.equal(scrub.text(text, 2_000), text);
  }
  t.end();
});
