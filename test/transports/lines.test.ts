import { once } from 'node:events';
import { finished, pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import t from 'tap';
import { MAX_LINE } from '../../transports/pino/line-splitter.ts';
import { LineStream, type LineSink } from '../../transports/pino/lines.ts';
import { emptyStats, type Stats } from '../../src/stats.ts';

/** Writes down what it is told; `delivered` decides when flush and close are through. */
class Recorder implements LineSink {
  readonly lines: string[] = [];
  readonly longLines: { head: string; length: number }[] = [];
  flushes = 0;
  closes = 0;
  delivered: Promise<boolean> = Promise.resolve(true);

  /** Delivers nothing before what this returns is called. */
  hold(): (arrived: boolean) => void {
    const settle: ((arrived: boolean) => void)[] = [];
    this.delivered = new Promise((resolve) => settle.push(resolve));
    return (arrived) => settle.pop()?.(arrived);
  }

  line(line: string): void {
    this.lines.push(line);
  }

  longLine(head: string, length: number): void {
    this.longLines.push({ head, length });
  }

  flush(): Promise<boolean> {
    this.flushes += 1;
    return this.delivered;
  }

  close(): Promise<boolean> {
    this.closes += 1;
    return this.delivered;
  }

  stats(): Stats {
    return { ...emptyStats(), accepted: this.lines.length };
  }
}

function open(slice?: number): { sink: Recorder; stream: LineStream } {
  const sink = new Recorder();
  return { sink, stream: new LineStream(sink, slice) };
}

async function linesOf(chunks: readonly (string | Buffer)[], slice?: number): Promise<Recorder> {
  const { sink, stream } = open(slice);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await once(stream, 'close');
  return sink;
}

const CASES: readonly (readonly [what: string, chunks: (string | Buffer)[], lines: string[]])[] = [
  ['one line', ['a\n'], ['a']],
  ['several in one chunk', ['a\nb\nc\n'], ['a', 'b', 'c']],
  ['one in several chunks', ['a', 'b', 'c\n'], ['abc']],
  ['a break that begins a chunk', ['a', '\nb\n'], ['a', 'b']],
  ['empty lines', ['\n\na\n\n\nb\n'], ['a', 'b']],
  ['no break at the end', ['a\nb'], ['a', 'b']],
  ['nothing', [], []],
  ['empty chunks', ['', 'a', '', '\n', ''], ['a']],
  ['CRLF, which JSON allows behind it', ['a\r\n', 'b\r\n'], ['a\r', 'b\r']],
  ['other separators are text', ['a\u2028b\u0085c\u000bd\n'], ['a\u2028b\u0085c\u000bd']],
  ['bytes', [Buffer.from('ä\n'), Buffer.from('b\n')], ['ä', 'b']],
  ['a character in two chunks', [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])], ['ä']],
  [
    'a character in four chunks',
    [...Buffer.from('😀\n')].map((byte) => Buffer.from([byte])),
    ['😀'],
  ],
  ['bytes that are no text', [Buffer.from([0xff, 0x61, 0x0a])], ['\ufffda']],
  ['half a character at the end', [Buffer.from([0x61, 0xe2, 0x82])], ['a\ufffd']],
];

for (const [what, chunks, lines] of CASES) {
  t.test(`lines: ${what}`, async (t) => {
    const sink = await linesOf(chunks);
    t.strictSame(sink.lines, lines);
    t.strictSame(sink.longLines, []);
  });
}

t.test('however a text is cut into chunks, the lines are the same', async (t) => {
  const text = fc
    .array(fc.oneof(fc.constantFrom('\n', '\r\n', '😀', 'ä', '€'), fc.string()))
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(20)), async (whole, sizes) => {
      const bytes = Buffer.from(whole);
      const chunks: Buffer[] = [];
      let start = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(start, start + size));
        start += size;
      }
      const wanted = bytes
        .toString()
        .split('\n')
        .filter((line) => line !== '');
      for (const slice of [undefined, 0]) {
        const sink = await linesOf([...chunks, bytes.subarray(start)], slice);
        t.strictSame(sink.lines, wanted);
      }
    }),
    { numRuns: 200 },
  );
});

const HEAD = '{"level":60,"msg":"';
const LONG: readonly (readonly [what: string, length: number, chunk: number])[] = [
  ['in one chunk', MAX_LINE + 1, Infinity],
  ['in chunks of 4 MiB, as pino brings it', 9 * 1_048_576, 4 * 1_048_576],
  ['in small chunks', MAX_LINE + 100_000, 65_536],
  ['twice as long', 2 * MAX_LINE + 17, 1_000_000],
];

