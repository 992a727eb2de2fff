import fc from 'fast-check';
import t from 'tap';
import { readLongLine } from '../../transports/pino/long-line.ts';

const LONG = 'x'.repeat(300_000);

t.test('of a line with one enormous field all others are there', async (t) => {
  const err = { type: 'TypeError', message: 'a "quoted" one }', stack: 'TypeError: x\n    at f' };
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    ['a text', LONG, /^x{12000}\.\.\.$/],
    ['an array', Array.from({ length: 200_000 }, () => 1), '[400001 characters]'],
    ['an object', { a: { b: [LONG, '}]"'] } }, /^\[\d+ characters\]$/],
    ['a text of escapes', '\n'.repeat(300_000), /^\n{6000}\.\.\.$/],
    ['a text of halved escapes', `a${'\u0001'.repeat(100_000)}`, /^a\u0001{1999}\.\.\.$/],
    ['a text of backslashes', '\\'.repeat(300_000), /^\\{6000}\.\.\.$/],
  ];
  for (const [name, body, expected] of rows) {
    const line = JSON.stringify({ level: 50, time: 1, err, body, ok: null, msg: 'it broke' });
    const fields = readLongLine(line);
    t.match(fields, { level: 50, time: 1, err, ok: null, msg: 'it broke' }, name);
    t.match(fields?.['body'], expected, name);
  }
});

t.test('of the beginning of a line there is what it holds', async (t) => {
  const line = JSON.stringify({ level: 50, err: { message: 'x' }, body: { a: LONG }, msg: 'y' });
  t.match(readLongLine(line.slice(0, 100_000)), {
    level: 50,
    err: { message: 'x' },
    body: /^\[\d+ characters or more\]$/,
  });
  t.match(readLongLine(`{"level":50,"msg":"${LONG}`), { level: 50, msg: /^xxx/ });
  t.same(readLongLine('{"level":50,"ms'), { level: 50 });
  t.same(readLongLine('{"level":50,'), { level: 50 });
  t.same(readLongLine('{"level":50,"a":1'), { level: 50, a: '[1 characters or more]' });
});

t.test('what is no object has no fields', async (t) => {
  for (const line of [
    '',
    'text',
    '[1,2]',
    '"a"',
    '{}',
    '{',
    '{"a"}',
    '{"a":}',
    '{1:2}',
    '{"a":x}',
  ]) {
    t.equal(readLongLine(line), undefined, line);
  }
});

t.test('no more fields are read than would be sent', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1]));
  t.equal(Object.keys(readLongLine(JSON.stringify(many)) ?? {}).length, 200);
});

t.test(
  'any line of few fields is read as by JSON.parse, and any beginning is survived',
  async (t) => {
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(
          fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 20, minKeys: 1 }),
          fc.nat(3),
          fc.nat(),
          (value, indent, cut) => {
            const line = JSON.stringify(value, undefined, ' '.repeat(indent)).replaceAll('\n', ' ');
            const parsed: unknown = JSON.parse(line);
            const read = readLongLine(line);
            readLongLine(line.slice(0, cut % line.length));
            return JSON.stringify(read) === JSON.stringify(parsed);
          },
        ),
      ),
    );
  },
);
