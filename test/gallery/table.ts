/**
 * What errors of libraries look like on ErrSight's pages. Each is made by the real library, or, where
 * it needs a service, has the shape that the library gives it.
 */
import { makers, type Maker } from './makers.ts';

/** What an event of an error has to say. */
export interface Exhibit {
  readonly library: string;
  readonly make: Maker;
  /** The first line of the title begins with it, within its first 80 characters. */
  readonly title: string;
  readonly class: string;
  /** Texts that are somewhere in the event; through the bare pino target `piped` instead. */
  readonly facts: readonly string[];
  /** False: what is thrown is no Error, so where a text is logged with it that is the title. */
  readonly isError?: boolean;
  readonly piped?: readonly string[];
}

const { services, validators, clients, tools } = makers;

export const GALLERY: readonly Exhibit[] = [
  {
    library: 'pg',
    make: services.pg,
    title: 'DatabaseError: duplicate key value violates unique constraint "users_email_key"',
    class: 'DatabaseError',
    facts: ['"23505"', '"users_email_key"', '"users"', 'Key (email)=(ada) already exists.'],
  },
  {
    library: 'pg, wrapped by an application',
    make: services.wrapped,
    title: 'RepoError: could not save the user',
    class: 'RepoError',
    facts: ['code: 23505', 'constraint: users_email_key', 'table: users'],
    piped: ['duplicate key value'],
  },
  {
    library: 'mysql2',
    make: services.mysql,
    title: "Error: Duplicate entry 'ada' for key 'users.email'",
    class: 'Error',
    facts: ['ER_DUP_ENTRY', '1062', '23000'],
  },
  {
    library: 'ioredis',
    make: services.ioredis,
    title: 'ReplyError: WRONGTYPE Operation against a key',
    class: 'ReplyError',
    facts: ['"lpush"'],
  },
  {
    library: 'mongodb',
    make: services.mongodb,
    title: 'MongoServerError: E11000 duplicate key error',
    class: 'MongoServerError',
    facts: ['11000', '"keyPattern":{"email":1}'],
  },
  {
    library: 'mongoose',
    make: services.mongoose,
    title: 'ValidationError: User validation failed: email',
    class: 'ValidationError',
    facts: ['path: email'],
    piped: ['"path":"email"'],
  },
  {
    library: 'Prisma',
    make: services.prisma,
    title: 'PrismaClientKnownRequestError: Unique constraint failed on the fields: (`email`)',
    class: 'PrismaClientKnownRequestError',
    facts: ['P2002', '"target":["email"]'],
  },
  {
    library: 'Drizzle',
    make: services.drizzle,
    title: 'DrizzleQueryError: Failed query: insert into users',
    class: 'DrizzleQueryError',
    facts: ['code: 23505', 'constraint: users_email_key'],
    piped: ['duplicate key value'],
  },
  {
    library: 'Sequelize',
    make: services.sequelize,
    title: 'SequelizeUniqueConstraintError: Validation error',
    class: 'SequelizeUniqueConstraintError',
    facts: ['"path":"email"', 'email must be unique', '23505'],
  },
  {
    library: 'TypeORM',
    make: services.typeorm,
    title: 'QueryFailedError: duplicate key value',
    class: 'QueryFailedError',
    facts: ['23505', 'users_email_key'],
  },
  {
    library: 'BullMQ',
    make: services.bullmq,
    title: 'UnrecoverableError: the order has no address',
    class: 'UnrecoverableError',
    facts: [],
  },
  {
    library: 'AWS SDK',
    make: services.aws,
    title: 'NoSuchKey: The specified key does not exist.',
    class: 'NoSuchKey',
    facts: ['"httpStatusCode":404', '"requestId":"4442587FB7D0A2F9"', '"client"'],
  },
  {
    library: 'Stripe',
    make: services.stripe,
    title: 'StripeCardError: Your card was declined.',
    class: 'StripeCardError',
    facts: ['card_declined', 'insufficient_funds', 'req_123', '402'],
  },
  {
    library: 'Google APIs',
    make: services.google,
    title: 'GaxiosError: The caller does not have permission',
    class: 'GaxiosError',
    facts: ['403', 'GET https://storage.googleapis.com/b', 'forbidden'],
  },
  {
    library: 'grpc-js',
    make: services.grpc,
    title: 'Error: 14 UNAVAILABLE: No connection established',
    class: 'Error',
    facts: ['"code":14', 'No connection established'],
  },
  {
    library: 'zod 4',
    make: validators.zod4,
    title: 'ZodError: 2 issues: user.email invalid_format; age too_small',
    class: 'ZodError',
    facts: ['"path":["user","email"]', '"minimum":18'],
  },
  {
    library: 'zod 3',
    make: validators.zod3,
    title: 'ZodError: 2 issues: user.email invalid_string; age too_small',
    class: 'ZodError',
    facts: ['"path":["user","email"]', '"minimum":18'],
  },
  {
    library: 'yup',
    make: validators.yup,
    title: 'ValidationError: 2 errors occurred',
    class: 'ValidationError',
    facts: ['user.email must be a valid email'],
  },
  {
    library: 'joi',
    make: validators.joi,
    title: 'ValidationError: "user.email" must be a valid email',
    class: 'ValidationError',
    facts: ['"path":["user","email"]', '"type":"string.email"'],
  },
  {
    library: 'ajv',
    make: validators.ajv,
    title: 'ValidationError: validation failed',
    class: 'ValidationError',
    facts: ['"instancePath":"/age"', '"keyword":"minimum"'],
  },
  {
    library: 'express-validator',
    make: validators.express,
    title: 'Error: invalid request',
    class: 'Error',
    facts: ['"path":"email"', '"msg":"Invalid value"', '"location":"body"'],
  },
  {
    library: 'class-validator',
    make: validators.classValidator,
    title: 'Array of 1',
    class: 'Array',
    isError: false,
    facts: ['"property":"email"', '"isEmail":"email must be an email"'],
  },
  {
    library: 'graphql, of a resolver',
    make: validators.graphql,
    title: 'GraphQLError: no such user',
    class: 'GraphQLError',
    facts: ['"code":"NOT_FOUND"', 'code: 23505'],
    piped: ['"code":"NOT_FOUND"'],
  },
  {
    library: 'Apollo',
    make: validators.apollo,
    title: 'CombinedGraphQLErrors: no such user',
    class: 'CombinedGraphQLErrors',
    facts: ['"extensions":{"code":"NOT_FOUND"}', '"path":["user"]'],
  },
  {
    library: 'axios',
    make: clients.axios,
    title: 'AxiosError: Request failed with status code 402',
    class: 'AxiosError',
    facts: ['"status":402', 'ERR_BAD_REQUEST', 'POST http://127.0.0.1', '"error":"declined"'],
  },
  {
    library: 'got',
    make: clients.got,
    title: 'HTTPError: ',
    class: 'HTTPError',
    facts: ['402', 'ERR_NON_2XX_3XX_RESPONSE', 'declined'],
    piped: ['402', 'ERR_NON_2XX_3XX_RESPONSE'],
  },
  {
    library: 'ky',
    make: clients.ky,
    title: 'HTTPError: Request failed with status code 402',
    class: 'HTTPError',
    facts: ['402 Payment Required'],
    piped: ['402'],
  },
  {
    library: 'undici',
    make: clients.undici,
    title: 'ConnectTimeoutError: Connect Timeout Error',
    class: 'ConnectTimeoutError',
    facts: ['UND_ERR_CONNECT_TIMEOUT'],
  },
  {
    library: 'fetch',
    make: clients.fetch,
    title: 'TypeError: fetch failed',
    class: 'TypeError',
    facts: ['code: ECONNREFUSED', 'errno: -'],
    piped: ['ECONNREFUSED'],
  },
  {
    library: 'node-fetch',
    make: clients.nodeFetch,
    title: 'FetchError: request to http://127.0.0.1',
    class: 'FetchError',
    facts: ['ECONNREFUSED', '"type":"system"'],
    piped: ['ECONNREFUSED'],
  },
  {
    library: 'superagent',
    make: clients.superagent,
    title: 'Error: Payment Required',
    class: 'Error',
    facts: ['"status":402', 'declined'],
  },
  {
    library: 'octokit',
    make: clients.octokit,
    title: 'HttpError: Validation Failed',
    class: 'HttpError',
    facts: ['422', '"field":"name"', 'already_exists'],
  },
  {
    library: 'ws',
    make: clients.ws,
    title: 'Error: Unexpected server response: 402',
    class: 'Error',
    facts: [],
  },
  {
    library: 'net, a name with two addresses',
    make: tools.addresses,
    title: 'AggregateError: 2 errors: connect ECONNREFUSED',
    class: 'AggregateError',
    facts: ['"ECONNREFUSED"', 'connect ECONNREFUSED ::1:1'],
  },
  {
    library: 'fs',
    make: tools.fs,
    title: 'Error: ENOENT: no such file or directory',
    class: 'Error',
    facts: ['"syscall":"open"', '"path":"/nowhere/a.csv"'],
  },
  {
    library: 'execa',
    make: tools.execa,
    title: 'ExecaSyncError: Command failed with exit code 3',
    class: 'ExecaSyncError',
    facts: ['"exitCode":3', 'it went wrong'],
    piped: ['"exitCode":3', 'it went wrong'],
  },
  {
    library: 'tar',
    make: tools.tar,
    title: 'Error: TAR_BAD_ARCHIVE: Unrecognized archive format',
    class: 'Error',
    facts: ['TAR_BAD_ARCHIVE', '"recoverable":false'],
  },
  {
    library: 'sharp',
    make: tools.sharp,
    title: 'Error: Input file is missing: /nowhere/a.png',
    class: 'Error',
    facts: [],
  },
  {
    library: 'a cause that is a plain object',
    make: tools.plainCause,
    title: 'Error: the gateway said no',
    class: 'Error',
    facts: ['code: E17, status: 402'],
    piped: [],
  },
  {
    library: 'a cause that is a list of Errors',
    make: tools.listCause,
    title: 'Error: all mirrors failed',
    class: 'Error',
    facts: ['the first mirror', 'the second mirror'],
    piped: [],
  },
];
