/** Where `errsight init` puts the line of Express 4, or why it does not. */
import t from 'tap';
import { init, read, write, type Files } from './init-project.ts';

t.setTimeout(600_000);
t.jobs = 2;

const PACKAGE = '{"type":"module","main":"index.js","dependencies":{"express":"^4.0.0"}}';
const HEAD = `import express from 'express';\n`;
const MAKE = 'const app = express();\n';
const ROUTE = `app.get('/', (req, res) => res.end());\n`;
const END = 'app.listen(3000);\n';
const HANDLER = 'export const handle = (err, req, res, next) => res.end();\n';

/** The line that `captureErrors(app)` comes in front of, by its beginning. */
const PLACED: readonly (readonly [what: string, index: string, before: string, more?: Files])[] = [
  [
    'a function declared below',
    `${HEAD}${MAKE}${ROUTE}app.use(onError);\n${END}function onError(err, req, res, next) {}\n`,
    'app.use(onError)',
  ],
  [
    'a function expression at a name',
    `${HEAD}const onError = function (err, req, res, next) {};\n${MAKE}${ROUTE}app.use(onError);\n${END}`,
    'app.use(onError)',
  ],
  [
    'an import with another name',
    `${HEAD}import { handle as last } from './handle.js';\n${MAKE}${ROUTE}app.use(last);\n${END}`,
    'app.use(last)',
    { 'handle.js': HANDLER },
  ],
  [
    'a member of a namespace',
    `${HEAD}import * as all from './handle.js';\n${MAKE}${ROUTE}app.use(all.handle);\n${END}`,
    'app.use(all.handle)',
    { 'handle.js': HANDLER },
  ],
  [
    'an export that is passed on',
    `${HEAD}import { handle } from './middleware/index.js';\n${MAKE}${ROUTE}app.use(handle);\n${END}`,
    'app.use(handle)',
    { 'middleware/index.js': `export * from './handle.js';\n`, 'middleware/handle.js': HANDLER },
  ],
  [
    'a function that makes one',
    `${HEAD}import { make } from './make.js';\n${MAKE}${ROUTE}app.use(make({}));\n${END}`,
    'app.use(make',
    {
      'make.js':
        'export function make(options) {\n  return (err, req, res, next) => res.end();\n}\n',
    },
  ],
  [
    'a package that says so',
    `${HEAD}import errorhandler from 'errorhandler';\n${MAKE}${ROUTE}if (process.env.NODE_ENV !== 'production') {\n  app.use(errorhandler());\n}\n${END}`,
    'if (process.env',
  ],
  [
    'behind a 404 of its own',
    `${HEAD}import { handle } from './handle.js';\n${MAKE}${ROUTE}app.use((req, res, next) => next());\napp.use(handle);\n${END}`,
    'app.use(handle)',
    { 'handle.js': HANDLER },
  ],
  [
    'set up by a function',
    `${HEAD}import { errors } from './errors.js';\nimport { routes } from './routes.js';\n${MAKE}routes(app);\nerrors(app);\n${END}`,
    'errors(app)',
    {
      'routes.js': `export function routes(app) {\n  app.get('/', (req, res) => res.end());\n}\n`,
      'errors.js': `export const errors = (app) => {\n  app.use((err, req, res, next) => res.end());\n};\n`,
    },
  ],
  ['no handler at all', `${HEAD}${MAKE}${ROUTE}\nexport default app;\n`, 'export default app'],
  [
    'an application that a function makes',
    `${HEAD}export function create() {\n  const app = express();\n  app.get('/', (req, res) => res.end());\n  return app;\n}\n`,
    'return app',
  ],
];

