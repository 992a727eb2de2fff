import t from 'tap';
import { linesOf, rawLinesOf } from '../helpers/lines.ts';
import { scrub } from '../helpers/scrub.ts';

t.test('each line of lines.txt arrives as it is', (t) => {
  const lines = linesOf('readable/lines.txt');
  t.ok(lines.length >= 700, String(lines.length));
  for (const line of lines) {
    t.equal(scrub.text(line, 10_000), line);
    const json = JSON.stringify({ n: 1, message: line });
    t.equal(scrub.text(json, 10_000), json);
  }
  t.end();
});

t.test('each object of objects.txt arrives as it is', (t) => {
  for (const line of rawLinesOf('readable/objects.txt')) {
    const value: unknown = JSON.parse(line);
    t.strictSame(scrub.value(value), value, line);
    t.strictSame(scrub.value({ deep: [value] }), { deep: [value] }, line);
  }
  t.end();
});
