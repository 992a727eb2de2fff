import fc from 'fast-check';
import t from 'tap';
import { withoutLiterals } from '../../src/event/scrub/sql.ts';

const CASES: readonly (readonly [sql: string, without: string])[] = [
  ['SELECT * FROM `t1` WHERE id = 17', 'SELECT * FROM `t1` WHERE id = ?'],
  ["SELECT 'it''s', \"a \\\" b\", 'c\\'d'", 'SELECT ?, …'],
  ['WHERE a = \'x\' AND b = "y"', 'WHERE a = ? AND b = ?'],
  ['SELECT t2.c3, f(1.5e-3), -7, 0xFF, .5 FROM t2', 'SELECT t2.c3, f(?), -?, … FROM t2'],
  ["INSERT INTO a VALUES ('x', 1), ('y', 2), (?, ?)", 'INSERT INTO a VALUES (?, …), …'],
  ['WHERE id IN (1, 2, 3) LIMIT 10', 'WHERE id IN (?, …) LIMIT ?'],
  ["SELECT X'4D', b'01', _utf8mb4 'x', N'y'", 'SELECT ?, …'],
  [
    'SELECT a -- secret\nFROM b # secret\nWHERE /* secret */ c = 1',
    'SELECT a \nFROM b \nWHERE  c = ?',
  ],
  ['SELECT `a"b`, `it\'s 1` FROM c', 'SELECT `a"b`, `it\'s 1` FROM c'],
  ['SELECT "never ends', 'SELECT ?'],
  ["SELECT 'never ends\\", 'SELECT ?'],
  ['SELECT /* never ends', 'SELECT'],
  ["WHERE a = 'line\nbreak' AND b = ?", 'WHERE a = ? AND b = ?'],
  ['SELECT a5, 5a, $1, x_1 FROM t', 'SELECT a5, 5a, $1, x_1 FROM t'],
  ['', ''],
];

t.test('every value is a question mark, and the rest is as it was', (t) => {
  for (const [sql, without] of CASES) t.equal(withoutLiterals(sql), without);
  t.end();
});

const STANDARD: readonly (readonly [sql: string, without: string])[] = [
  ['SELECT "a b" FROM "t" WHERE id = 17', 'SELECT "a b" FROM "t" WHERE id = ?'],
  ["SELECT 'it''s', E'c\\'d', $1, f(1.5e-3)", 'SELECT ?, …, $1, f(?)'],
  ['SELECT $$secret$$, $t$sec$$ret$t$, $2::int', 'SELECT ?, …, $2::int'],
  ['SELECT $t$never $$ ends', 'SELECT ?'],
  ["SELECT U&'x', x'4D', N'y'", 'SELECT ?, …'],
  ['SELECT a --secret\nFROM b /* secret */', 'SELECT a \nFROM b'],
  ["SELECT a #> '{b}', c->>'d'", 'SELECT a #> ?, c->>?'],
  // Two databases read the rest differently.
  ["SELECT 'C:\\', 'secret'", 'SELECT ?'],
  ["SELECT 'it\\'s secret', 1", 'SELECT ?'],
  ['SELECT 1 /* a /* b */ secret */', 'SELECT ?'],
];

t.test('so it is in the SQL of other databases', (t) => {
  for (const [sql, without] of STANDARD) t.equal(withoutLiterals(sql, 'other'), without);
  t.equal(withoutLiterals('SELECT `a` WHERE b = "secret"', 'sqlite'), 'SELECT `a` WHERE b = ?');
  t.equal(withoutLiterals('SELECT "a\\"secret", 1', 'sqlite'), 'SELECT ?');
  t.end();
});

/** As clients write a value into a query. */
function quoted(value: string, quote: string): string {
  return `${quote}${value.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)}${quote}`;
}

t.test('no value is left, wherever the text is cut', (t) => {
  const value = fc.tuple(fc.string({ unit: 'binary' }), fc.constantFrom("'", '"'));
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), fc.nat(), (values, end) => {
        const sql = `SELECT ${values.map(([text, q]) => quoted(`${text}SECRET${text}`, q)).join(' OR ')}`;
        for (const each of [sql, sql.slice(0, end % sql.length)]) {
          const left = withoutLiterals(each);
          if (!/^(?:S?E?L?E?C?T?|SELECT(?: (?:\? OR )*(?:\?|\? OR?)?)?)$/.test(left)) {
            throw new Error(`${each} → ${left}`);
          }
        }
      }),
      { numRuns: 2_000 },
    ),
  );
  t.end();
});

t.test('no text takes long', (t) => {
  for (const part of [
    "'",
    '"',
    '`',
    '\\',
    "'\\",
    '/*',
    '--',
    '1.',
    '1e',
    '?,',
    '(?',
    '(1),',
    '0x',
    '$a$',
    '$$',
    "E'",
    "\\'",
    '/*\\"',
  ]) {
    for (const dialect of ['mysql', 'sqlite', 'other'] as const) {
      t.type(withoutLiterals(part.repeat(20_000), dialect), 'string', part);
    }
  }
  t.end();
});
