import { types } from 'node:util';
import vm from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import { parseStack } from '../../src/event/stack/parse.ts';
import type { StackFrame } from '../../src/event/stack/frame-line.ts';

/** `[function, file, line, column]`, short enough for tables. */
type Row = [string, string, number?, number?];

function rowOf(frame: StackFrame | undefined): Row | undefined {
  if (!frame) return undefined;
  const row: Row = [frame.function, frame.file];
  if (frame.line !== undefined) row.push(frame.line);
  if (frame.column !== undefined) row.push(frame.column);
  return row;
}

function rowsOf(stack: string, message?: string): (Row | undefined)[] {
  return parseStack(stack, message === undefined ? {} : { message }).frames.map(rowOf);
}

function caught(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    // Also one of another realm.
    if (types.isNativeError(error)) return error;
  }
  throw new Error('nothing was thrown');
}

async function later(): Promise<never> {
  await Promise.resolve();
  throw new Error('async');
}

t.test('every form in which V8 writes a frame is read', async (t) => {
  const lines: [string, Row][] = [
    ['at fn (/app/a.js:12:5)', ['fn', '/app/a.js', 12, 5]],
    ['at /app/a.js:12:5', ['', '/app/a.js', 12, 5]],
    ['at fn (/app/a.js:12)', ['fn', '/app/a.js', 12]],
    ['at fn (file:///app/a.mjs:12:5)', ['fn', '/app/a.mjs', 12, 5]],
    ['at file:///app/with%20space.mjs:1:2', ['', '/app/with space.mjs', 1, 2]],
    ['at file:///app/a.mjs?t=1732180000:1:2', ['', '/app/a.mjs', 1, 2]],
    ['at async fn (/app/a.js:1:2)', ['fn', '/app/a.js', 1, 2]],
    ['at async file:///app/a.mjs:1:2', ['', '/app/a.mjs', 1, 2]],
    ['at async Promise.all (index 0)', ['Promise.all', '<anonymous>']],
    ['at new Order (/app/a.js:1:2)', ['new Order', '/app/a.js', 1, 2]],
    ['at new <anonymous> (/app/a.js:1:2)', ['new <anonymous>', '/app/a.js', 1, 2]],
    ['at new Promise (<anonymous>)', ['new Promise', '<anonymous>']],
    ['at Object.method [as alias] (/app/a.js:1:2)', ['Object.method', '/app/a.js', 1, 2]],
    ['at get total [as total] (/app/a.js:1:2)', ['get total', '/app/a.js', 1, 2]],
    ['at #secret (/app/a.js:1:2)', ['#secret', '/app/a.js', 1, 2]],
    ['at Server.<anonymous> (/app/a.js:1:2)', ['Server.<anonymous>', '/app/a.js', 1, 2]],
    ['at Object.<anonymous> (/app/a.js:1:2)', ['', '/app/a.js', 1, 2]],
    ['at async Object.<anonymous> (/app/a.js:1:2)', ['', '/app/a.js', 1, 2]],
    ['at <anonymous> (/app/a.js:1:2)', ['', '/app/a.js', 1, 2]],
    ['at <anonymous>', ['', '<anonymous>']],
    ['at <anonymous>:1:7', ['', '<anonymous>', 1, 7]],
    ['at Array.map (<anonymous>)', ['Array.map', '<anonymous>']],
    ['at Array.map (native)', ['Array.map', 'native']],
    ['at native', ['', 'native']],
    ['at Object.openSync (node:fs:573:18)', ['Object.openSync', 'node:fs', 573, 18]],
    [
      'at node:internal/main/run_main_module:28:49',
      ['', 'node:internal/main/run_main_module', 28, 49],
    ],
    ['at evalmachine.<anonymous>:1:7', ['', 'evalmachine.<anonymous>', 1, 7]],
    ['at [eval]:1:7', ['', '[eval]', 1, 7]],
    ['at runScript ([worker eval]:3:1)', ['runScript', '[worker eval]', 3, 1]],
    ['at eval (eval at foo (/app/a.js:3:4), <anonymous>:1:1)', ['eval', '/app/a.js', 3, 4]],
    [
      'at inner (eval at foo (eval at <anonymous> (file:///app/a%20(b).mjs:11:6)), <anonymous>:1:18)',
      ['inner', '/app/a (b).mjs', 11, 6],
    ],
    ['at eval (eval at foo (native), <anonymous>:1:1)', ['eval', '<anonymous>']],
    ['at f (C:\\app\\src\\a.js:1:2)', ['f', 'C:\\app\\src\\a.js', 1, 2]],
    ['at C:\\Program Files (x86)\\app\\a.js:1:2', ['', 'C:\\Program Files (x86)\\app\\a.js', 1, 2]],
    ['at f (C:\\Program Files (x86)\\a.js:1:2)', ['f', 'C:\\Program Files (x86)\\a.js', 1, 2]],
    ['at f (file:///C:/app/my%20src/a.mjs:1:2)', ['f', 'C:\\app\\my src\\a.mjs', 1, 2]],
    ['at f (file://server/share/a.mjs:1:2)', ['f', '\\\\server\\share\\a.mjs', 1, 2]],
    ['at f (file:///app/%2Fa.mjs:1:2)', ['f', 'file:///app/%2Fa.mjs', 1, 2]],
    ['at f (/my app (old)/a b.js:1:2)', ['f', '/my app (old)/a b.js', 1, 2]],
    ['at /my app (old)/a b.js:1:2', ['', '/my app (old)/a b.js', 1, 2]],
    ['at foo (bar) baz (/my app (old)/a.js:1:2)', ['foo (bar) baz', '/my app (old)/a.js', 1, 2]],
    [
      'at foo (bar) baz (evalmachine.<anonymous>:1:2)',
      ['foo (bar) baz', 'evalmachine.<anonymous>', 1, 2],
    ],
    ['at f (rule (new).js:1:2)', ['f', 'rule (new).js', 1, 2]],
    ['at foo (bar) baz (rule (new):1:1:2)', ['foo (bar) baz', 'rule (new):1', 1, 2]],
    ['at f (rule :( .js:1:2)', ['f', 'rule :( .js', 1, 2]],
    ['at eval (eval at f (rule (new).js:3:4), <anonymous>:1:2)', ['eval', 'rule (new).js', 3, 4]],
    [
      'at f (data:text/javascript,export function f(){throw 1}:1:27)',
      ['f', 'data:text/javascript', 1, 27],
    ],
    ['at data:text/javascript;base64,AAAA:1:27', ['', 'data:text/javascript', 1, 27]],
    ['at https://cdn.example/a.mjs?token=1#x:1:2', ['', 'https://cdn.example/a.mjs', 1, 2]],
    ['at webpack-internal:///./src/a.js:1:2', ['', 'webpack-internal:///./src/a.js', 1, 2]],
    [
      'at main.run (wasm://wasm/main.run-0145fffe:wasm-function[12]:0x1e)',
      ['main.run', 'wasm://wasm/main.run-0145fffe'],
    ],
    ['at wasm://wasm/0145fffe:wasm-function[0]:0x1e', ['', 'wasm://wasm/0145fffe']],
    ['at a.run (file:///app/a.wasm:wasm-function[3]:0x2f)', ['a.run', '/app/a.wasm']],
    ['at async (/app/a.js:1:2)', ['async', '/app/a.js', 1, 2]],
    ['at async async (/app/a.js:1:2)', ['async', '/app/a.js', 1, 2]],
    ['at async async.run (/app/a.js:1:2)', ['async.run', '/app/a.js', 1, 2]],
    ['at new async (/app/a.js:1:2)', ['new async', '/app/a.js', 1, 2]],
    ['at GET /orders (all) (/app/a.js:1:2)', ['GET /orders (all)', '/app/a.js', 1, 2]],
    ['at Object.a (b (/app/a.js:1:2)', ['Object.a (b', '/app/a.js', 1, 2]],
    ['at a) b (/app/a.js:1:2)', ['a) b', '/app/a.js', 1, 2]],
    ['at at (/app/a.js:1:2)', ['at', '/app/a.js', 1, 2]],
    [
      'at eval (webpack-internal:///(rsc)/./a.ts:1:2)',
      ['eval', 'webpack-internal:///(rsc)/./a.ts', 1, 2],
    ],
    ['at webpack://shop/./src/a.ts?1a2b:1:2', ['', 'webpack://shop/./src/a.ts?1a2b', 1, 2]],
    ['at fn (file:///app/a.ts?v=1#x:1:2)', ['fn', '/app/a.ts', 1, 2]],
    ['at fn (/app/a.js:0:0)', ['fn', '/app/a.js']],
  ];
  for (const [line, row] of lines) {
    t.same(
      rowsOf(`Error: x\n    ${line}\n    at last (/z.js:9:9)`),
      [row, ['last', '/z.js', 9, 9]],
      line,
    );
    t.same(rowsOf(`Error: x\r\n\t${line}\r\n`), [row], `${line}, with CRLF and a tab`);
  }
});

