import t from 'tap';
import { makeApp, type Modules } from './helpers/app.ts';
import { runProgram } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

/** An application that knows nothing of errsight, and fails. Its worker starts with the same flags. */
const APPS: Readonly<Record<Modules, string>> = {
  module: `import { Worker } from 'node:worker_threads';
    new Worker('', { eval: true }).once('exit', () => { throw new RangeError('nobody caught it'); });`,
  commonjs: `const { Worker } = require('node:worker_threads');
    new Worker('', { eval: true }).once('exit', () => { throw new RangeError('nobody caught it'); });`,
};

/** What Node prints of an error, without its own frames: it has more of them where scopes are followed. */
function shown(stderr: string): string {
  return stderr.replaceAll(/^ +at .*\(node:.*\n/gm, '');
}

for (const modules of ['module', 'commonjs'] as const) {
  t.test(`an application of the kind ${modules} reports without a line of code`, async (t) => {
    const server = await strictServer(t);
    const { folder } = makeApp(t, { 'app.js': APPS[modules] }, { modules });
    const run = (flags: readonly string[], env = {}): ReturnType<typeof runProgram> =>
      runProgram(process.execPath, [...flags, 'app.js'], { cwd: folder, env });
    const plain = await run([]);
    t.equal(plain.code, 1);
    for (const flag of ['--import', '-r']) {
      const ended = await run([flag, 'errsight/register'], server.env);
      t.strictSame([ended.code, shown(ended.stderr)], [plain.code, shown(plain.stderr)], flag);
    }
    t.match(
      server.events,
      Array.from({ length: 2 }, () => ({
        level: 'fatal',
        message: 'RangeError: nobody caught it',
        metadata: { exception_frames: [{ filename: 'app.js', in_app: true }] },
      })),
    );
    const silent = await run(['--import', 'errsight/register']);
    t.strictSame([silent.code, silent.stderr], [plain.code, plain.stderr], 'without a key');
    const wrong = await run(['-r', 'errsight/register'], { ERRSIGHT_API_KEY: 'undefined' });
    t.equal(wrong.code, plain.code);
    t.match(wrong.stderr, /^errsight: the settings are wrong: [^\n]+ nothing is reported\n/);
    t.equal(server.events.length, 2, 'each once');
  });
}
