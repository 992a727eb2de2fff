import { join } from 'node:path';
import t from 'tap';
import { builtFiles } from '../../src/event/stack/built-files.ts';
import { scriptOf } from '../../src/event/stack/main-script.ts';
import { createProject } from '../helpers/project.ts';

t.test('the script is found among the arguments of Node', async (t) => {
  for (const [line, expected] of [
    ['dist/main.js', 'dist/main.js'],
    ['--enable-source-maps dist/main.js serve --port 80', 'dist/main.js'],
    ['--require ./instrument.js --import=./b.mjs dist/main.js', 'dist/main.js'],
    ['-r ./instrument.js --max-old-space-size=100 .', '.'],
    ['--env-file .env -C production dist/main', 'dist/main'],
    ['-e console.log(1) a.js', undefined],
    ['--version', undefined],
    ['', undefined],
  ] as const) {
    t.equal(scriptOf(line.split(' ')), expected, line);
  }
});

t.test(
  'what a source was built into is the script, or lies around it as the source does',
  async (t) => {
    const files = ['dist/main.js', 'dist/shop/till.js', 'dist/till.cjs', 'lib/shop/till.js'];
    const project = createProject(t, Object.fromEntries(files.map((name) => [name, ''])));
    const at = (name: string): string => join(project.root, name);
    const built = (source: string, main?: string): readonly string[] =>
      builtFiles(source, { projectRoot: project.root, main });
    const source = at('src/shop/till.ts');
    t.same(built(source, at('dist/main.js')), [
      at('dist/main.js'),
      at('dist/shop/till.js'),
      at('dist/till.cjs'),
    ]);
    t.same(built(at('src/main.ts'), at('dist/main.js')), [at('dist/main.js')]);
    t.same(built(at('src/shop/till.ts'), undefined), [], 'nobody knows the script');
    t.same(built(source, '/usr/bin/tool.js'), [], "a tool's script");
    t.same(project.opened, []);
  },
);
