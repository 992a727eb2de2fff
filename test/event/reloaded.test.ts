import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GenMapping, addSegment, toEncodedMap } from '@jridgewell/gen-mapping';
import t from 'tap';
import { createExceptionReader, type ExceptionReader } from '../../src/event/error/exception.ts';
import { createProjectFiles, LOOK } from '../../src/event/stack/files.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { createSourceMapper } from '../../src/event/stack/source-map.ts';
import { createSourceReader } from '../../src/event/stack/source-lines.ts';
import { createSourceTexts } from '../../src/event/stack/source-text.ts';
import { createProject } from '../helpers/project.ts';
import { scrub } from '../helpers/scrub.ts';

function readerOf(projectRoot: string): ExceptionReader {
  const files = createProjectFiles(projectRoot, () => now);
  const texts = createSourceTexts(files);
  return createExceptionReader({
    paths: createPathRules({ projectRoot }),
    files,
    texts,
    scrub,
    source: createSourceReader(texts),
    sourceMap: createSourceMapper({ projectRoot, files, main: undefined }),
  });
}

/** The function and the line that an error shows which always has the same stack. */
function shown(read: ExceptionReader, file: string): unknown {
  const stack = `Error: e\n    at a (${file}:2:3)`;
  const [frame] = read({ name: 'Error', message: 'e', stack }).frames;
  return frame && [frame.filename, frame.function, frame.context_line];
}

/** The time of the process. */
let now = 1_700_000_000_000;

/** A version of a module; each was written at another time. */
let time = 1_700_000_000;
function write(file: string, text: string): void {
  writeFileSync(file, text);
  time += 10;
  utimesSync(file, time, time);
  now += LOOK;
}

const FIRST = 'function load() {\n  first();\n}';
const SECOND = 'function save() {\n  second();\n}';

t.test('a module that was replaced is read anew', async (t) => {
  const project = createProject(t, { 'a.ts': '' });
  const file = join(project.root, 'a.ts');
  const read = readerOf(project.root);
  write(file, FIRST);
  t.same(shown(read, file), ['a.ts', 'load', '  first();']);
  t.same(shown(read, file), ['a.ts', 'load', '  first();'], 'once more');
  write(file, SECOND);
  t.same(shown(read, file), ['a.ts', 'save', '  second();']);
  rmSync(file);
  now += LOOK;
  t.same(shown(read, file), ['a.ts', 'a', undefined], 'it is gone');
  write(file, FIRST);
  t.same(shown(read, file), ['a.ts', 'load', '  first();'], 'it is back');
});

function mapTo(source: string, text: string): string {
  const map = new GenMapping();
  addSegment(map, 1, 2, source, 1, 2);
  return JSON.stringify({ ...toEncodedMap(map), sourcesContent: [text] });
}

t.test('so is the map of a built file, and one that came later', async (t) => {
  const project = createProject(t, { 'dist/a.js': 'one\n  two\n' });
  const [file, map] = ['dist/a.js', 'dist/a.js.map'].map((name) => join(project.root, name));
  const read = readerOf(project.root);
  t.same(shown(read, file ?? ''), ['dist/a.js', '', '  two'], 'there is none yet');
  write(map ?? '', mapTo('../src/a.ts', FIRST));
  t.same(shown(read, file ?? ''), ['src/a.ts', 'load', '  first();']);
  write(map ?? '', mapTo('../src/b.ts', SECOND));
  t.same(shown(read, file ?? ''), ['src/b.ts', 'save', '  second();']);
  rmSync(file ?? '');
  now += LOOK;
  t.same(shown(read, file ?? ''), ['dist/a.js', 'a', undefined], 'both are gone');
  write(file ?? '', 'one\n  two\n');
  t.same(shown(read, file ?? ''), ['src/b.ts', 'save', '  second();'], 'they are back');
});

t.test('the disk is asked seldom, also after the clock was set back', async (t) => {
  const project = createProject(t, { 'a.ts': '' });
  const file = join(project.root, 'a.ts');
  const read = readerOf(project.root);
  write(file, FIRST);
  t.same(shown(read, file), ['a.ts', 'load', '  first();']);
  write(file, SECOND);
  now -= 1;
  t.same(shown(read, file), ['a.ts', 'load', '  first();'], 'too soon');
  now += 1;
  t.same(shown(read, file), ['a.ts', 'save', '  second();']);
  write(file, FIRST);
  now -= 100 * LOOK;
  t.same(shown(read, file), ['a.ts', 'load', '  first();'], 'the clock was set back');
});
