/** The modules of hooks in pino's worker: what fails at once, and what costs only events. */
import { join } from 'node:path';
import t from 'tap';
import { loadHook } from '../src/options/hooks.ts';
import { OptionError } from '../src/options/option-error.ts';

t.test('a module that rejects is a hook that fails, and no wrong option', async (t) => {
  const folder = t.testdir({
    'rejects.mjs': "await 1; throw new Error('no module'); export default () => null;",
    'rejects-with-nothing.mjs': 'await Promise.reject(); export default () => null;',
    'awaits.mjs': 'await 1; export default () => 17;',
  });
  for (const [file, said] of [
    ['rejects.mjs', /its module has failed: Error: no module/],
    ['rejects-with-nothing.mjs', /its module has failed: undefined/],
  ] as const) {
    const hook = (await loadHook('beforeSend', join(folder, file))) as () => unknown;
    t.throws(() => hook(), said, file);
    t.throws(() => hook(), said, `${file}, each time`);
  }
  const hook = (await loadHook('beforeSend', join(folder, 'awaits.mjs'))) as () => unknown;
  t.equal(hook(), 17);
});

t.test('a module that is not there, or has no function, is a wrong option', async (t) => {
  const folder = t.testdir({
    'nothing.mjs': 'await 1; export default 17;',
    'nothing.cjs': 'module.exports = 17;',
    'throws.cjs': "throw new Error('at once');",
  });
  for (const file of ['missing.mjs', 'nothing.mjs', 'nothing.cjs', 'throws.cjs']) {
    await t.rejects(loadHook('beforeSend', join(folder, file)), OptionError, file);
  }
});
