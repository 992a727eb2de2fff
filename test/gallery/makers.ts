import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { RequestError as OctokitError } from '@octokit/request-error';
import { Ajv } from 'ajv';
import axios from 'axios';
import { IsEmail, validateSync } from 'class-validator';
import { execaSync } from 'execa';
import { got } from 'got';
import { buildSchema, graphql, GraphQLError } from 'graphql';
import Joi from 'joi';
import ky from 'ky';
import nodeFetch from 'node-fetch';
import { errors as undiciErrors } from 'undici';
import * as yup from 'yup';
import * as zod4 from 'zod';
import * as zod3 from 'zod3';
import { freePort } from '../helpers/free-port.ts';
import { SECRET } from './secret.ts';

const require = createRequire(import.meta.url);

/** Makes an error; `url` is of a server that answers 402. */
export type Maker = (url: string) => unknown;

/** What an action throws, or rejects with. */
async function thrownBy(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

/** An error of a class that a library has, with the properties that it sets. */
function shaped(name: string, message: string, properties: object = {}, base = Error): Error {
  const named = { [name]: class extends base {} }[name];
  if (named === undefined) throw new Error(name);
  const error = new named(message);
  Object.defineProperty(error, 'name', { value: name, configurable: true });
  return Object.assign(error, properties);
}

const POSTGRES = {
  length: 200,
  severity: 'ERROR',
  code: '23505',
  detail: 'Key (email)=(ada) already exists.',
  schema: 'public',
  table: 'users',
  constraint: 'users_email_key',
  file: 'nbtinsert.c',
  line: '666',
  routine: '_bt_check_unique',
};
const DUPLICATE = 'duplicate key value violates unique constraint "users_email_key"';

function postgres(): Error {
  const { DatabaseError } = require('pg') as {
    DatabaseError: new (message: string, length: number, name: string) => Error;
  };
  return Object.assign(new DatabaseError(DUPLICATE, 200, 'error'), POSTGRES);
}

const services = {
  pg: postgres,
  wrapped: () => shaped('RepoError', 'could not save the user', { cause: postgres() }),
  mysql: () =>
    Object.assign(new Error("Duplicate entry 'ada' for key 'users.email'"), {
      code: 'ER_DUP_ENTRY',
      errno: 1062,
      sqlState: '23000',
      sqlMessage: "Duplicate entry 'ada' for key 'users.email'",
      sql: "INSERT INTO users SET email = 'ada'",
    }),
  ioredis: () =>
    shaped('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value', {
      command: { name: 'lpush', args: ['orders', '17'] },
    }),
  mongodb: () =>
    shaped('MongoServerError', 'E11000 duplicate key error collection: shop.users', {
      code: 11_000,
      index: 0,
      keyPattern: { email: 1 },
      keyValue: { email: 'ada' },
    }),
  mongoose: () =>
    shaped('ValidationError', 'User validation failed: email: Path `email` is required.', {
      errors: {
        email: shaped('ValidatorError', 'Path `email` is required.', {
          properties: { type: 'required', path: 'email' },
          kind: 'required',
          path: 'email',
        }),
      },
      _message: 'User validation failed',
    }),
  prisma: () =>
    shaped(
      'PrismaClientKnownRequestError',
      '\nInvalid `prisma.user.create()` invocation in\n/app/src/users.ts:12:35\n\n   9 async () => {\n' +
        '  10   // first\n  11 \n\u2192 12   await prisma.user.create(\n' +
        'Unique constraint failed on the fields: (`email`)',
      { code: 'P2002', clientVersion: '6.1.0', meta: { modelName: 'User', target: ['email'] } },
    ),
  drizzle: () =>
    shaped('DrizzleQueryError', 'Failed query: insert into users\nparams: ada', {
      query: 'insert into users',
      params: ['ada'],
      cause: postgres(),
    }),
  sequelize: () => {
    const parent = Object.assign(postgres(), { sql: 'INSERT INTO users' });
    return shaped('SequelizeUniqueConstraintError', 'Validation error', {
      errors: [
        {
          message: 'email must be unique',
          type: 'unique violation',
          path: 'email',
          value: 'ada',
          validatorKey: 'not_unique',
        },
      ],
      parent,
      original: parent,
      fields: { email: 'ada' },
      sql: 'INSERT INTO users',
    });
  },
  typeorm: () =>
    shaped('QueryFailedError', DUPLICATE, {
      query: 'INSERT INTO users',
      parameters: ['ada'],
      driverError: postgres(),
      ...POSTGRES,
    }),
  bullmq: () => shaped('UnrecoverableError', 'the order has no address'),
  aws: () =>
    shaped('NoSuchKey', 'The specified key does not exist.', {
      $fault: 'client',
      $metadata: { httpStatusCode: 404, requestId: '4442587FB7D0A2F9', attempts: 1 },
      Code: 'NoSuchKey',
    }),
  stripe: () =>
    shaped('StripeCardError', 'Your card was declined.', {
      type: 'StripeCardError',
      raw: {
        code: 'card_declined',
        decline_code: 'insufficient_funds',
        headers: { 'request-id': 'req_123', 'set-cookie': SECRET },
        requestId: 'req_123',
        statusCode: 402,
      },
      rawType: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      requestId: 'req_123',
      statusCode: 402,
    }),
  google: () => {
    const config = {
      url: 'https://storage.googleapis.com/b',
      method: 'GET',
      headers: { Authorization: `Bearer ${SECRET}` },
      retryConfig: { retry: 3 },
      responseType: 'json',
    };
    const errors = [{ domain: 'global', reason: 'forbidden', message: 'no' }];
    return shaped('GaxiosError', 'The caller does not have permission', {
      config,
      response: {
        config,
        data: { error: { code: 403, errors } },
        headers: { 'set-cookie': SECRET },
        status: 403,
        statusText: 'Forbidden',
        request: { responseURL: 'https://storage.googleapis.com/b' },
      },
      code: 403,
      status: 403,
      errors,
    });
  },
  grpc: () =>
    Object.assign(new Error('14 UNAVAILABLE: No connection established'), {
      code: 14,
      details: 'No connection established',
      metadata: { internalRepr: new Map(), options: {} },
    }),
};

const INPUT = { user: { email: `no e-mail ${SECRET}` }, age: 3 };

class User {
  email = 'no e-mail';
}
// As the decorator does it.
IsEmail()(User.prototype, 'email');

function user(): never {
  throw Object.assign(new Error('no such user', { cause: postgres() }), {
    extensions: { code: 'NOT_FOUND' },
  });
}

const validators = {
  zod4: () => {
    const schema = zod4.object({
      user: zod4.object({ email: zod4.email() }),
      age: zod4.number().min(18),
    });
    return schema.safeParse(INPUT).error;
  },
  zod3: () => {
    const schema = zod3.z.object({
      user: zod3.z.object({ email: zod3.z.string().email() }),
      age: zod3.z.number().min(18),
    });
    return schema.safeParse(INPUT).error;
  },
  yup: () => {
    const schema = yup.object({
      user: yup.object({ email: yup.string().email() }),
      age: yup.number().min(18),
    });
    return thrownBy(() => schema.validate({ user: { email: 'x' }, age: 3 }, { abortEarly: false }));
  },
  joi: () => {
    const schema = Joi.object({ user: { email: Joi.string().email() }, age: Joi.number().min(18) });
    return schema.validate({ user: { email: 'x' }, age: 3 }, { abortEarly: false }).error;
  },
  ajv: () => {
    const validate = new Ajv({ allErrors: true }).compile({
      type: 'object',
      properties: { age: { type: 'number', minimum: 18 } },
    });
    validate(INPUT);
    return new Ajv.ValidationError(validate.errors ?? []);
  },
  express: () =>
    Object.assign(new Error('invalid request'), {
      errors: [
        { type: 'field', value: 'x', msg: 'Invalid value', path: 'email', location: 'body' },
        { type: 'field', value: 'y', msg: 'Invalid value', path: 'name', location: 'body' },
      ],
    }),
  classValidator: () => validateSync(new User()),
  graphql: async () => {
    const schema = buildSchema('type Query { user: String }');
    const { errors } = await graphql({ schema, source: '{ user }', rootValue: { user } });
    return errors?.[0];
  },
  apollo: () =>
    shaped('CombinedGraphQLErrors', 'no such user', {
      errors: [
        new GraphQLError('no such user', {
          path: ['user'],
          extensions: { code: 'NOT_FOUND' },
        }).toJSON(),
      ],
      data: null,
    }),
};

const headers = { authorization: `Bearer ${SECRET}` };

const clients = {
  axios: (url: string) => thrownBy(() => axios.post(`${url}/charges`, { a: 1 }, { headers })),
  got: (url: string) =>
    thrownBy(() => got.post(`${url}/charges`, { headers, json: { a: 1 }, retry: { limit: 0 } })),
  ky: (url: string) =>
    thrownBy(() => ky.post(`${url}/charges`, { headers, json: { a: 1 }, retry: 0 })),
  undici: () => new undiciErrors.ConnectTimeoutError('Connect Timeout Error'),
  fetch: () => thrownBy(async () => fetch(`http://127.0.0.1:${await freePort()}/`)),
  nodeFetch: () => thrownBy(() => nodeFetch('http://127.0.0.1:1/')),
  superagent: (url: string) => {
    const agent = require('superagent') as {
      post(url: string): { set(headers: object): { send(body: object): Promise<unknown> } };
    };
    return thrownBy(() => agent.post(`${url}/charges`).set(headers).send({ a: 1 }));
  },
  octokit: () =>
    new OctokitError('Validation Failed: {"resource":"Repository"}', 422, {
      request: { method: 'POST', url: 'https://api.github.com/user/repos', headers },
      response: {
        status: 422,
        url: 'https://api.github.com/user/repos',
        headers: {},
        data: { errors: [{ resource: 'Repository', code: 'already_exists', field: 'name' }] },
      },
    }),
  ws: async (url: string) => {
    const { WebSocket } = require('ws') as {
      WebSocket: new (url: string, options: object) => NodeJS.EventEmitter;
    };
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    return new Promise((resolve) => socket.once('error', resolve));
  },
};

function refused(address: string): Error {
  return Object.assign(new Error(`connect ECONNREFUSED ${address}:1`), {
    errno: -111,
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address,
    port: 1,
  });
}

const tools = {
  addresses: () => {
    return Object.assign(new AggregateError([refused('::1'), refused('127.0.0.1')]), {
      code: 'ECONNREFUSED',
    });
  },
  fs: () => thrownBy(() => readFileSync('/nowhere/a.csv')),
  execa: () =>
    thrownBy(() =>
      execaSync(process.execPath, ['-e', 'console.error("it went wrong"); process.exit(3)']),
    ),
  tar: () =>
    Object.assign(new Error('TAR_BAD_ARCHIVE: Unrecognized archive format'), {
      recoverable: false,
      code: 'TAR_BAD_ARCHIVE',
      tarCode: 'TAR_BAD_ARCHIVE',
    }),
  sharp: () => new Error('Input file is missing: /nowhere/a.png'),
  plainCause: () =>
    new Error('the gateway said no', { cause: { code: 'E17', status: 402, password: SECRET } }),
  listCause: () =>
    new Error('all mirrors failed', {
      cause: [new Error('the first mirror'), new Error('the second mirror')],
    }),
};

export const makers = { services, validators, clients, tools } satisfies Record<
  string,
  Record<string, Maker>
>;
