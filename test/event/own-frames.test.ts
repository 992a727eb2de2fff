import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { buildSync } from 'esbuild';
import { parseStack } from '../../src/event/stack/parse.ts';
import { isOfBundler, isOurSource, withoutOwn } from '../../src/event/stack/own-frames.ts';

t.test("this package's own frames are left out by file and by name", async (t) => {
  const { frames } = parseStack(`Error: e
    at f (/app/a.js:1:1)
    at Socket.errsightEmit [as emit] (/app/bundle.js:2:2)
    at run (/pkg/src/main/scopes.js:3:3)
    at errsightEmitter (/pkg/srcs/b.js:4:4)`);
  t.strictSame(
    withoutOwn(frames, ['/pkg/src/']).map(({ line }) => line),
    [1, 4],
  );
  t.equal(withoutOwn(frames.slice(0, 1), ['/pkg/src/'])[0], frames[0]);
});

t.test("a bundler's own functions are known by their names", async (t) => {
  for (const [name, expected] of [
    ['__webpack_require__', true],
    ['Object.__webpack_exec__', true],
    ['__vite_ssr_import__', true],
    ['./src/main.ts', true],
    ['Object.../lib/shop.ts', true],
    ['webpack', false],
    ['main', false],
    ['', false],
  ] as const) {
    t.equal(isOfBundler({ function: name, file: '/app/dist/main.cjs' }), expected, name);
  }
});

function source(name: string): string {
  return JSON.stringify(resolve(import.meta.dirname, '../../src/main', name));
}

for (const minify of [false, true]) {
  t.test(`in a bundle they are left out by name (minified: ${minify})`, async (t) => {
    const folder = t.testdir();
    const entry = join(folder, 'app.js');
    writeFileSync(
      entry,
      `import { createServer, get } from 'node:http';
      import { Scopes } from ${source('scopes.js')};
      import { watchRequests } from ${source('requests/watch.js')};
      watchRequests(new Scopes());
      process.on('uncaughtException', (error) => {
        console.log(error.stack);
        process.exit(0);
      });
      const server = createServer((request, response) => {
        setImmediate(() => response.emit('mine'));
        response.on('mine', () => { null.x; });
      }).listen(0, '127.0.0.1', () => get({ port: server.address().port }).on('error', () => {}));`,
    );
    const outfile = join(folder, 'out.cjs');
    buildSync({ entryPoints: [entry], outfile, bundle: true, minify, platform: 'node' });
    const stack = execFileSync(process.execPath, [outfile], { encoding: 'utf8', timeout: 20_000 });
    t.match(stack, /errsightEmit/, 'the wrapper was in the stack');
    const left = withoutOwn(parseStack(stack).frames).filter(({ file }) => file === outfile);
    // The listener, and the timer's callback that emits.
    t.equal(left.length, 2, stack);
  });
}

/** What calls the application's functions, and how the application calls it. */
const CALLS = [
  'withScope(fail)',
  'withScope(Scope.from({}), fail)',
  "await wrapHandler(fail)('event', {})",
  "await wrapHandler(async () => fail())('event', {})",
  "wrapJob('mails', fail)({ id: 5 })",
  'new Scopes().runAs({ id: 1 }, fail)',
  'new Scopes().bind(fail)()',
] as const;

for (const minify of [false, true]) {
  t.test(`so are those of what runs a callback (minified: ${minify})`, async (t) => {
    const folder = t.testdir();
    const entry = join(folder, 'app.js');
    const calls = CALLS.map((call) => `async () => { ${call}; },`).join('\n');
    writeFileSync(
      entry,
      `import { Scope, withScope, wrapHandler, wrapJob } from ${source('../index.js')};
      import { Scopes } from ${source('scopes.js')};
      function fail() { null.x; }
      const stacks = [];
      for (const call of [${calls}]) await call().catch((error) => stacks.push(error.stack));
      console.log(JSON.stringify(stacks));
      process.exit(0);`,
    );
    const outfile = join(folder, 'out.mjs');
    const banner =
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    const basics = {
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: banner },
    } as const;
    buildSync({ ...basics, entryPoints: [entry], outfile, minify });
    const shown = execFileSync(process.execPath, [outfile], { encoding: 'utf8', timeout: 20_000 });
    const stacks = JSON.parse(shown) as readonly string[];
    t.equal(stacks.length, CALLS.length);
    for (const [index, stack] of stacks.entries()) {
      const left = withoutOwn(parseStack(stack).frames).filter(({ file }) => file === outfile);
      // `fail`, the arrow around the call, the one in the call, and the top level.
      const most = CALLS[index]?.includes('=> fail()') === true ? 4 : 3;
      t.equal(left.length, most, `${CALLS[index]}\n${stack}`);
    }
  });
}

t.test('what a map says of this package in a bundle is known by its folder', async (t) => {
  t.ok(isOurSource('/app/node_modules/errsight/dist/cjs/core.js'));
  t.ok(isOurSource('C:\\app\\node_modules\\errsight\\dist\\module\\core.js'));
  t.notOk(isOurSource('/app/node_modules/errsight-like/dist/cjs/core.js'));
  t.notOk(isOurSource('/app/src/errsight/dist.js'));
});

t.test('the published package leaves out its own frames', async (t) => {
  const file = join(t.testdir(), 'app.cjs');
  writeFileSync(
    file,
    `const errsight = require(${JSON.stringify(resolve(import.meta.dirname, '../../../cjs/index.js'))});
    errsight.init({
      apiKey: 'elp_${'0'.repeat(48)}',
      host: 'http://127.0.0.1:9',
      beforeSend: ({ backtrace }) => (console.log(backtrace), null),
    });
    const fail = () => errsight.withScope(() => { throw new Error('x'); });
    try { fail(); } catch (error) { errsight.captureException(error); }
    errsight.captureException('text');
    void errsight.wrapHandler(async () => JSON.parse('{'))('event', {}).catch(() => undefined);`,
  );
  const shown = execFileSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 });
  t.match(shown, /app\.cjs/);
  t.notMatch(shown, /dist[\\/]cjs|errsight/, 'a frame of ours');
  t.equal(shown.match(/^at /gm)?.length ?? 0, shown.trim().split('\n').length);
});
