import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import t from 'tap';
import { strictServer } from '../helpers/errsight.ts';
import { installPacked, makeConsumer } from './consumer.ts';

const installed = await installPacked(t);

/** What an ES module has to be given that is made of CommonJS modules, whoever wrote them. */
const banner = {
  js: `import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    const __filename = import.meta.filename;`,
};

const BUNDLES: readonly (BuildOptions & { readonly from: string; readonly to: string })[] = [
  { from: 'module.mjs', to: 'bundle.mjs', format: 'esm', banner },
  { from: 'module.mjs', to: 'bundle.cjs', format: 'cjs' },
  { from: 'commonjs.cjs', to: 'bundle.cjs', format: 'cjs' },
  { from: 'module.mjs', to: 'bundle.cjs', format: 'cjs', minify: true },
];

for (const { from, to, ...options } of BUNDLES) {
  const how = options.minify === true ? ', minified' : '';
  t.test(`${from} in a bundle of the format ${options.format}${how}`, async (t) => {
    const server = await strictServer(t);
    const project = makeConsumer(t, installed, 'bundled');
    await build({
      ...options,
      absWorkingDir: project.folder,
      entryPoints: [from],
      outfile: to,
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
    });
    // A bundle is taken elsewhere alone.
    rmSync(join(project.folder, 'node_modules'), { recursive: true });
    const ended = await project.node([to], server.env);
    t.match(ended, { code: 0, stderr: '' });
    t.strictSame(JSON.parse(ended.stdout), { oneClass: true });
    t.match(
      server.events.toSorted((a, b) => a.message.localeCompare(b.message)),
      [
        { message: 'RangeError: logged in a bundle', metadata: { exception_class: 'RangeError' } },
        { message: 'TypeError: captured in a bundle', metadata: { exception_class: 'TypeError' } },
      ],
    );
    t.equal(server.events.length, 2, 'each once');
  });
}