for (const [what, length, chunk] of LONG) {
  t.test(`a line that is too long is known by its beginning: ${what}`, async (t) => {
    const line = HEAD.padEnd(length, 'x');
    const chunks: string[] = [];
    const text = `before\n${line}\nafter\n`;
    for (let at = 0; at < text.length; at += chunk) chunks.push(text.slice(at, at + chunk));
    const sink = await linesOf(chunks);
    t.strictSame(sink.lines, ['before', 'after'], 'its neighbours are untouched');
    t.equal(sink.longLines.length, 1);
    t.equal(sink.longLines[0]?.length, length);
    t.ok(sink.longLines[0]?.head.startsWith(HEAD));
    t.equal(sink.longLines[0]?.head.length, MAX_LINE, 'no more than that is kept');
  });
}

t.test('the longest line that is read is read whole', async (t) => {
  const line = 'x'.repeat(MAX_LINE);
  const sink = await linesOf([line.slice(0, 3_000_000), line.slice(3_000_000), '\n']);
  t.equal(sink.lines.length, 1);
  t.ok(sink.lines[0] === line, 'the same text');
  t.strictSame(sink.longLines, []);
});

t.test('a line that is too long and has no end is told when the stream ends', async (t) => {
  const sink = await linesOf([HEAD.padEnd(MAX_LINE + 5, 'x')]);
  t.equal(sink.longLines[0]?.length, MAX_LINE + 5);
});

t.test('write always says "go on", for 4 MiB at once as well', (t) => {
  const { stream } = open();
  const chunk = 'x'.repeat(4 * 1_048_576);
  for (let i = 0; i < 5; i += 1) t.ok(stream.write(chunk));
  t.equal(stream.writableLength, 0, 'and keeps nothing');
  stream.destroy();
  t.end();
});

/** Has whoever writes a fatal line wait. */
class Alone extends Recorder {
  readonly isAwaited = true;
  #isDue = false;
  arrive: () => void = () => undefined;

  override line(line: string): void {
    super.line(line);
    this.#isDue ||= line === 'fatal';
  }

  arrived(): Promise<void> | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    return new Promise((resolve) => {
      this.arrive = resolve;
    });
  }
}

t.test('behind a line that must arrive write says "wait" until it has', async (t) => {
  const sink = new Alone();
  const stream = new LineStream(sink);
  t.equal(stream.write('info\n'), true);
  t.equal(stream.write('fatal\n'), false);
  const drained = once(stream, 'drain');
  sink.arrive();
  await drained;
  t.equal(stream.write('info\n'), true);
});

t.test('while it is not known what the first lines are write says "wait"', async (t) => {
  for (const [line, waits] of [
    ['info', false],
    ['fatal', true],
  ] as const) {
    const sink = new Alone();
    const stream = new LineStream(sink);
    stream.hold(60_000);
    t.equal(stream.write(`${line}\n`), false);
    let hasDrained = false;
    stream.once('drain', () => (hasDrained = true));
    stream.release();
    t.equal(hasDrained, !waits, line);
    t.strictSame(sink.lines, [line]);
    if (!waits) continue;
    const drained = once(stream, 'drain');
    sink.arrive();
    await drained;
  }
});

t.test('a line in haste is handled at once, with those before it and what they wait for', (t) => {
  let isKnown = false;
  const sink = Object.assign(new Recorder(), {
    endsInHaste: (text: string): boolean => text.endsWith('fatal\n'),
  });
  const stream = new LineStream(sink, 0);
  stream.hold(60_000, () => (isKnown = true));
  t.notOk(isKnown);
  stream.write('a\n');
  t.strictSame([sink.lines, isKnown], [[], true], 'it looks before the first line');
  stream.write('fatal\n');
  t.strictSame(sink.lines, ['a', 'fatal']);
  stream.write('b\nc\n');
  t.ok(sink.lines.length < 4, 'its time is over');
  stream.write('fatal\n');
  t.strictSame(sink.lines, ['a', 'fatal', 'b', 'c', 'fatal']);
  t.end();
});

t.test('flush calls back and resolves once the sink has delivered, and not before', async (t) => {
  const { sink, stream } = open();
  const deliver = sink.hold();
  const seen: string[] = [];
  const flushed = stream.flush(() => seen.push('called back'));
  // Whatever would not wait has had its turn by then.
  await new Promise(setImmediate);
  t.strictSame(seen, []);
  deliver(false);
  t.equal(await flushed, false, 'something was lost');
  t.strictSame(seen, ['called back'], 'which is no reason to call back with an error');
});

t.test('finish and close wait for delivery', async (t) => {
  const { sink, stream } = open();
  const deliver = sink.hold();
  const seen: string[] = [];
  for (const event of ['finish', 'close', 'error']) stream.on(event, () => seen.push(event));
  stream.end('last');
  await new Promise(setImmediate);
  t.strictSame(sink.lines, ['last']);
  t.strictSame(seen, []);
  deliver(true);
  await once(stream, 'close');
  t.strictSame(seen, ['finish', 'close']);
});