t.test('prose that begins with "at" is no frame', async (t) => {
  const lines = [
    'at least 3 of 5 (see above)',
    'at 10:30:15',
    'at step 4:20',
    'at line 12',
    'at ',
    'at',
    'attach (/a.js:1:2)',
    'at fn ()',
    'at fn (:1:2)',
    'at fn (12:30:15)',
  ];
  for (const line of lines) {
    const stack = `Error: x\n    ${line}`;
    t.same(parseStack(stack), { header: stack, frames: [] }, line);
  }
});

t.test('the header is what stands before the first frame', async (t) => {
  const frame = '    at f (/a.js:1:2)';
  const headers = [
    'Error: one line',
    'Error: two\nlines',
    'Error',
    '/app/a.js:3\nlet x = ;\n\nSyntaxError: y',
  ];
  for (const header of headers) {
    t.equal(parseStack(`${header}\n${frame}`).header, header);
    t.equal(parseStack(header).header, header, 'without frames');
  }
  t.same(parseStack(frame), {
    header: '',
    frames: [{ function: 'f', file: '/a.js', line: 1, column: 2 }],
  });
  t.same(parseStack(''), { header: '', frames: [] });
});

t.test('lines of a known message are no frames, whatever they look like', async (t) => {
  const fake = 'boom\n    at fake (/etc/passwd:1:1)\nmore\n    at fake2 (/etc/shadow:1:1)';
  const real: Row = ['real', '/app/a.js', 1, 2];
  const cases: [string, string, string][] = [
    ['as V8 writes it', `Error: ${fake}`, fake],
    ['with a code', `TypeError [ERR_X]: ${fake}`, fake],
    ['with a name that holds a colon', `My: Error: ${fake}`, fake],
    ['with an empty name', fake, fake],
    ['with something added to the message later', `Error: ${fake}`, `${fake} (while shopping)`],
    ['with something put before the message later', `Error: ${fake}`, `context: ${fake}`],
    ['joined with a cause', `Error: ${fake}`, `${fake}: inner`],
    ['ending in a line break', `Error: ${fake}\n`, `${fake}\n`],
  ];
  for (const [name, header, message] of cases) {
    t.same(rowsOf(`${header}\n    at real (/app/a.js:1:2)`, message), [real], name);
  }
  t.same(rowsOf(`Error: ${fake}`, fake), [], 'no frames at all, as with Error.stackTraceLimit = 0');
});

