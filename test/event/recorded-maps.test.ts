import { join } from 'node:path';
import t from 'tap';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createProjectFiles } from '../../src/event/stack/files.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { createSourceReader } from '../../src/event/stack/source-lines.ts';
import { createSourceTexts } from '../../src/event/stack/source-text.ts';
import { createSourceMapper } from '../../src/event/stack/source-map.ts';
import { scrub } from '../helpers/scrub.ts';
import { MAJORS, readRecording, RECORDED_FOLDER, RECORDED_ROOT } from './recorded/recording.ts';
import type { RecordedFrame, RecordedStack } from './recorded/recording.ts';

// The application that was recorded, with the built files and maps that the stacks name.
const projectRoot = join(RECORDED_FOLDER, 'app');
const files = createProjectFiles(projectRoot);
const texts = createSourceTexts(files);
const read = createExceptionReader({
  scrub,
  paths: createPathRules({ projectRoot }),
  files,
  texts,
  source: createSourceReader(texts),
  sourceMap: createSourceMapper({ projectRoot, files }),
});

function readHere({ class: name, message, stack }: RecordedStack): ReturnType<typeof read> {
  return read({ name, message, stack: stack.replaceAll(RECORDED_ROOT, projectRoot) });
}

/** The function alone: a comment in the source does not tell what it is called on. */
function bare(name = ''): string {
  return name === '<anonymous>' ? '' : name.replace(/^new /, '').replace(/^.*\./, '');
}

for (const major of MAJORS) {
  t.test(`the frames of built files that Node ${major} wrote lead to the sources`, async (t) => {
    const recording = readRecording(major);
    let count = 0;
    for (const recorded of recording.stacks) {
      const truths = recorded.frames.map((index) => recording.frames[index]);
      if (!truths.some((truth) => truth?.original)) continue;
      const { frames } = readHere(recorded);
      t.equal(frames.length, truths.length, recorded.scenario);
      for (const [index, frame] of frames.entries()) {
        const { original, ...truth }: Partial<RecordedFrame> = truths[index] ?? {};
        if (!original) continue;
        count += 1;
        const name = `${recorded.scenario}, ${recorded.flags.join()}, frame ${index}`;
        const file = original.file.slice(`${RECORDED_ROOT}/`.length);
        const isOwn = !file.startsWith('node_modules/');
        t.equal(frame.filename, file, `${name}: file`);
        t.equal(frame.lineno, original.line, `${name}: line`);
        t.equal(frame.in_app, isOwn, `${name}: in_app`);
        if (isOwn) t.match(frame.context_line, '// at: ', `${name}: the line of the source`);

        // Nobody looks into a dependency that Node has mapped already: V8's name stays.
        const isUnknown = !isOwn && recorded.flags.includes('--enable-source-maps');
        const known = isUnknown
          ? (truth.mapped?.function ?? truth.facts?.function)
          : original.function;
        t.equal(bare(frame.function), bare(known), `${name}: function`);
      }
    }
    t.ok(count > 100, `${count} frames of built files`);
  });
}
