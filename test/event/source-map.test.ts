import fs from 'node:fs';
import { join, relative } from 'node:path';
import { GenMapping, addSegment, toEncodedMap } from '@jridgewell/gen-mapping';
import t from 'tap';
import { createProject } from '../helpers/project.ts';
import type { Project } from '../helpers/project.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createProjectFiles, EVENT_BYTES } from '../../src/event/stack/files.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { createSourceReader } from '../../src/event/stack/source-lines.ts';
import { createSourceTexts } from '../../src/event/stack/source-text.ts';
import { createSourceMapper } from '../../src/event/stack/source-map.ts';
import type { Original, SourceMapper } from '../../src/event/stack/source-map.ts';
import type { StackFrame } from '../../src/event/stack/frame-line.ts';
import { scrub } from '../helpers/scrub.ts';

type MapJson = ReturnType<typeof toEncodedMap>;

/** Line 2, column 5 of the built file is line 8, column 3 of the source. */
function mapOf(source: string, more: Partial<MapJson> = {}): MapJson {
  const map = new GenMapping();
  addSegment(map, 1, 4, source, 7, 2);
  return { ...toEncodedMap(map), ...more };
}

const FRAME: Omit<StackFrame, 'file'> = { function: 'f', line: 2, column: 5 };
const BUILT = 'one\ntwo and more\n';
const COMMENT = '//# sourceMappingURL=';

function mapperOf(project: Project): SourceMapper {
  const files = createProjectFiles(project.root);
  return createSourceMapper({ projectRoot: project.root, files });
}

/** Where `dist/app.js:2:5` of a project comes from. */
function ask(project: Project, file = 'dist/app.js'): Original | undefined {
  return mapperOf(project)({ ...FRAME, file: join(project.root, file) }, undefined);
}

function inline(map: object): string {
  const data = Buffer.from(JSON.stringify(map)).toString('base64');
  return `${BUILT}${COMMENT}data:application/json;charset=utf-8;base64,${data}\n`;
}

t.test('a map is found wherever tools leave it', async (t) => {
  const map = JSON.stringify(mapOf('../src/app.ts'));
  const rows: readonly (readonly [string, Record<string, string>])[] = [
    ['named by the comment', { 'app.js': `${BUILT}${COMMENT}app.js.map`, 'app.js.map': map }],
    [
      'named by the older comment',
      { 'app.js': `${BUILT}//@ sourceMappingURL=x.map`, 'x.map': map },
    ],
    ['in a block', { 'app.js': `${BUILT}/*# sourceMappingURL=x.map */`, 'x.map': map }],
    ['with text behind', { 'app.js': `${BUILT}${COMMENT}x.map\n// (c) us\n`, 'x.map': map }],
    ['the last comment counts', { 'app.js': `${COMMENT}y.map\n${COMMENT}x.map`, 'x.map': map }],
    ['escaped', { 'app.js': `${BUILT}${COMMENT}a%20b.map`, 'a b.map': map }],
    ['beside, unnamed', { 'app.js': BUILT, 'app.js.map': map }],
    ['beside one elsewhere', { 'app.js': `${COMMENT}https://x.test/a.map`, 'app.js.map': map }],
    ['only mentioned in code', { 'app.js': `a = 'sourceMappingURL=x'`, 'app.js.map': map }],
    ['no script', { 'app.js': BUILT, 'app.js.map': `)]}'\n${map}` }],
    ['inline', { 'app.js': inline(mapOf('../src/app.ts')) }],
    [
      'inline, not base64',
      { 'app.js': `${COMMENT}data:application/json,${encodeURIComponent(map)}` },
    ],
  ];
  for (const [name, files] of rows) {
    const entries = Object.entries(files).map(([file, text]) => [`dist/${file}`, text]);
    const project = createProject(t, Object.fromEntries(entries));
    const file = join(project.root, 'src/app.ts');
    t.same(ask(project), { file, line: 8, column: 3, content: undefined }, name);
  }
});