t.test('a stream that is destroyed closes its sink too', async (t) => {
  for (const error of [undefined, new Error('pulled the plug')]) {
    const { sink, stream } = open();
    const seen: unknown[] = [];
    stream.on('error', (thrown) => seen.push(thrown));
    stream.write('a\nhalf a li');
    stream.destroy(error);
    await new Promise((resolve) => stream.once('close', resolve));
    t.equal(sink.closes, 1);
    t.strictSame(sink.lines, ['a']);
    t.strictSame(seen, error === undefined ? [] : [error]);
  }
});

t.test('at the end of a pipeline it is finished only when all is delivered', async (t) => {
  const { sink, stream } = open();
  const source = new PassThrough();
  const done = pipeline(source, stream);
  source.write(Buffer.from('ä\n').subarray(0, 1));
  source.write(Buffer.from('ä\n').subarray(1));
  source.end('b');
  await done;
  t.strictSame(sink.lines, ['ä', 'b']);
  t.ok(sink.closes > 0);
});

t.test('what is written after the end goes to the sink, and never becomes an error', async (t) => {
  const { sink, stream } = open();
  const deliver = sink.hold();
  const errors: unknown[] = [];
  stream.on('error', (error) => errors.push(error));
  stream.end('a\n');
  const late = new Promise<unknown>((resolve) => {
    t.equal(stream.write('b\n', resolve), true);
  });
  t.equal(stream.write(Buffer.from('c\n'), 'utf8'), true);
  t.notOk(await late, 'its callback is told of no error');
  deliver(true);
  await finished(stream);
  t.equal(stream.write('d\n'), true, 'also once it is closed');
  await new Promise(setImmediate);
  t.strictSame(sink.lines, ['a', 'b', 'c', 'd']);
  t.strictSame(errors, []);
});

t.test('write keeps its two forms', async (t) => {
  const { sink, stream } = open();
  await new Promise((resolve) => stream.write('a\n', resolve));
  await new Promise((resolve) => stream.write('Ygo=', 'base64', resolve));
  await new Promise((resolve) => stream.write(Buffer.from('b\n'), resolve));
  stream.write('c');
  stream.end();
  await once(stream, 'close');
  t.strictSame(sink.lines, ['a', 'Ygo=b', 'c'], 'strings are text: pino writes no other');
  t.equal(stream.stats().accepted, 3);
});

/** What is handled in one go where no time is left: the lines between two looks at the clock. */
const GO = 64;

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
}

t.test('with a slice many lines are handled bit by bit, in order, and none is lost', async (t) => {
  const { sink, stream } = open(0);
  stream.write(`${numbered(0, 3 * GO).join('\n')}\n`);
  t.strictSame(sink.lines, numbered(0, GO), 'at once');
  stream.write(`${numbered(3 * GO, 3 * GO + 2).join('\n')}\nhalf a `);
  t.strictSame(sink.lines, numbered(0, GO), 'what comes then has to wait');
  await new Promise(setImmediate);
  t.strictSame(sink.lines, numbered(0, 2 * GO), 'next');
  stream.end('line');
  await once(stream, 'close');
  t.strictSame(
    sink.lines,
    [...numbered(0, 3 * GO + 2), 'half a line'],
    'the end waits for nothing',
  );
});

t.test('flush, settle and destroy handle what waits', async (t) => {
  const lines = numbered(0, 3 * GO);
  const ends: Readonly<Record<string, (stream: LineStream) => unknown>> = {
    flush: (stream) => stream.flush(),
    settle: (stream) => stream.settle(),
    destroy: (stream) => stream.destroy(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const { sink, stream } = open(0);
    stream.write(`${lines.join('\n')}\n`);
    await end(stream);
    t.strictSame(sink.lines, lines, name);
    await new Promise(setImmediate);
    t.strictSame(sink.lines, lines, `${name}, later`);
    stream.destroy();
  }
});

t.test('more than 16 MiB do not wait', async (t) => {
  const { sink, stream } = open(0);
  const chunk = `${'x'.repeat(50_000)}\n`.repeat(80);
  for (let written = 0; written < 4; written += 1) stream.write(chunk);
  t.equal(sink.lines.length, GO);
  stream.write(chunk);
  t.equal(sink.lines.length, 5 * 80);
  stream.destroy();
});

t.test('what a hook logs while a line is handled comes behind the lines that wait', async (t) => {
  const { sink, stream } = open();
  const handled: string[] = [];
  sink.line = (line) => {
    handled.push(line);
    if (line === 'first') stream.end('by the hook\n');
    if (line === 'second') stream.write('after the end\n');
  };
  stream.write('first\nsecond\n');
  await once(stream, 'close');
  t.strictSame(handled, ['first', 'second', 'after the end', 'by the hook']);
});
