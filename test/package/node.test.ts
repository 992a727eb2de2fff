import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { strictServer } from '../helpers/errsight.ts';
import { installPacked, makeConsumer } from './consumer.ts';

const installed = await installPacked(t);

/** What turns off `require` of ES modules, where this Node has it. */
const NO_REQUIRE_ESM = ['--no-require-module', '--no-experimental-require-module'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag.replace('--no-', '--')),
);

interface Program {
  readonly name: string;
  readonly file: string;
  readonly flags?: readonly string[];
}

const MODULE = { file: 'esm.mjs' };
const COMMONJS = { file: 'cjs.cjs' };

const PROGRAMS: readonly Program[] = [
  { name: 'an ES module', ...MODULE },
  { name: 'a CommonJS module', ...COMMONJS },
  ...(NO_REQUIRE_ESM === undefined
    ? []
    : [
        {
          name: 'an ES module, where ES modules cannot be required,',
          ...MODULE,
          flags: [NO_REQUIRE_ESM],
        },
        {
          name: 'a CommonJS module, where ES modules cannot be required,',
          ...COMMONJS,
          flags: [NO_REQUIRE_ESM],
        },
      ]),
];

for (const { name, file, flags = [] } of PROGRAMS) {
  t.test(`${name} reports through every entry`, async (t) => {
    const server = await strictServer(t);
    const project = makeConsumer(t, installed, 'node', ['pino']);
    const ended = await project.node([...flags, file], server.env);
    t.equal(ended.code, 3, ended.stderr);
    t.equal(ended.stderr, '', 'nothing is printed');

    const { from, ...found } = JSON.parse(ended.stdout) as Record<string, unknown>;
    const packageFolder = pathToFileURL(join(project.folder, 'node_modules/errsight/')).href;
    t.equal(from, `${packageFolder}dist/cjs/index.js`, 'of the installed package');
    t.match(found, {
      oneInstance: true,
      oneStream: true,
      scope: 'Scope',
      version: /^\d+\.\d+\.\d+/,
    });

    const frame = { filename: file, in_app: true, context_line: /new (Type|Range)Error/ };
    t.match(
      server.events.toSorted((a, b) => a.message.localeCompare(b.message)),
      [
        ['RangeError: logged to the stream', 'RangeError'],
        ['RangeError: logged to the target', 'RangeError'],
        ['TypeError: captured by import', 'TypeError'],
        ['TypeError: captured by require', 'TypeError'],
      ].map(([message, exception_class]) => ({
        message,
        level: 'error',
        metadata: { exception_class, exception_frames: [frame] },
      })),
    );
    t.equal(server.events.length, 4, 'each once');
  });
}

t.test('the entries of winston and bunyan, by import and by require', async (t) => {
  const server = await strictServer(t);
  const project = makeConsumer(t, installed, 'node', ['winston', 'bunyan']);
  const ended = await project.node(['loggers.mjs'], server.env);
  t.match(ended, { code: 3, stderr: '' });
  const names = [
    ['ErrsightTransport', 'OptionError'],
    ['ErrsightStream', 'OptionError', 'createErrsightStream', 'serializers'],
  ];
  t.strictSame(JSON.parse(ended.stdout), {
    oneTransport: true,
    oneStream: true,
    names,
    imported: names,
  });
  t.strictSame(
    server.events.map(({ message }) => message).toSorted(),
    ['ofBunyan', 'bunyanRequired', 'ofWinston', 'winstonRequired']
      .map((how) => `RangeError: logged by ${how}`)
      .toSorted(),
  );
});

t.test('what makes and sends events is loaded with the first client', async (t) => {
  const project = makeConsumer(t, installed, 'node');
  const program = `require('errsight').init();
    const files = Object.keys(require.cache).map((path) => path.replaceAll('\\\\', '/'));
    console.log(files.map((path) => path.split('/errsight/').at(-1)).sort().join(' '));`;
  const index = ['base', 'core', 'index', 'main/init'];
  const late = ['delivery', 'main', 'main/client', 'main/pino/lines'];
  const server = await strictServer(t);
  for (const [env, files] of [
    [{}, index],
    [server.env, [...index, ...late]],
  ] as const) {
    const ended = await project.node(['-e', program], env);
    t.match(ended, { code: 0, stderr: '' });
    const paths = files.map((name) => `dist/cjs/${name}.js`);
    t.equal(ended.stdout, `${paths.toSorted().join(' ')}\n`);
  }
});

t.test('no entry loads what makes events', async (t) => {
  const project = makeConsumer(t, installed, 'node', ['winston', 'bunyan']);
  for (const entry of ['errsight', 'errsight/winston', 'errsight/bunyan', 'errsight/pino']) {
    const program = `require('${entry}');
      const files = Object.keys(require.cache).map((path) => path.split(/[\\\\/]/).at(-1));
      console.log(files.includes('core.js'), files.includes('events.js'));`;
    const ended = await project.node(['-e', program], {});
    t.match(ended, { code: 0, stderr: '', stdout: 'true false\n' }, entry);
  }
});

t.test('an error is reported although another version lies in the place by then', async (t) => {
  const project = makeConsumer(t, installed, 'node');
  const program = `const { captureException, flush, init } = require('errsight');
    init();
    setImmediate(() => setImmediate(() => {
      require('node:module')._load = (name) => { throw new Error('no more ' + name); };
      captureException(new Error('late'));
      void flush();
    }));`;
  const server = await strictServer(t);
  const ended = await project.node(['-e', program], server.env);
  t.match(ended, { code: 0, stderr: '' });
  t.match(server.events, [{ message: /late/, metadata: { exception_class: 'Error' } }]);
});