t.test('a source is a path in the project, however a tool writes it', async (t) => {
  const rows: readonly (readonly [source: string, expected: string, sourceRoot?: string])[] = [
    ['../src/app.ts', 'src/app.ts'],
    ['src/app.ts', 'src/app.ts', '..'],
    ['app.ts', 'src/app.ts', '../src/'],
    ['../src/a%20b.ts', 'src/a b.ts'],
    ['../src/100%.ts', 'src/100%.ts'],
    ['webpack://shop/./src/app.ts', 'src/app.ts'],
    ['webpack:///./src/App.vue?vue&type=script', 'src/App.vue'],
    ['webpack://shop/../lib/app.ts', '../lib/app.ts'],
    ['turbopack:///[project]/src/app.ts', 'src/app.ts'],
    ['turbopack://[project]/src/app.ts', 'src/app.ts'],
    ['./src/app.ts', 'src/app.ts', 'webpack://shop/'],
    ['../node_modules/dep/index.ts', 'node_modules/dep/index.ts'],
  ];
  for (const [source, expected, sourceRoot] of rows) {
    const map = mapOf(source, sourceRoot === undefined ? {} : { sourceRoot });
    const project = createProject(t, { 'dist/app.js': inline(map) });
    t.equal(relative(project.root, ask(project)?.file ?? ''), expected, source);
  }
  const project = createProject(t, {});
  for (const [source, expected] of [
    [`file://${project.root}/src/a%20b.ts`, join(project.root, 'src/a b.ts')],
    ['/elsewhere/app.ts', '/elsewhere/app.ts'],
    ['C:\\app\\src\\app.ts', 'C:\\app\\src\\app.ts'],
    ['https://x.test/app.ts', 'https://x.test/app.ts'],
    ['webpack://shop/webpack/bootstrap', 'webpack://shop/webpack/bootstrap'],
    ['webpack://shop/external "fs"', 'webpack://shop/external "fs"'],
    ['turbopack:///[turbopack]/runtime.ts', 'turbopack:///[turbopack]/runtime.ts'],
  ] as const) {
    fs.writeFileSync(join(project.root, 'app.js'), inline(mapOf(source)));
    t.equal(ask(project, 'app.js')?.file, expected, source);
  }
});

t.test('an indexed map has sections that begin within the file', async (t) => {
  const sections = [
    { offset: { line: 0, column: 0 }, map: mapOf('first.ts') },
    { offset: { line: 10, column: 100 }, map: mapOf('second.ts', { sourcesContent: ['text'] }) },
  ];
  const project = createProject(t, { 'app.js': inline({ version: 3, sections }) });
  const map = mapperOf(project);
  const file = join(project.root, 'app.js');
  const at = (line: number, column: number): unknown => {
    const original = map({ function: '', file, line, column }, undefined);
    return original && [relative(project.root, original.file), original.line, original.content];
  };
  t.same(at(2, 5), ['first.ts', 8, undefined]);
  t.same(at(12, 5), ['second.ts', 8, 'text'], 'only its first line is moved sideways');
  t.equal(at(11, 104), undefined, 'there is nothing on that line');
});

t.test('a line without a source in a file that has some is what a compiler added', async (t) => {
  const project = createProject(t, {
    'app.js': inline(mapOf('app.ts')),
    'plain.js': BUILT,
    'empty.js': inline({ ...mapOf('app.ts'), mappings: '' }),
  });
  const map = mapperOf(project);
  const isAdded = (name: string, line: number, column?: number, isAlone = false): boolean => {
    const file = join(project.root, name);
    const at = column === undefined ? { line } : { line, column };
    const frame = { function: 'asyncGeneratorStep', file, ...at };
    const caller = { function: 'pay', file, line: 2, column: 5 };
    return map.isAdded(frame, isAlone ? [frame] : [frame, caller]);
  };
  t.equal(isAdded('app.js', 9, 5), true, 'a helper');
  t.equal(isAdded('app.js', 2, 5), false, 'what has a source');
  t.equal(isAdded('app.js', 9, 5, true), false, 'a map in which nothing of the stack is found');
  t.equal(isAdded('app.js', 9), false, 'a frame without a column');
  t.equal(isAdded('plain.js', 9, 5), false, 'a file without a map');
  t.equal(isAdded('empty.js', 9, 5), false, 'a map that says nothing');
  t.equal(isAdded('gone.js', 9, 5), false, 'a file that is not there');
});