t.test('it stands behind the routes, and in front of what handles errors', async (sub) => {
  for (const [what, index, before, more = {}] of PLACED) {
    const folder = write(sub, { 'package.json': PACKAGE, 'index.js': index, ...more });
    const ended = await init(folder, ['--yes']);
    sub.match(ended, { code: 0, stderr: '' }, what);
    const lines = (read(folder)['index.js'] ?? '').split('\n').map((line) => line.trim());
    const at = lines.indexOf('captureErrors(app);');
    sub.ok(at > 0 && lines[at + 1]?.startsWith(before), `${what}:\n${lines.join('\n')}`);
    sub.match(await init(folder), { stdout: /Nothing is to be changed/ }, what);
  }
});

const LAST = `app.get('/', (req, res) => res.end());`;

t.test('where it is started among other things, it stands behind the last route', async (sub) => {
  for (const [what, index] of [
    [
      'in a promise',
      `${HEAD}${MAKE}${LAST}\nawait new Promise((done) => { const s = app.listen(0, done); });\n`,
    ],
    [
      'in a function',
      `${HEAD}${MAKE}${LAST}\nfunction start() { return app.listen(3000); }\nstart();\n`,
    ],
    ['nowhere in sight', `${HEAD}${MAKE}${LAST}\nstart();\n`],
  ] as const) {
    const folder = write(sub, { 'package.json': PACKAGE, 'index.js': index });
    await init(folder, ['--yes']);
    sub.match(read(folder)['index.js'], `${LAST}\ncaptureErrors(app);\n`, what);
  }
});

const UNSURE: readonly (readonly [what: string, index: string, why: RegExp, more?: Files])[] = [
  [
    'what a package adds is not seen',
    `${HEAD}import { last } from 'own-things';\n${MAKE}${ROUTE}app.use(last);\n${END}`,
    /what app\.use\(last\); adds is not seen/,
  ],
  [
    'a file that is not there',
    `${HEAD}import last from './gone.js';\n${MAKE}${ROUTE}app.use(last);\n${END}`,
    /what app\.use\(last\); adds is not seen/,
  ],
  [
    'a handler between the routes',
    `${HEAD}${MAKE}app.use((err, req, res, next) => next(err));\n${ROUTE}${END}`,
    /an error handler stands between the routes/,
  ],
  [
    'routes of another file that imports it',
    `${HEAD}export ${MAKE}`,
    /server\.js adds to it/,
    { 'server.js': `import { app } from './index.js';\napp.use('/', routes);\napp.listen(1);\n` },
  ],
  [
    'no end',
    `${HEAD}${MAKE}${ROUTE}routes.forEach((each) => app.use(each));\n`,
    /where its routes end is not seen/,
  ],
  [
    'not made in sight',
    `import * as express from 'express';\nconst make = express.default;\nconst app = make();\n`,
    /where its application is made is not seen/,
  ],
];

t.test('where that is not sure the lines are printed, with the reason, each time', async (sub) => {
  for (const [what, index, why, more = {}] of UNSURE) {
    const folder = write(sub, { 'package.json': PACKAGE, 'index.js': index, ...more });
    for (const args of [['--yes'], []]) {
      const ended = await init(folder, args);
      sub.match(ended, { code: 0, stdout: why }, what);
      sub.match(ended.stdout, /captureErrors\(app\);/, what);
      sub.notMatch(ended.stdout, /Nothing is to be changed/, what);
    }
    sub.notMatch(read(folder)['index.js'], /captureErrors/, what);
  }
});

t.test('a line that comes too late is told', async (sub) => {
  const folder = write(sub, {
    'package.json': PACKAGE,
    'handle.js': HANDLER,
    'index.js': `import 'errsight/register';
import { captureErrors } from 'errsight';
${HEAD}import { handle } from './handle.js';
${MAKE}${ROUTE}app.use(handle);
captureErrors(app);
${END}`,
    '.env.example': 'ERRSIGHT_API_KEY=\nERRSIGHT_HOST=\n',
  });
  const { stdout } = await init(folder);
  sub.match(stdout, /captureErrors\(app\) comes too late[^]*app\.use\(handle\);/);
  sub.notMatch(stdout, /Nothing is to be changed/);
});
