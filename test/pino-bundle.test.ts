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

/** What pino's options name, where neither `pino` nor `errsight` is to be found from the bundle. */
const NAMED: Readonly<Record<string, object>> = {
  alone: { target: 'errsight/pino' },
  'among others': { targets: [{ target: 'pino/file' }, { target: 'errsight/pino', options: KEY }] },
  'in a pipeline': { pipeline: [{ target: 'pino/file' }, { target: 'errsight/pino' }] },
};

t.test('a target that pino cannot find is named, with what helps', async (t) => {
  const folder = realpathSync(t.testdir({ 'package.json': '{"name":"shop"}' }));
  await bundle(join(folder, 'app.cjs'), APP);
  for (const [what, transport] of Object.entries(NAMED)) {
    const args = [join(folder, 'app.cjs'), JSON.stringify({ transport }), 'null'];
    const { code, stderr } = await runProgram(process.execPath, args, { cwd: folder });
    t.equal(code, 1, what);
    t.match(stderr, 'from this bundle pino cannot find its target `errsight/pino`', what);
    for (const cure of [
      'leave `pino` and `errsight` out of',
      'esbuild-plugin-pino',
      'on this thread',
    ])
      t.match(stderr, cure, what);
  }
});

/** The version of pino in the bundle, and what is said of it. */
const OLD: Readonly<Record<string, RegExp | ''>> = {
  'pino-8':
    /^errsight: pino 8\.[\d.]+ hands over no lines in a bundle: nothing that it logs arrives; [^\n]*\n$/,
  'pino-9': '',
};

t.test('of a pino that hands over no lines in a bundle one line tells', async (t) => {
  const folder = realpathSync(t.testdir({ 'package.json': '{"name":"shop"}' }));
  for (const [name, said] of Object.entries(OLD)) {
    await bundle(
      join(folder, 'app.cjs'),
      `const pino = require('${name}');
      const { withErrsight } = require('errsight');
      const logger = pino(withErrsight({}, ${JSON.stringify({ ...KEY, shutdownTimeout: 0 })}));
      logger.info('one');
      logger.child({}).info('two');`,
    );
    const args = [join(folder, 'app.cjs')];
    const ended = await runProgram(process.execPath, args, { cwd: folder });
    t.equal(ended.code, 0, name);
    t.match(ended.stdout, '"msg":"two"', name);
    if (said === '') t.equal(ended.stderr, '', name);
    else t.match(ended.stderr, said, name);
  }
});