t.test('a source that is not deployed is found in the map of what was built from it', async (t) => {
  const project = createProject(t, {
    'dist/main.js': inline(mapOf('../src/main.ts', { sourcesContent: ['main'] })),
    'dist/shop/till.js': inline(mapOf('../../src/shop/till.ts', { sourcesContent: ['till'] })),
    'dist/shop/none.js': inline(mapOf('../../src/shop/none.ts')),
  });
  const files = createProjectFiles(project.root);
  const { contentOf } = createSourceMapper({
    projectRoot: project.root,
    files,
    main: join(project.root, 'dist/main.js'),
  });
  for (const [name, expected] of [
    ['src/main.ts', 'main'],
    ['src/shop/till.ts', 'till'],
    ['src/shop/none.ts', undefined],
    ['src/gone.ts', undefined],
    ['node_modules/a/till.ts', undefined],
  ] as const) {
    const source = join(project.root, name);
    t.equal(contentOf(source), expected, name);
    project.opened.length = 0;
    t.equal(contentOf(source), expected, `${name}, once more`);
    t.same(project.opened, [], 'it is remembered');
  }
});

t.test('what is no map, or of no use, maps nothing', async (t) => {
  const good = mapOf('a.ts');
  const rows: readonly (readonly [string, string])[] = [
    ['not JSON', '{"version":3,'],
    ['no object', '7'],
    ['null', 'null'],
    ['no mappings', JSON.stringify({ ...good, mappings: undefined })],
    ['mappings of a wrong type', JSON.stringify({ ...good, mappings: [1] })],
    ['broken mappings', JSON.stringify({ ...good, mappings: '!!!' })],
    ['no sources', JSON.stringify({ ...good, sources: undefined })],
    ['a source that is none', JSON.stringify({ ...good, sources: [null] })],
    ['too few sources', JSON.stringify({ ...good, sources: [] })],
    ['a source with a broken URL', JSON.stringify({ ...good, sources: ['file://%'] })],
    ['sections in sections', JSON.stringify({ sections: [{ map: { sections: [] } }, null, 1] })],
    ['a section without a place', JSON.stringify({ sections: [{ map: good }] })],
    ['too large', JSON.stringify({ ...good, filler: 'x'.repeat(8 * 1024 * 1024) })],
  ];
  for (const [name, text] of rows) {
    const project = createProject(t, { 'app.js': BUILT, 'app.js.map': text });
    t.equal(ask(project, 'app.js'), undefined, name);
  }
  const project = createProject(t, { 'app.js': inline(good) });
  const map = mapperOf(project);
  const file = join(project.root, 'app.js');
  t.equal(map({ function: '', file }, undefined), undefined, 'a frame without a place');
  t.equal(map({ function: '', file, line: 2 }, undefined), undefined, 'a frame without a column');
  t.equal(
    map({ function: '', file, line: 9, column: 1 }, undefined),
    undefined,
    'an unmapped line',
  );
  t.equal(map({ function: '', file: 'node:fs', line: 2, column: 5 }, undefined), undefined);
});

