import t from 'tap';
import { keyOf } from '../src/notes/key.ts';
import { projectNumber } from '../src/lib/project-number.ts';
import { createMemory, MARKS } from '../src/notes/memory.ts';
import { NoteReader } from '../src/notes/reader.ts';
import { PendingMarks } from '../src/notes/pending.ts';
import { CRUMB, NoteWriter, SCOPE } from '../src/notes/writer.ts';

function open(): { writer: NoteWriter; reader: NoteReader; another: NoteReader } {
  const memory = createMemory();
  return {
    writer: new NoteWriter(memory),
    reader: new NoteReader(() => memory),
    another: new NoteReader(() => memory),
  };
}

t.test('a key is that of the whole text', async (t) => {
  const lines = Array.from(
    { length: 5_000 },
    (_, n) => `{"level":30,"time":17,"n":${n},"msg":"m"}`,
  );
  t.equal(new Set(lines.map((line) => keyOf(line))).size, lines.length);
  for (const text of [
    'abc',
    'ünï',
    'x'.repeat(9_000),
    '€'.repeat(4_095),
    '€'.repeat(4_096),
    'y'.repeat(4_097),
    '',
  ]) {
    t.equal(keyOf(`${text}\n`), keyOf(text));
    t.equal(keyOf(`${text}\r\n`), keyOf(text), 'pino’s crlf');
    t.equal(keyOf(`${text}\r`), keyOf(text), 'and what a reader of lines leaves of it');
    keyOf('something longer than that, which leaves no trace');
    t.equal(keyOf(text), keyOf(Buffer.from(text).toString()), 'also when it has been bytes');
  }
  t.equal(keyOf('\ud800'), keyOf(Buffer.from('\ud800').toString()), 'of half a character, too');
  const pairs = Array.from({ length: 10 }, (_, a) =>
    Array.from({ length: 10 }, (_each, b) => [`id-${a}xyz${b}`, `id-xy${a}-${b}`]),
  ).flat(2);
  t.equal(new Set(pairs.map((text) => keyOf(text))).size, pairs.length, 'two digits');
  t.not(keyOf(''), keyOf('a'));
});

t.test('each reader finds each note once, in the order of the lines', async (t) => {
  const { writer, reader, another } = open();
  for (const n of [1, 2]) writer.note(7, JSON.stringify({ scope: { id: `same ${n}` } }));
  writer.note(8, JSON.stringify({ scope: { id: 'ünï' } }));
  for (const each of [reader, another]) {
    t.strictSame(each.take(8)?.note, { scope: { id: 'ünï' } });
    t.strictSame(each.take(7)?.note, { scope: { id: 'same 1' } });
    t.strictSame(each.take(7)?.note, { scope: { id: 'same 2' } });
    t.equal(each.take(7), undefined);
    t.equal(each.take(9), undefined);
  }
});

t.test('of notes that came too fast the newest are there, whoever reads late', async (t) => {
  const { writer, reader, another } = open();
  const text = 'x'.repeat(10_001);
  const total = 3_000;
  for (let n = 0; n < total; n += 1) {
    writer.note(1 + n, JSON.stringify({ scope: { id: String(n) }, text }));
    // One that follows closely has each of them.
    const id = reader.take(1 + n)?.note.scope?.id;
    if (id !== String(n)) t.fail(`note ${n}: ${id}`);
  }
  const found = Array.from({ length: total }, (_, n) => another.take(1 + n)?.note.scope?.id);
  const first = found.findIndex((id) => id !== undefined);
  t.ok(total - first > 400, `${total - first} are there`);
  t.strictSame(
    found.slice(first),
    Array.from({ length: total - first }, (_, n) => String(first + n)),
  );
});

t.test('a note that is too large, or no JSON, is none', async (t) => {
  const { writer, reader } = open();
  writer.note(1, JSON.stringify({ text: 'x'.repeat(600_000) }));
  writer.note(2, '{');
  writer.note(3, '17');
  writer.note(4, '{}');
  for (const key of [1, 2, 3]) t.equal(reader.take(key), undefined);
  t.strictSame(reader.take(4)?.note, {});
});

t.test('of a marked line is known whose it is', async (t) => {
  const { writer, reader } = open();
  t.equal(reader.isUsed, false);
  writer.mark(keyOf('a'), 35);
  writer.mark(keyOf('b'), 36);
  t.ok(reader.isUsed);
  reader.read();
  t.equal(reader.scopeOf('a', undefined), 'z');
  t.equal(reader.scopeOf('b', undefined), '10');
  t.equal(reader.scopeOf('b', undefined), null, 'once');
  t.equal(reader.scopeOf('c', undefined), null);
});

t.test('of lines that are the same the newest before an event comes first', async (t) => {
  const { writer, reader } = open();
  for (const scope of [1, 2, 3]) writer.mark(keyOf('same'), scope);
  writer.note(1, '{}');
  writer.mark(keyOf('same'), 4);
  const marks = reader.take(1)?.marks;
  reader.read();
  t.equal(reader.scopeOf('same', marks), '3');
  t.equal(reader.scopeOf('same', marks), '2');
  t.equal(reader.scopeOf('same', undefined), '4');
});

