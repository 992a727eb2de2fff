/** A bundle whose folder has a `transports/pino.js` of its own: the target is ours, and there once. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import t, { type Test } from 'tap';
import { ROOT } from './helpers/app.ts';
import { runProgram } from './helpers/child.ts';

const APP = `const { withErrsight } = require('errsight');
  const options = JSON.parse(process.argv[2]);
  const more = JSON.parse(process.argv[3]);
  const { transport } = withErrsight(options, more ?? undefined);
  process.stdout.write(JSON.stringify(transport));
  process.exit(0);`;

const KEY = { apiKey: `elp_${'0'.repeat(48)}`, host: 'http://127.0.0.1:9' };

async function bundle(outfile: string, contents: string): Promise<void> {
  await build({
    stdin: { contents, resolveDir: ROOT },
    outfile,
    bundle: true,
    platform: 'node',
    minify: true,
    logLevel: 'silent',
  });
}

interface Target {
  readonly target?: string;
  readonly targets?: readonly Target[];
}

async function transportIn(t: Test, folder: string, options: object, more: object | null) {
  const args = [join(folder, 'app.cjs'), JSON.stringify(options), JSON.stringify(more)];
  const ended = await runProgram(process.execPath, args, { cwd: folder });
  t.match(ended, { code: 0, stderr: '' });
  const { targets = [], target } = JSON.parse(ended.stdout) as Target;
  return target === undefined ? targets.map((each) => each.target) : [target];
}

/** Where the file of that name lies, seen from the bundle. */
for (const where of ['transports', '../transports']) {
  t.test(`a target of the application's in ${where} is not taken for ours`, async (t) => {
    const root = realpathSync(
      t.testdir({
        'package.json': '{"name":"shop"}',
        transports: { 'pino.js': 'module.exports = () => process.stdout;' },
        dist: { transports: { 'pino.js': 'module.exports = () => process.stdout;' } },
      }),
    );
    const folder = join(root, 'dist');
    const theirs = join(folder, where, 'pino.js');
    await bundle(join(folder, 'app.cjs'), APP);
    // Where pino has no file of ours, the lines are taken on this thread.
    t.strictSame(await transportIn(t, folder, { transport: { target: theirs } }, KEY), [theirs]);
  });
}

t.test('ours that is bundled beside the application is ours, once', async (t) => {
  const folder = realpathSync(t.testdir({}));
  const ours = join(folder, 'transports/pino.js');
  await bundle(join(folder, 'app.cjs'), APP);
  await bundle(ours, "module.exports = require('errsight/pino');");
  t.strictSame(await transportIn(t, folder, { transport: { targets: [] } }, KEY), [ours]);
  const given = { transport: { target: ours, options: KEY } };
  t.strictSame(await transportIn(t, folder, given, null), [ours]);
  const args = [join(folder, 'app.cjs'), JSON.stringify(given), JSON.stringify(KEY)];
  const ended = await runProgram(process.execPath, args, { cwd: folder });
  t.match(ended.stderr, 'is among the targets of `transport` already');
});