t.test('nothing outside the project is opened, whatever a comment says', async (t) => {
  const map = JSON.stringify(mapOf('a.ts'));
  const project = createProject(t, {
    'a.js': `${BUILT}${COMMENT}../outside.js.map`,
    'b.js': `${BUILT}${COMMENT}node_modules/x.js.map`,
    'c.js': `${BUILT}${COMMENT}link.js.map`,
    'd.js': `${BUILT}${COMMENT}secrets.json`,
    'e.js': `${BUILT}${COMMENT}/etc/passwd`,
    'node_modules/x.js.map': map,
    'node_modules/dep/index.js': inline(mapOf('index.ts')),
    'secrets.json': map,
  });
  fs.writeFileSync(join(project.folder, 'outside.js.map'), map);
  fs.symlinkSync(join(project.folder, 'outside.js.map'), join(project.root, 'link.js.map'));
  project.opened.length = 0;
  for (const name of ['a', 'b', 'c', 'd', 'e']) t.equal(ask(project, `${name}.js`), undefined);
  t.equal(ask(project, 'node_modules/dep/index.js'), undefined);
  t.equal(ask(project, '../outside.js.map'), undefined);
  t.same(
    project.opened.map((path) => relative(project.root, path)),
    ['a.js', 'b.js', 'c.js', 'd.js', 'e.js'],
  );
});

t.test('each file is read once, also where there is no map', async (t) => {
  const project = createProject(t, {
    'a.js': BUILT,
    'b.js': BUILT,
    'b.js.map': JSON.stringify(mapOf('b.ts')),
  });
  const map = mapperOf(project);
  for (let time = 0; time < 3; time += 1) {
    for (const name of ['a.js', 'b.js']) {
      map({ ...FRAME, file: join(project.root, name) }, undefined);
    }
  }
  t.same(
    project.opened.map((path) => relative(project.root, path)),
    ['a.js', 'b.js', 'b.js.map'],
  );
});

t.test('one event reads a bounded number of bytes, the next one goes on', async (t) => {
  const large = 'x'.repeat(6 * 1024 * 1024);
  const names = ['a.js', 'b.js', 'c.js'];
  const project = createProject(
    t,
    Object.fromEntries(names.map((name) => [name, `${large}${inline(mapOf('x.ts'))}`])),
  );
  const files = createProjectFiles(project.root);
  const map = createSourceMapper({ projectRoot: project.root, files });
  const mapped = (): boolean[] =>
    names.map((name) => {
      const file = join(project.root, name);
      return map({ ...FRAME, file }, undefined) !== undefined;
    });
  t.ok(2 * large.length < EVENT_BYTES && EVENT_BYTES < 3 * large.length);
  t.same(mapped(), [true, true, false], 'the third is one too many');
  files.renew();
  t.same(mapped(), [true, true, true]);
});

t.test('what Node has mapped already is not mapped again', async (t) => {
  const wasEnabled = process.sourceMapsEnabled;
  t.teardown(() => process.setSourceMapsEnabled(wasEnabled));
  const project = createProject(t, {
    'same.js': inline(mapOf('same.js')),
    'other.js': inline(mapOf('other.ts')),
  });
  process.setSourceMapsEnabled(false);
  t.equal(ask(project, 'same.js')?.line, 8, 'a file that was built in place');
  process.setSourceMapsEnabled(true);
  t.equal(ask(project, 'same.js'), undefined, 'its place is the original one already');
  t.equal(ask(project, 'other.js')?.line, 8, 'a frame that Node did not map, as of another thread');
});

