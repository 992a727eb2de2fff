/** Small projects as people have them, each of which fails once when it runs. */

/** A project before `errsight init`. */
export interface ProjectCase {
  readonly name: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  /** Packages of this repository, and the names that they have there if they have others. */
  readonly packages?: Readonly<Record<string, string>>;
  /** What is compiled to `dist`, to modules of this kind. */
  readonly compile?: { readonly from: string; readonly to: 'esm' | 'cjs' };
  /** What Node runs. */
  readonly run: readonly string[];
  /** The folder of the package, where it is not the whole. */
  readonly under?: string;
  /** The message of the event that has to arrive. */
  readonly message: string;
  /** The files that are changed or made, besides `.env.example`. */
  readonly changes: readonly string[];
  /** Where the key is: in a file that the program reads itself. */
  readonly readsEnv?: boolean;
}

const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

const CALL = `async function call(port, path) {
  const response = await fetch(\`http://127.0.0.1:\${port}\${path}\`);
  await response.text();
}
`;

export const PROJECTS: readonly ProjectCase[] = [
  {
    name: 'plain ESM that reads its variables from a file',
    manifest: { type: 'module', scripts: { start: 'node --no-warnings ./app.js' } },
    files: {
      'app.js': `#!/usr/bin/env node
/** The licence of this file. */
import { readFileSync } from 'node:fs';

process.loadEnvFile(new URL('.env', import.meta.url)); // before all else
const pattern = /['"\`]{2,}/;
const text = \`a \${pattern.test("''") ? \`b \${1}\` : '}'} c\`;
if (readFileSync !== undefined) throw new RangeError('plain ' + text.length);
`,
    },
    run: ['app.js'],
    message: 'RangeError: plain 7',
    changes: ['app.js'],
    readsEnv: true,
  },
  {
    name: 'plain CommonJS with a directive and winston',
    manifest: { main: 'lib/index.js' },
    files: {
      'lib/index.js': `// eslint-disable
'use strict';

const winston = require('winston');

const logger = winston.createLogger({
  level: 'info',
  transports: [
    // to the terminal
    new winston.transports.Console(),
  ],
});
logger.error('it failed', new Error('the shop is closed'));
`,
    },
    packages: { winston: 'winston' },
    run: ['lib/index.js'],
    message: 'Error: the shop is closed',
    changes: ['lib/index.js'],
  },
  {
    name: 'Express 4 in CommonJS',
    manifest: {
      dependencies: { express: '^4.0.0' },
      scripts: { start: 'NODE_ENV=production node server' },
    },
    files: {
      'server.js': `const express = require('express')
const app = express()

app.get('/', (req, res) => { throw new Error('express 4 broke') })

app.use((err, req, res, next) => {
	res.status(500).end()
})

${CALL}
const server = app.listen(0, '127.0.0.1', async () => {
	await call(server.address().port, '/')
	server.close()
})
`,
    },
    packages: { express: 'express4' },
    run: ['server.js'],
    message: 'Error: express 4 broke',
    changes: ['server.js'],
  },
  {
    name: 'Express 5 in ESM with pino in a file of its own',
    manifest: { type: 'module', dependencies: { express: '^5.0.0', pino: '10' } },
    files: {
      'src/logger.js': `import { pino } from 'pino';

export const logger = pino({
  level: process.env.LEVEL ?? 'info',
  transport: { targets: [{ target: 'pino/file', options: { destination: 1 } }] },
});
`,
      'src/index.js': `import express from 'express';
import { logger } from './logger.js';

const app = express();
app.get('/', (req, res) => {
  logger.error(new Error('express 5 broke'), 'no luck');
  res.end();
});
${CALL}
const server = app.listen(0, '127.0.0.1', async () => {
  await call(server.address().port, '/');
  server.close();
});
`,
    },
    packages: { express: 'express', pino: 'pino' },
    run: ['src/index.js'],
    message: 'Error: express 5 broke',
    changes: ['src/index.js', 'src/logger.js'],
  },
  {
    name: 'Express in TypeScript with bunyan',
    manifest: {
      main: 'dist/app.js',
      dependencies: { express: '5' },
      scripts: { build: 'tsc', start: 'node --enable-source-maps dist/app.js' },
    },
    files: {
      'tsconfig.json': '{}',
      'src/app.ts': `import express, { type Request, type Response } from 'express';
import bunyan = require('bunyan');

const log = bunyan.createLogger({ name: 'shop' });
const app = express();
app.get('/', (_req: Request, res: Response) => {
  log.error({ err: new TypeError('bunyan saw it') }, 'no luck');
  res.end();
});
const server = app.listen(0, '127.0.0.1', async (): Promise<void> => {
  const { port } = server.address() as { port: number };
  await fetch(\`http://127.0.0.1:\${port}/\`);
  server.close();
});
`,
    },
    packages: { express: 'express', bunyan: 'bunyan' },
    compile: { from: 'src', to: 'cjs' },
    run: ['dist/app.js'],
    message: 'TypeError: bunyan saw it',
    changes: ['src/app.ts'],
  },
  {
    name: 'Fastify in ESM with line ends of Windows',
    manifest: { type: 'module', dependencies: { fastify: '5' } },
    files: {
      'server.js': crlf(`import Fastify from 'fastify';

const app = Fastify({ logger: true });
app.get('/', async () => { throw new Error('fastify broke'); });
await app.listen({ port: 0, host: '127.0.0.1' });
await app.inject('/');
await app.close();
`),
    },
    packages: { fastify: 'fastify', pino: 'pino' },
    run: ['server.js'],
    message: 'Error: fastify broke',
    changes: ['server.js'],
  },
  {
    name: 'Fastify in CommonJS, called at once, with options of pino',
    manifest: { dependencies: { fastify: '5' }, main: 'app.js' },
    files: {
      'app.js': `'use strict'
const fastify = require('fastify')({
\tlogger: {
\t\tlevel: 'warn',
\t\tredact: ['req.headers'],
\t},
})

fastify.get('/', async () => { throw new Error('it broke at once') })
fastify.inject('/').then(() => fastify.close())
`,
    },
    packages: { fastify: 'fastify', pino: 'pino' },
    run: ['app.js'],
    message: 'Error: it broke at once',
    changes: ['app.js'],
  },
  {
    name: 'Nest in TypeScript, in a folder of a monorepo',
    under: 'packages/api',
    manifest: { dependencies: { '@nestjs/core': '11' }, scripts: { start: 'nest start' } },
    files: {
      'tsconfig.json': JSON.stringify({
        compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true },
      }),
      'src/app.ts': `import { Controller, Get, Module } from '@nestjs/common';

@Controller()
class Shop {
  @Get()
  buy(): string {
    throw new Error('nest broke');
  }
}

@Module({ controllers: [Shop] })
export class AppModule {}
`,
      'src/main.ts': `import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: false,
  });
  await app.listen(0, '127.0.0.1');
  await fetch(await app.getUrl());
  await app.close();
}
void bootstrap();
`,
    },
    packages: {
      '@nestjs/core': '@nestjs/core',
      '@nestjs/common': '@nestjs/common',
      '@nestjs/platform-express': '@nestjs/platform-express',
      'reflect-metadata': 'reflect-metadata',
    },
    compile: { from: 'src', to: 'cjs' },
    run: ['dist/main.js'],
    message: 'Error: nest broke',
    changes: ['src/main.ts'],
  },
  {
    name: 'Koa in CommonJS with a byte-order mark',
    manifest: {
      dependencies: { koa: '3' },
      scripts: { start: 'node -r ./setup.js .' },
      main: './index.js',
    },
    files: {
      'setup.js': '',
      'index.js': `\uFEFFconst Koa = require('koa');

const app = new Koa(); // the shop
app.silent = true;
app.use(() => { throw new Error('koa broke'); });
${CALL}
const server = app.listen(0, '127.0.0.1', async () => {
  await call(server.address().port, '/');
  server.close();
});
`,
    },
    packages: { koa: 'koa' },
    run: ['index.js'],
    message: 'Error: koa broke',
    changes: ['index.js'],
  },
  {
    name: 'Hono in ESM',
    manifest: {
      type: 'module',
      dependencies: { hono: '4' },
      scripts: { dev: 'tsx watch src/index.ts' },
    },
    files: {
      'tsconfig.json': '{}',
      'src/index.ts': `import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono<{ Variables: { user: string } }>()

app.get('/', (c) => {
  throw new Error('hono broke')
})

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, async ({ port }) => {
  await fetch(\`http://127.0.0.1:\${port}/\`)
  server.close()
})
`,
    },
    packages: { hono: 'hono', '@hono/node-server': '@hono/node-server' },
    compile: { from: 'src', to: 'esm' },
    run: ['dist/index.js'],
    message: 'Error: hono broke',
    changes: ['src/index.ts'],
  },
  {
    name: 'Next',
    manifest: { type: 'module', dependencies: { next: '16' } },
    files: {
      'app/page.js': 'export default function Page() { return null; }\n',
      // Next itself is built in test/builds/next.test.ts, with what init has made.
      'as-next.js': `import { onRequestError, register } from './instrumentation.js';
process.env.NEXT_RUNTIME = 'nodejs';
register();
const context = { routerKind: 'App Router', routePath: '/', routeType: 'render', renderSource: 'server-rendering' };
await onRequestError(new Error('next broke'), { path: '/', method: 'GET', headers: {} }, context);
`,
    },
    run: ['as-next.js'],
    message: 'Error: next broke',
    changes: ['instrumentation.js'],
  },
  {
    name: 'Lambda in CommonJS',
    manifest: { main: 'index.js' },
    files: {
      'index.js': `const orders = [];

exports.handler = async (event) => {
  if (orders.length === 0) throw new Error('lambda broke');
  return { statusCode: 200 };
};
`,
      'as-aws.js': `const { handler } = require('./index.js');
handler({}, { awsRequestId: 'r1', getRemainingTimeInMillis: () => 5000 }).catch(() => undefined);
`,
    },
    run: ['as-aws.js'],
    message: 'Error: lambda broke',
    changes: ['index.js'],
  },
  {
    name: 'Lambda in TypeScript with ESM',
    manifest: { type: 'module' },
    files: {
      'tsconfig.json': '{}',
      'src/handler.ts': `interface Event { readonly id?: string }

export const handler = async (event: Event): Promise<{ statusCode: number }> => {
  if (event.id === undefined) {
    throw new TypeError('no id');
  }
  return { statusCode: 200 };
};
`,
      'as-aws.js': `import { handler } from './dist/handler.js';
await handler({}, { awsRequestId: 'r1', getRemainingTimeInMillis: () => 5000 }).catch(() => undefined);
`,
    },
    compile: { from: 'src', to: 'esm' },
    run: ['as-aws.js'],
    message: 'TypeError: no id',
    changes: ['src/handler.ts'],
  },
  {
    name: 'Express 4 with routes and an error handler of other files',
    manifest: { type: 'module', dependencies: { express: '^4.0.0' } },
    files: {
      'middleware/error.js': `export function errorHandler(err, req, res, next) {
  res.status(500).json({ error: err.message });
}
export const notFound = (req, res) => res.status(404).end();
`,
      'routes/index.js': `import { Router } from 'express';
const router = Router();
router.get('/', () => { throw new Error('a route of another file broke'); });
export default router;
`,
      'index.js': `import express from 'express';
import { errorHandler, notFound } from './middleware/error.js';
import routes from './routes/index.js';

const app = express();
app.use(express.json());
app.use('/', routes);
app.use(notFound);
app.use(errorHandler);
${CALL}
const server = app.listen(0, '127.0.0.1', async () => {
  await call(server.address().port, '/');
  server.close();
});
`,
    },
    packages: { express: 'express4' },
    run: ['index.js'],
    message: 'Error: a route of another file broke',
    changes: ['index.js'],
  },
  {
    name: 'Express 4 in a class, with a handler declared below',
    manifest: { dependencies: { express: '^4.0.0' }, main: 'app.js' },
    files: {
      'app.js': `'use strict';
const express = require('express');

class App {
  constructor() {
    this.app = express();
    this.setRoutes();
    this.setHandlers();
  }

  setHandlers() {
    this.app.use(onError);
  }

  setRoutes() {
    this.app.get('/', () => { throw new Error('a method broke'); });
  }
}

function onError(error, request, response, next) {
  response.status(500).end();
}
${CALL}
const server = new App().app.listen(0, '127.0.0.1', async () => {
  await call(server.address().port, '/');
  server.close();
});
`,
    },
    packages: { express: 'express4' },
    run: ['app.js'],
    message: 'Error: a method broke',
    changes: ['app.js'],
  },
  {
    name: 'Koa as a field of a class',
    manifest: { type: 'module', dependencies: { koa: '3' } },
    files: {
      'app.js': `import Koa from 'koa';

class App {
  app = new Koa();
  constructor() {
    this.app.silent = true;
    this.app.use(() => { throw new Error('a field broke'); });
  }
}
${CALL}
const server = new App().app.listen(0, '127.0.0.1', async () => {
  await call(server.address().port, '/');
  server.close();
});
`,
    },
    packages: { koa: 'koa' },
    run: ['app.js'],
    message: 'Error: a field broke',
    changes: ['app.js'],
  },
  {
    name: 'Fastify with its options at a name',
    manifest: { type: 'module', dependencies: { fastify: '5' } },
    files: {
      'server.js': `import { fastify } from 'fastify';

const options = { logger: true, trustProxy: true };
const app = fastify(options);
app.get('/', async () => { throw new Error('the options had a name'); });
await app.inject('/');
await app.close();
`,
    },
    packages: { fastify: 'fastify', pino: 'pino' },
    run: ['server.js'],
    message: 'Error: the options had a name',
    changes: ['server.js'],
  },
  {
    name: 'pino of its namespace',
    manifest: { type: 'module', main: 'app.js' },
    files: {
      'app.js': `import * as pino from 'pino';
const log = pino.pino({ level: 'info' });
log.error(new Error('a namespace broke'));
`,
    },
    packages: { pino: 'pino' },
    run: ['app.js'],
    message: 'Error: a namespace broke',
    changes: ['app.js'],
  },
  {
    name: "winston's own logger",
    manifest: { main: 'app.js' },
    files: {
      'app.js': `const winston = require('winston');
winston.add(new winston.transports.Console());
winston.error('it failed', new Error('the first logger broke'));
`,
    },
    packages: { winston: 'winston' },
    run: ['app.js'],
    message: 'Error: the first logger broke',
    changes: ['app.js'],
  },
  {
    name: 'a winston logger with a name',
    manifest: { main: 'app.js' },
    files: {
      'app.js': `const winston = require('winston');
winston.loggers.add('shop', { transports: [new winston.transports.Console()] });
winston.loggers.get('shop').error('it failed', new Error('a named logger broke'));
`,
    },
    packages: { winston: 'winston' },
    run: ['app.js'],
    message: 'Error: a named logger broke',
    changes: ['app.js'],
  },
  {
    name: "bunyan's class in a script without an ending",
    manifest: { scripts: { start: 'node bin/www' } },
    files: {
      'bin/www': `#!/usr/bin/env node
const Logger = require('bunyan');
const log = new Logger({ name: 'shop' });
log.error(new Error('a class broke'));
`,
    },
    packages: { bunyan: 'bunyan' },
    run: ['bin/www'],
    message: 'Error: a class broke',
    changes: ['bin/www'],
  },
  {
    name: 'functions of the Serverless Framework',
    manifest: {},
    files: {
      'serverless.yml': `service: shop
functions:
  hello:
    handler: src/hello.hello
    events:
      - http: GET /
`,
      'src/hello.js': `'use strict';

module.exports.hello = async (event) => {
  throw new Error('a named function broke');
};
`,
      'as-aws.js': `const { hello } = require('./src/hello.js');
hello({}, { awsRequestId: 'r1', getRemainingTimeInMillis: () => 5000 }).catch(() => undefined);
`,
    },
    run: ['as-aws.js'],
    message: 'Error: a named function broke',
    changes: ['src/hello.js'],
  },
];
