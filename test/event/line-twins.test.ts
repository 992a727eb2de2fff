import t from 'tap';
import { distinction } from '../../src/event/stack/line-twins.ts';

const FILE = `
get('/a', (req) => {
  if (!row) throw new NotFound('nothing there');
});
get('/b', (req) => {
  if (!row) throw new NotFound('nothing there');
});
get('/c', (req) => {
  const row = find(req);

  if (!row) throw new NotFound('nothing there');
});
only();
same();
}
same();
}
same();`.split('\n');

t.test('a line is told from others with the same text by what stands above', (t) => {
  const rows: readonly (readonly [number, string | undefined])[] = [
    [3, "get('/a', (req) => {"],
    [6, "get('/b', (req) => {"],
    [11, 'const row = find(req);'],
    [13, undefined],
    [14, 'only();'],
    [1, undefined],
    [99, undefined],
  ];
  for (const [line, expected] of rows) t.equal(distinction(FILE, line), expected, String(line));
  t.equal(distinction(FILE, 16) === distinction(FILE, 18), false, 'else by which of them it is');
  t.strictSame([distinction(['x', 'x'], 1), distinction(['x', 'x'], 2)], ['1', 'x']);
  t.end();
});