t.test('a message that does not fit the header costs no frames', async (t) => {
  const stack = 'Error: old\n    at real (/app/a.js:1:2)';
  const real: Row = ['real', '/app/a.js', 1, 2];
  for (const message of [
    'new',
    '',
    'Error',
    'old\nmore',
    stack,
    `ctx: ${stack}`,
    `${stack}\n`,
    'E',
    'o',
  ]) {
    t.same(rowsOf(stack, message), [real], JSON.stringify(message));
  }
});

t.test('real errors of this Node are read', async (t) => {
  class Order {
    #total(): never {
      throw new Error('private');
    }
    pay(): never {
      return this.#total();
    }
    static find(): never {
      throw new Error('static');
    }
  }
  const here = import.meta.filename;
  const odd = {
    'foo (bar) baz': () => {
      throw new Error('computed');
    },
  };
  const evaluated = ['ev', 'al'].join('');
  const indirect = Reflect.get(globalThis, evaluated) as (code: string) => unknown;
  const named: [string, Error, string, string][] = [
    ['a private method', caught(() => new Order().pay()), '#total', here],
    ['a static method', caught(() => Order.find()), 'Order.find', here],
    ['a computed name', caught(() => odd['foo (bar) baz']()), 'foo (bar) baz', here],
    ['a built-in', caught(() => JSON.parse('{')), 'JSON.parse', '<anonymous>'],
    [
      'a script of vm',
      caught(() => vm.runInNewContext('(function g() { null.x })()')),
      'g',
      'evalmachine.<anonymous>',
    ],
    ['indirect eval', caught(() => indirect('(function h() { null.x })()')), 'h', here],
  ];
  for (const [name, error, fn, file] of named) {
    const [frame] = parseStack(error.stack ?? '', { message: error.message }).frames;
    if (name === 'a private method') t.match(frame?.function, /#total$/, name);
    else t.equal(frame?.function, fn, name);
    t.equal(frame?.file, file, name);
    if (file === here)
      t.ok((frame?.line ?? 0) > 0 && (frame?.column ?? 0) > 0, `${name} has a position`);
  }

  const rejected: unknown = await Promise.all([later(), later()]).catch((error: unknown) => error);
  const stack = rejected instanceof Error ? parseStack(rejected.stack ?? '').frames : [];
  // Node's own frames differ between its versions.
  const frames = stack.filter((frame) => !frame.file.startsWith('node:'));
  t.equal(frames[0]?.function, 'later');
  t.same(rowOf(frames[1]), ['Promise.all', '<anonymous>']);
  t.equal(frames[2]?.file, here);
});