t.test('where marks were overtaken nobody is given a line that may be another’s', async (t) => {
  const { writer, reader } = open();
  for (let n = 0; n < MARKS + 10; n += 1) writer.mark(keyOf(`line ${n}`), 1 + n);
  reader.read();
  t.equal(reader.scopeOf('line 3', undefined), undefined, 'not known any more');
  t.equal(reader.scopeOf(`line ${MARKS}`, undefined), (1 + MARKS).toString(36));
  for (let n = 0; n < 3 * MARKS; n += 1) {
    writer.mark(keyOf(`next ${n}`), 1);
    if (n % 1_000 === 0) reader.read();
  }
  reader.read();
  t.equal(reader.scopeOf(`line ${MARKS}`, undefined), null, 'what is old is forgotten');
});

t.test('an error that was reported meanwhile is retracted', async (t) => {
  const { writer, reader } = open();
  writer.note(7, '{"error":3}');
  writer.retract(3, 'a');
  const note = reader.take(7)?.note ?? {};
  t.ok(reader.isRetracted(note, projectNumber('a')));
  t.notOk(reader.isRetracted(note, projectNumber('b')));
  t.notOk(reader.isRetracted({}, projectNumber('a')));
});

t.test('who asks what was retracted hears it at once, and once', async (t) => {
  const { writer, reader } = open();
  writer.note(7, '{"error":3}');
  t.strictSame(reader.takeRetracted(projectNumber('a')), []);
  writer.retract(3, 'a');
  writer.retract(4, 'b');
  t.strictSame(reader.takeRetracted(projectNumber('a')), [3]);
  t.strictSame(reader.takeRetracted(projectNumber('a')), []);
});

t.test('workers say what they make events of, and for whom', async (t) => {
  const { writer, reader, another } = open();
  t.equal(writer.lowest, undefined);
  t.equal(writer.reportsTo('a'), false);
  reader.join(3, 'a');
  another.join(2, 'b');
  reader.join(4, 'a');
  t.equal(writer.lowest, 2);
  t.strictSame(
    ['a', 'b', 'c'].map((project) => writer.reportsTo(project)),
    [true, true, false],
  );
  for (let n = 0; n < 100; n += 1) reader.join(4, `project ${n}`);
  t.equal(writer.reportsTo('b'), true);
  t.not(projectNumber(''), 0);
});

t.test('a breadcrumb is written once, and each note names its place', async (t) => {
  const { writer, reader, another } = open();
  const crumbs = ['one', 'two'].map((message) => writer.note(CRUMB, JSON.stringify({ message })));
  writer.note(7, JSON.stringify({ scope: { id: 'a' }, crumbs }));
  writer.note(8, JSON.stringify({ crumbs: crumbs.slice(1) }));
  writer.note(9, JSON.stringify({ crumbs: [...crumbs, 17, -1, null, 'x', 2 ** 40] }));
  for (const each of [reader, another]) {
    const breadcrumbs = [{ message: 'one' }, { message: 'two' }];
    t.strictSame(each.take(7)?.note, { scope: { id: 'a', breadcrumbs } });
    t.strictSame(each.take(8)?.note, { scope: { breadcrumbs: breadcrumbs.slice(1) } });
    t.strictSame(each.take(9)?.note, { scope: { breadcrumbs } }, 'what is none is left out');
    t.equal(each.take(CRUMB), undefined, 'and it is the note of no line');
  }
  const [first = 0] = crumbs;
  t.ok(writer.keeps(first));
  const text = 'x'.repeat(400_000);
  for (let n = 0; n < 6; n += 1) writer.note(10, JSON.stringify({ text }));
  t.notOk(writer.keeps(first), 'it is written anew before it is overwritten');
  for (let n = 0; n < 6; n += 1) writer.note(10, JSON.stringify({ text }));
  writer.note(11, JSON.stringify({ scope: { id: 'b' }, crumbs }));
  t.strictSame(reader.take(11)?.note, { scope: { id: 'b', breadcrumbs: [] } });
});

t.test('of what is marked late the last lines are, in their order', async (t) => {
  const marks = new PendingMarks();
  const marked: string[] = [];
  const flush = (): void => marks.flush((line, scope) => marked.push(`${line} ${scope}`));
  flush();
  for (let n = 0; n < 3; n += 1) marks.push(`line ${n}`, String(n));
  marks.push('x'.repeat(8_193), '4');
  flush();
  t.strictSame(marked.splice(0), ['line 0 0', 'line 1 1', 'line 2 2']);
  for (let n = 0; n < 2_500; n += 1) marks.push(`line ${n}`, String(n));
  flush();
  t.equal(marked.length, 1_000);
  t.strictSame([marked[0], marked.at(-1)], ['line 1500 1500', 'line 2499 2499']);
  flush();
  t.equal(marked.length, 1_000, 'each once');
});

t.test('a note names what is told of the scope by its place', async (t) => {
  const { writer, reader } = open();
  const crumb = writer.note(CRUMB, JSON.stringify({ message: 'one' }));
  const told = { scope: { id: 'a', tags: { tenant: 'acme' } }, crumbs: [crumb] };
  const scope = writer.note(SCOPE, JSON.stringify(told));
  writer.note(7, '', { scope, error: 3 });
  writer.note(8, JSON.stringify({ level: 'fatal' }), { scope });
  writer.note(9, '', { error: 4 });
  writer.note(10, '', { scope: crumb });
  const whole = { id: 'a', tags: { tenant: 'acme' }, breadcrumbs: [{ message: 'one' }] };
  t.strictSame(reader.take(7)?.note, { error: 3, scope: whole });
  t.strictSame(reader.take(8)?.note, { level: 'fatal', scope: whole });
  t.strictSame(reader.take(9)?.note, { error: 4 });
  t.strictSame(reader.take(10)?.note, {}, 'that is no scope');
  t.equal(reader.take(SCOPE), undefined, 'it is no note of a line');
});
