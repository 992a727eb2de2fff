import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { boundText, boundThrown } from '../../src/event/error/long-text.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { scrub } from '../helpers/scrub.ts';

const MEGABYTE = 1024 * 1024;
const FRAMES = '\n    at f (/app/a.js:1:2)\n    at g (/app/b.js:3:4)';
const read = createExceptionReader({ scrub, paths: createPathRules({ projectRoot: '/app' }) });

t.test('what is not too long stays as it is', async (t) => {
  const stack = `Error: x${FRAMES}`;
  t.same(boundThrown(stack, 'x'), { stack, message: 'x' });
  t.same(boundThrown(stack, undefined), { stack, message: undefined });
  t.equal(boundText(stack), stack);
});

t.test('of a long message the beginning is kept, and the frames behind it', async (t) => {
  const message = 'a message of many words; '.repeat(MEGABYTE / 4);
  const rows: readonly (readonly [string, string])[] = [
    ['with a name', `TypeError: ${message}${FRAMES}`],
    ['with a name that has a colon', `A: B: ${message}${FRAMES}`],
    ['without a name', `${message}${FRAMES}`],
    ['of many lines', `TypeError: ${message}${FRAMES}`],
  ];
  for (const [name, stack] of rows) {
    const result = read({ name: 'TypeError', message, stack });
    t.ok(message.startsWith(result.message), `${name}: the message is a part of it`);
    t.ok(result.message.length > 10_000 && result.message.length < 100_000, name);
    t.same(
      result.frames.map((frame) => frame.filename),
      ['a.js', 'b.js'],
      `${name}: the frames are there`,
    );
  }
  const thrown = read(Object.assign(new Error(message), { code: 'E' }));
  t.equal(thrown.frames[0]?.filename, read(new Error('short')).frames[0]?.filename, 'a real error');
});

t.test('a long message that the stack does not begin with costs no frames', async (t) => {
  const { frames } = read({ message: 'x'.repeat(MEGABYTE), stack: `Error: y${FRAMES}` });
  t.equal(frames.length, 2);
});

t.test('an enormous message costs the stack, and nothing else', async (t) => {
  const error = new TypeError('x'.repeat(17 * MEGABYTE));
  let asked = false;
  Object.defineProperty(error, 'stack', { get: () => (asked = true) });
  const { class: name, message, frames } = read(error);
  t.equal(asked, false, 'it is not even written');
  t.match({ name, frames }, { name: 'TypeError', frames: [] });
  t.ok(message.startsWith('xxx') && message.length < 100_000);
});

t.test('of a long stack the newest frames are kept, and its end', async (t) => {
  const stack = `Error: x${FRAMES.repeat(MEGABYTE / 10)}\nlast`;
  const bounded = boundText(stack);
  t.ok(bounded.length < 1.1 * MEGABYTE);
  t.ok(bounded.startsWith('Error: x\n    at f (/app/a.js:1:2)'));
  t.ok(bounded.endsWith('last'));
  t.equal(read({ message: 'x', stack }).frames.length, 50);
  t.equal(read(stack).frames.length, 50, 'thrown as a string');
});

t.test('nothing that is remembered holds on to the text it was cut from', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept: string[] = [];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 100; index += 1) {
    const filler = `${index}${'x'.repeat(MEGABYTE)}`;
    // Each with a file, a key and a text of its own.
    const stack = `Error: y\n    at f (/app/a-long-name-of-a-file-${index}.js:1:2)\n${filler}`;
    read({ message: 'y', stack });
    kept.push(scrub.text(`a_key_for_${index}=of ${filler}`, 100));
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  t.equal(kept.length, 100);
  t.ok(grown < 20 * MEGABYTE, `${Math.round(grown / MEGABYTE)} of 200 MiB are held`);
});
