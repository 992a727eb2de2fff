import t from 'tap';
import { keyOf } from '../../src/notes/key.ts';
import { createMemory } from '../../src/notes/memory.ts';
import { NoteReader } from '../../src/notes/reader.ts';
import { NoteWriter } from '../../src/notes/writer.ts';
import { Pipeline } from '../../src/pipeline.ts';
import { projectOf } from '../../src/options/project.ts';
import { resolveOptions } from '../../src/options/resolve.ts';
import { PinoSink } from '../../transports/pino/sink.ts';

/** Delivers nothing, and notes how long it may take. */
class Patient extends Pipeline {
  readonly waits: number[] = [];
  closes = 0;

  constructor(shutdownTimeout: number) {
    super({ ...resolveOptions({ shutdownTimeout }, {}), apiKey: 'elp_x' });
  }

  override flush(timeout: number): Promise<boolean> {
    this.waits.push(timeout);
    return Promise.resolve(true);
  }

  override close(timeout: number): Promise<boolean> {
    this.waits.push(timeout);
    this.closes += 1;
    return Promise.resolve(false);
  }
}

t.test('flushing and closing take shutdownTimeout, if the thread may live so long', async (t) => {
  for (const [shutdownTimeout, limit, wait] of [
    [5_000, 8_000, 5_000],
    [60_000, 8_000, 8_000],
    [60_000, Infinity, 60_000],
    [0, Infinity, 0],
  ] as const) {
    const pipeline = new Patient(shutdownTimeout);
    const sink = new PinoSink(pipeline, undefined, limit);
    await sink.flush();
    await sink.close();
    t.strictSame(pipeline.waits, [wait, wait], `${shutdownTimeout} ms of at most ${limit}`);
  }
});

/** Keeps what it is given. */
class Keeping extends Pipeline {
  readonly captured: Parameters<Pipeline['capture']>[] = [];

  constructor(maxBreadcrumbs: number) {
    super({ ...resolveOptions({ maxBreadcrumbs }, {}), apiKey: 'elp_x' });
  }

  override capture(...args: Parameters<Pipeline['capture']>): undefined {
    this.captured.push(args);
  }
}

t.test(
  'what a line says wins over its scope, whose breadcrumbs lines do not push out',
  async (t) => {
    for (const [max, added, lines, kept] of [
      [50, 0, 60, 50],
      [50, 10, 60, 40],
      [50, 50, 60, 25],
      [50, 50, 5, 5],
      [5, 9, 9, 2],
      [0, 9, 9, 0],
    ] as const) {
      const pipeline = new Keeping(max);
      const memory = createMemory();
      const notes = new NoteWriter(memory);
      const sink = new PinoSink(pipeline, undefined, 0, new NoteReader(() => memory));
      const scope = {
        id: 's',
        tags: { a: 'scope' },
        breadcrumbs: Array.from({ length: added }, () => ({ message: 'c' })),
      };
      for (let n = 0; n < lines; n += 1) {
        const step = JSON.stringify({ level: 30, msg: `${n}` });
        notes.mark(keyOf(step), Number.parseInt(scope.id, 36));
        sink.line(step);
      }
      const line = JSON.stringify({ level: 50, errsight: { tags: { a: 'line' } } });
      notes.note(keyOf(line), JSON.stringify({ scope }));
      sink.line(line);
      const [record, contexts, trail = []] = pipeline.captured[0] ?? [];
      t.strictSame(record?.fields, {});
      t.strictSame(contexts, [scope, { tags: { a: 'line' } }]);
      t.equal(trail.length, kept, `${added} of the scope and ${lines} lines in ${max}`);
      if (kept > 0) t.equal(trail.at(-1)?.message, `${lines - 1}`, 'the newest');
      await pipeline.close(0);
    }
  },
);

t.test('what was seen of earlier lines never decides over another one', async (t) => {
  const lines = [
    '{"level":30,"msg":"m"}',
    '{"level":50,"msg":"m"}',
    '{"level":50}',
    '{"level":30}',
    '{"level":"error, or so","msg":"m"}',
    '{"level":"error, but not","msg":"m"}',
    '{"level":"info","msg":"m"}',
    '{"level":35,"msg":"m"}',
    '{"severity":"ERROR","msg":"m"}',
    '{"msg":"m","level":50}',
    '{"msg":"m","level":30}',
    'no JSON, and a comma',
    ...Array.from({ length: 100 }, (_, number) => `{"level":${number},"msg":"m"}`),
  ];
  const shape = { levelNames: { 35: 'error' } };
  const outcome = (sink: PinoSink, pipeline: Keeping, line: string): unknown => {
    const before = pipeline.captured.length;
    sink.line(line);
    return pipeline.captured.slice(before).map(([record]) => record.level);
  };
  const pipeline = new Keeping(50);
  const sink = new PinoSink(pipeline, undefined, Infinity);
  for (const turn of ['first', 'second']) {
    for (const line of lines) {
      const fresh = new Keeping(50);
      const alone = outcome(new PinoSink(fresh, undefined, Infinity), fresh, line);
      t.strictSame(outcome(sink, pipeline, line), alone, `${turn}: ${line}`);
    }
  }
  t.strictSame(outcome(sink, pipeline, '{"level":35,"msg":"m"}'), []);
  sink.configure(shape);
  t.strictSame(outcome(sink, pipeline, '{"level":35,"msg":"m"}'), ['error'], 'nor its own past');
});

t.test('however often it is closed, it closes once and says the same', async (t) => {
  const pipeline = new Patient(1_000);
  const sink = new PinoSink(pipeline, undefined, Infinity);
  t.strictSame(await Promise.all([sink.close(), sink.close(), sink.close()]), [
    false,
    false,
    false,
  ]);
  t.equal(pipeline.closes, 1);
});

/** Lets a test do something while an event is made, and notes which events are taken back. */
class Slow extends Pipeline {
  readonly withdrawn = new Set<string>();
  readonly #during: () => void;

  constructor(during: () => void) {
    super({ ...resolveOptions({}, {}), apiKey: 'elp_x' });
    this.#during = during;
  }

  override capture(): string {
    this.#during();
    return 'captured';
  }

  override speak(): ReturnType<Pipeline['speak']> {
    this.#during();
    return { id: 'spoken', become: () => true };
  }

  override withdraw(id: string): boolean {
    this.withdrawn.add(id);
    return true;
  }
}

t.test('an error that the main thread reports is taken back, whenever that is heard', async (t) => {
  for (const [line, note, id] of [
    [
      '{"level":50,"err":{"message":"declined"},"msg":"m"}',
      { error: 7, thrown: { path: ['err'], value: { message: 'declined' } } },
      'captured',
    ],
    ['{"level":50,"msg":"Error: declined"}', { error: 7 }, 'spoken'],
  ] as const) {
    for (const moment of ['before', 'while', 'after', 'never']) {
      const memory = createMemory();
      const notes = new NoteWriter(memory);
      const pipeline = new Slow(() => at('while'));
      const at = (now: string): void => {
        if (now === moment) notes.retract(7, projectOf(pipeline.config));
      };
      const sink = new PinoSink(pipeline, undefined, 0, new NoteReader(() => memory));
      notes.note(keyOf(line), JSON.stringify(note));
      at('before');
      sink.line(line);
      at('after');
      sink.catchUp();
      const expected = moment === 'while' || moment === 'after' ? [id] : [];
      t.strictSame([...pipeline.withdrawn], expected, `${id}: ${moment}`);
    }
  }
});
