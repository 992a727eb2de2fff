import fc from 'fast-check';
import t from 'tap';
import { createTracer } from '../../src/event/stack/frames.ts';
import type { ProjectFiles } from '../../src/event/stack/files.ts';
import type { StackFrame } from '../../src/event/stack/frame-line.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { scrub } from '../helpers/scrub.ts';

const paths = createPathRules({ projectRoot: '/app' });

/** Frames of which `o` are the application's and `d` a dependency's; the line says which it was. */
function framesOf(pattern: string): StackFrame[] {
  return pattern.split('').map((kind, index) => ({
    function: 'f',
    file: kind === 'o' ? '/app/own.js' : '/app/node_modules/dep/index.js',
    line: index + 1,
  }));
}

/** Which of them are kept, counted from 0. */
function keptOf(pattern: string): number[] {
  const trace = createTracer({ scrub, paths })(framesOf(pattern));
  return trace.frames().map(({ lineno = 0 }) => lineno - 1);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

t.test('of a deep stack the newest frames and the first of the application are kept', async (t) => {
  const rows: readonly (readonly [string, string, readonly number[]])[] = [
    ['nothing is too much', 'd'.repeat(49) + 'o', range(0, 50)],
    ['a recursion of the application', 'o'.repeat(300), range(0, 50)],
    ['a recursion of a dependency', `${'d'.repeat(300)}ooo`, [...range(0, 47), 300, 301, 302]],
    ['both', 'd'.repeat(100) + 'o'.repeat(100), [...range(0, 25), ...range(100, 125)]],
    ['nothing of the application', 'd'.repeat(300), range(0, 50)],
    ['thrown in the application', `o${'d'.repeat(200)}o`, [...range(0, 49), 201]],
  ];
  for (const [name, pattern, expected] of rows) t.same(keptOf(pattern), expected, name);
});

t.test(
  'of any stack 50 frames are kept, in order, with the first of the application',
  async (t) => {
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom('o', 'd', 'ddddddddddd'), { maxLength: 120 }),
          (parts) => {
            const pattern = parts.join('');
            const kept = keptOf(pattern);
            const inOrder = kept.every((index, at) => at === 0 || index > (kept[at - 1] ?? 0));
            const first = pattern.indexOf('o');
            return (
              kept.length === Math.min(50, pattern.length) &&
              inOrder &&
              (pattern === '' || kept[0] === 0) &&
              (first < 0 || kept.includes(first))
            );
          },
        ),
      ),
    );
  },
);

t.test('only frames of the application have source lines', async (t) => {
  const lines = { pre_context: [], context_line: 'text', post_context: [] };
  const trace = createTracer({ scrub, paths, source: () => lines })(framesOf('od'));
  const [own, dependency] = trace.frames();
  t.same(own, {
    filename: 'own.js',
    function: 'f',
    lineno: 1,
    in_app: true,
    ...lines,
  });
  t.same(dependency, {
    filename: 'node_modules/dep/index.js',
    function: 'f',
    lineno: 2,
    in_app: false,
  });
});

t.test('what was made of frames is made once, unless there may be more to show', async (t) => {
  let isCutShort = true;
  const files: ProjectFiles = {
    renew: () => undefined,
    renewedAt: 0,
    read: () => undefined,
    mayScan: () => true,
    version: () => 1,
    track: (_into, make) => make(),
    get isCutShort() {
      return isCutShort;
    },
  };
  const lines = { pre_context: [], context_line: 'text', post_context: [] };
  let asked = 0;
  const source = (): typeof lines | undefined => {
    asked += 1;
    return isCutShort ? undefined : lines;
  };
  const traceOf = createTracer({ scrub, paths, source, files });
  const stack = framesOf('o');
  t.notOk(traceOf(stack).frames()[0]?.context_line, 'an event that may read no more');
  isCutShort = false;
  t.equal(traceOf(stack).frames()[0]?.context_line, 'text', 'the next one');
  t.equal(traceOf(stack).frames(), traceOf(stack).frames());
  t.equal(asked, 2);
  t.not(traceOf([...stack]).frames(), traceOf(stack).frames(), 'others are others');
});