t.test('a minified function has the name that stood where it was called', async (t) => {
  const map = new GenMapping();
  addSegment(map, 0, 10, 'a.ts', 1, 2);
  addSegment(map, 0, 20, 'a.ts', 5, 2, 'checkout');
  const code = `${' '.repeat(20)}a(1);\n${inline(toEncodedMap(map))}`;
  const project = createProject(t, { 'a.js': code });
  const at = mapperOf(project);
  const file = join(project.root, 'a.js');
  const frame = { file, line: 1, column: 11 };
  const caller = { function: 'b', file, line: 1, column: 21 };
  const rows: readonly (readonly [string, StackFrame, StackFrame | undefined, string?])[] = [
    ['minified', { ...frame, function: 'a' }, caller, 'checkout'],
    ['a method', { ...frame, function: 'b.a' }, caller, 'checkout'],
    ['another function was called there', { ...frame, function: 'charge' }, caller],
    ['another minified one', { ...frame, function: 'c' }, caller],
    ['anonymous', { ...frame, function: '' }, caller],
    ['nobody called it', { ...frame, function: 'a' }, undefined],
    ['called elsewhere', { ...frame, function: 'a' }, { ...caller, file: 'node:timers' }],
    ['called where the map has no name', { ...frame, function: 'a' }, { ...caller, column: 11 }],
    ['called beside a name', { ...frame, function: 'a' }, { ...caller, column: 24 }],
  ];
  for (const [name, called, by, expected] of rows) {
    t.equal(at(called, by)?.function, expected, name);
  }
});

t.test('an exception shows, quotes and counts as its own the source of a built file', async (t) => {
  const lines = Array.from({ length: 12 }, (_, index) => `source ${index + 1}`).join('\n');
  const project = createProject(t, {
    'dist/app.js': inline(mapOf('../src/app.ts', { sourcesContent: [lines] })),
    'dist/disk.js': inline(mapOf('../src/disk.ts')),
    'dist/sibling.js': inline(mapOf('../../shared/lib.ts', { sourcesContent: [lines] })),
    'dist/dep.js': inline(mapOf('../node_modules/dep/index.ts', { sourcesContent: [lines] })),
    'dist/gone.js': inline(mapOf('../src/gone.ts')),
    'src/disk.ts': lines.replaceAll('source', 'disk'),
  });
  const files = createProjectFiles(project.root);
  const read = createExceptionReader({
    scrub,
    paths: createPathRules({ projectRoot: project.root }),
    files,
    source: createSourceReader(createSourceTexts(files)),
    sourceMap: createSourceMapper({ projectRoot: project.root, files }),
  });
  const names = ['app', 'disk', 'sibling', 'dep', 'gone'];
  const stack = names.map((name) => `    at in_${name} (${project.root}/dist/${name}.js:2:5)`);
  const { frames, backtrace, causes } = read({
    message: 'x',
    stack: `Error: x\n${stack.join('\n')}`,
    cause: { message: 'y', stack: `Error: y\n${stack[0]}` },
  });
  t.same(
    frames.map((frame) => [frame.filename, frame.lineno, frame.in_app, frame.context_line]),
    [
      ['src/app.ts', 8, true, 'source 8'],
      ['src/disk.ts', 8, true, 'disk 8'],
      ['../shared/lib.ts', 8, true, 'source 8'],
      ['node_modules/dep/index.ts', 8, false, undefined],
      ['src/gone.ts', 8, true, undefined],
    ],
  );
  t.equal(backtrace?.split('\n')[0], 'at in_app (src/app.ts:8:3)');
  t.equal(causes[0]?.backtrace, 'at in_app (src/app.ts:8:3)');
});

t.test('a map is found and read whatever tools have put around it', async (t) => {
  const json = JSON.stringify(mapOf('app.ts'));
  for (const [what, url, text] of [
    ['a query behind its name', 'app.js.map?v=123', json],
    ['a fragment', 'app.js.map#x', json],
    ['a byte-order mark', 'app.js.map', `\uFEFF${json}`],
    ['a mark and what keeps it from running', 'app.js.map', `\uFEFF)]}'\n${json}`],
    ['what keeps it from running', 'app.js.map', `)]}'\n${json}`],
  ] as const) {
    const built = `${BUILT}\n//# sourceMappingURL=${url}\n`;
    const project = createProject(t, { 'app.js': built, 'app.js.map': text });
    t.equal(ask(project, 'app.js')?.file, join(project.root, 'app.ts'), what);
  }
});