t.test('the newest frames are read, 1,000 by default', async (t) => {
  const lines = Array.from({ length: 1_200 }, (_, index) => `    at f${index} (/a.js:1:2)`);
  const stack = `Error: x\n${lines.join('\n')}`;
  t.equal(parseStack(stack).frames.length, 1_000);
  t.equal(parseStack(stack).frames[0]?.function, 'f0');
  t.equal(parseStack(stack).frames[999]?.function, 'f999');
});

t.test('names and lines are bounded', async (t) => {
  const longName = '\u{1F600}'.repeat(800);
  const [frame] = parseStack(`Error\n    at x${longName} (/a.js:1:2)`).frames;
  t.ok((frame?.function.length ?? 9_999) <= 1_024);
  t.notMatch(frame?.function, /[\uD800-\uDBFF]$/, 'no half of a surrogate pair is left');
  t.same(rowsOf(`Error\n    at f (/${'a'.repeat(5000)}.js:1:2)`), [], 'no path is that long');
  t.same(rowsOf(`Error\n    at f (data:text/javascript,${'a'.repeat(1_000_000)}:12:345)`), [
    ['f', 'data:text/javascript', 12, 345],
  ]);
});

t.test('hostile stacks are read in time', async (t) => {
  const megabytes = 5_000_000;
  const stacks: [string, string, string?][] = [
    ['one long line', 'x'.repeat(megabytes)],
    ['line breaks', '\n'.repeat(megabytes)],
    ['a long line of openings', `at ${' ('.repeat(megabytes / 2)})`],
    ['many lines of openings', `    at ${' ('.repeat(2000)})\n`.repeat(1000)],
    ['colons', `at x${':1'.repeat(2000)}x\n`.repeat(1000)],
    ['nested evals', `at ${'eval at f ('.repeat(400)}\n`.repeat(1000)],
    ['blanks', `${' '.repeat(megabytes)}at f (/a.js:1:2)`],
    ['50,000 frames', '    at f (/a.js:1:2)\n'.repeat(50_000)],
    ['a periodic message', `Error: ${'a'.repeat(megabytes)}b`, 'a'.repeat(megabytes / 2)],
    ['a message of colons', `E${': a'.repeat(megabytes / 3)}`, `a${': a'.repeat(megabytes / 3)}\n`],
  ];
  for (const [name, stack, message] of stacks) {
    const { frames } = parseStack(stack, message === undefined ? {} : { message });
    // What is not linear takes minutes for these, which ends the test.
    t.ok(frames.length <= 1_000, name);
  }
});

t.test('a line is read the same however many others were read in between', async (t) => {
  const stack = 'Error: x\n    at f (file:///app/a%20b.js:1:2)\n    at async g (/app/b.js:3:4)';
  const { frames } = parseStack(stack);
  t.strictSame(frames, [
    { function: 'f', file: '/app/a b.js', line: 1, column: 2 },
    { function: 'g', file: '/app/b.js', line: 3, column: 4 },
  ]);
  t.strictSame(parseStack(stack).frames, frames, 'from memory');
  for (let n = 0; n < 3_000; n += 1) parseStack(`Error: x\n    at f${n} (/app/${n}.js:1:${n + 1})`);
  t.strictSame(parseStack(stack).frames, frames, 'and when it was forgotten');
});

t.test('any text can be read as a stack', async () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '\n',
      '    at ',
      'f (',
      '/a.js',
      ':1:2',
      ')',
      'eval at ',
      'file://',
      'data:',
      'Error: ',
      'async ',
    ),
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, text, (stack, message) => {
      const parsed = parseStack(stack, { message });
      return (
        stack.startsWith(parsed.header) &&
        parsed.frames.length <= 1_000 &&
        parsed.frames.every((frame) => frame.file !== '' && frame.line !== 0)
      );
    }),
  );
});

t.test('any path and message that V8 can write comes back', async () => {
  const segment = fc.stringMatching(/^[\w .()@:+-]{1,12}$/);
  const path = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((all) => `/${all.join('/')}.js`)
    // That would read like a function `fn (…)` in the file behind it.
    .filter((file) => !/\).* \(/.test(file));
  const name = fc.constantFrom('', 'fn', 'new Order', 'Order.pay', 'Server.<anonymous>');
  const message = fc.oneof(fc.string(), fc.constant('x\n    at fake (/etc/passwd:1:1)'));
  fc.assert(
    fc.property(name, path, fc.nat(99_999), message, (fn, file, line, text) => {
      const place = `${file}:${line + 1}:7`;
      const header = text === '' ? 'Error' : `Error: ${text}`;
      const stack = `${header}\n    at ${fn === '' ? place : `${fn} (${place})`}`;
      const parsed = parseStack(stack, { message: text });
      return (
        parsed.header === header &&
        JSON.stringify(parsed.frames.map(rowOf)) === JSON.stringify([[fn, file, line + 1, 7]])
      );
    }),
  );
});
