import { fileURLToPath } from 'node:url';
import t from 'tap';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { parseStack } from '../../src/event/stack/parse.ts';
import { FLAGS, MAJORS, readRecording, RECORDED_ROOT } from './recorded/recording.ts';
import type { Facts, RecordedFrame, RecordedStack } from './recorded/recording.ts';

/** `[function, file, line, column]` */
type Row = [string, string, number | undefined, number | undefined];

/**
 * The class in front of a static method's name. V8 writes it, but its getTypeName says `Function`
 * for all of them before Node 24.
 */
const OWNERS: Readonly<Record<string, string>> = {
  find: 'Order',
  load: 'Order',
  all: 'Promise',
  allSettled: 'Promise',
  any: 'Promise',
};

/** The name in a stack's text, without `async` and `[as alias]`: these rules are V8's. */
function writtenName(facts: Facts): string {
  const { function: name = '', type, method } = facts;
  if (facts.constructor === true) return `new ${name || '<anonymous>'}`;
  // WebAssembly's functions are named after their module, which its URL tells: `shop-8e3bbd2e`.
  const module = /^wasm:\/\/wasm\/(\w+)-/.exec(facts.file ?? '')?.[1];
  if (module !== undefined) return `${module}.${name}`;
  if (facts.toplevel || type === undefined) return name;
  if (name === '') return `${type}.${method ?? '<anonymous>'}`;
  // A name that is none in the language says enough: `get total`, `#secret`, `Readable.read`.
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return name;
  const owner = type === 'Function' ? (OWNERS[name] ?? type) : type;
  return `${owner}.${name}`;
}

/** What is expected to be read: what V8 says, with what the package leaves out on purpose. */
function expectedRow(frame: RecordedFrame): Row {
  const { facts, mapped, evaluated } = frame;
  if (mapped) return [readable(mapped.function), mapped.file, mapped.line, mapped.column];
  const name = readable(writtenName(facts));
  // What `eval` made is where `eval` was called.
  if (evaluated) return [name, evaluated.file, evaluated.line, evaluated.column];
  // What has no file, as what is built in or `Promise.all (index 0)`, has no position either.
  if (facts.file === undefined) return [name, '<anonymous>', undefined, undefined];
  // An offset in a module is no line.
  if (facts.file.startsWith('wasm:')) return [name, facts.file, undefined, undefined];
  return [name, expectedFile(facts.file), facts.line, facts.column];
}

/** The top level of a CommonJS module and code without a name are both written as without a name. */
function readable(name: string): string {
  if (name === 'Object.<anonymous>' || name === '<anonymous>') return '';
  // The text does not tell a function that somebody called "async job" from an asynchronous one.
  return name.replace(/^async /, '').replace(/ \[as [^\]]+\]$/, '');
}

/** URLs of files are paths, and of a `data:` URL only its type is kept. */
function expectedFile(file: string): string {
  if (file.startsWith('file:')) return fileURLToPath(file, { windows: false });
  return file.replace(/^(data:[^,;]*)[,;].*$/s, '$1');
}

/** The frames are the stack's last lines, as many as V8 counts. */
function expectedHeader({ stack, frames }: RecordedStack): string {
  const lines = stack.split('\n');
  return lines.slice(0, lines.length - frames.length).join('\n');
}

function isOwn([, file]: Row): boolean {
  return file.startsWith(`${RECORDED_ROOT}/`) && !file.includes('/node_modules/');
}

const paths = createPathRules({ projectRoot: RECORDED_ROOT });

for (const major of MAJORS) {
  t.test(`every frame that Node ${major} wrote is read as V8 tells it`, async (t) => {
    const recording = readRecording(major);
    t.match(recording.node, new RegExp(`^${major}\\.`));
    for (const recorded of recording.stacks) {
      const { scenario, flags, stack, message } = recorded;
      const expected = recorded.frames
        .map((index) => recording.frames[index])
        .filter((frame) => frame !== undefined)
        .map(expectedRow);
      const name = `${scenario} (${flags.map((flag) => flag || 'no flag').join(', ')})`;
      t.equal(expected.length, recorded.frames.length, `${name}: the recording is whole`);
      const parsed = parseStack(stack, { message });
      const rows = parsed.frames.map((frame): Row => {
        return [frame.function, frame.file, frame.line, frame.column];
      });
      t.equal(parsed.header, expectedHeader(recorded), `${name}: header`);
      t.same(rows, expected, `${name}: frames`);
      t.same(
        parsed.frames.map((frame) => paths.inApp(frame.file)),
        expected.map(isOwn),
        `${name}: in_app`,
      );
    }
  });
}

t.test(
  'without the message the same frames are found where the message has none like them',
  async (t) => {
    for (const major of MAJORS) {
      for (const { scenario, stack, message, frames } of readRecording(major).stacks) {
        if (/^\s*at /m.test(message)) continue;
        const parsed = parseStack(stack);
        t.equal(parsed.frames.length, frames.length, `Node ${major}: ${scenario}`);
      }
    }
  },
);

t.test('the table holds what it is to hold', async (t) => {
  for (const major of MAJORS) {
    const { stacks, frames } = readRecording(major);
    for (const flag of FLAGS) {
      const count = stacks.filter((stack) => stack.flags.includes(flag)).length;
      t.ok(count >= 60, `${count} stacks of Node ${major} with "${flag}"`);
    }
    const evaluated = frames.filter(({ facts }) => facts.eval && facts.file === undefined);
    t.ok(evaluated.length > 5 && evaluated.every((frame) => frame.evaluated), 'eval');
    t.ok(frames.filter((frame) => frame.mapped).length > 10, 'mapped');
    t.ok(frames.filter((frame) => frame.facts.index !== undefined).length > 2, 'Promise.all');
    t.ok(
      frames.some((frame) => frame.facts.file?.startsWith('wasm:')),
      'WebAssembly',
    );
  }
});
