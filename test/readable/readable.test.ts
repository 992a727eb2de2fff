import { inspect } from 'node:util';
import t from 'tap';
import { scrub } from '../helpers/scrub.ts';
import { code, fields, texts } from './corpus.ts';

t.test('the corpus is large', (t) => {
  t.ok(
    fields.length + texts.length + code.length >= 500,
    String(fields.length + texts.length + code.length),
  );
  t.end();
});

t.test('harmless fields arrive as they are', (t) => {
  for (const [name, value] of fields) {
    t.strictSame(scrub.value({ [name]: value }), { [name]: value }, name);
    // Among others, and deeper.
    t.strictSame(scrub.value({ a: [{ x: 1, [name]: value }] }), { a: [{ x: 1, [name]: value }] });
  }
  t.end();
});

t.test('harmless fields arrive as they are in texts: JSON, util.inspect, logfmt', (t) => {
  for (const [name, value] of fields) {
    const written = [
      JSON.stringify({ [name]: value }),
      inspect({ [name]: value }, { breakLength: Infinity }),
    ];
    if (typeof value !== 'object')
      written.push(
        `${name}=${JSON.stringify(value)}`,
        `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
    for (const text of written) t.equal(scrub.text(text, 10_000), text);
  }
  t.end();
});

t.test('harmless texts arrive as they are, alone, within others, and as JSON', (t) => {
  for (const text of texts) {
    t.equal(scrub.text(text, 10_000), text);
    for (const around of [JSON.stringify({ message: text }), `it failed: ${text}`]) {
      t.equal(scrub.text(around, 10_000), around);
    }
    t.strictSame(scrub.value({ message: text }), { message: text });
  }
  t.end();
});

t.test('lines of code arrive as they are written', (t) => {
  for (const line of code) t.equal(scrub.code(`  ${line}`, 300), `  ${line}`);
  t.end();
});
