import fc from 'fast-check';
import t from 'tap';
import { logStep } from '../../src/event/make/log-step.ts';
import type { LogRecord } from '../../src/event/record.ts';

function record(more: Partial<LogRecord>): LogRecord {
  return { time: 1_000, level: 'info', message: 'm', fields: {}, ...more };
}

t.test('a line is a step with its texts and numbers', async (t) => {
  const cases: [what: string, fields: Record<string, unknown>, data: unknown][] = [
    ['nothing', {}, undefined],
    ['scalars', { a: 'x', b: 1, c: true }, { a: 'x', b: 1, c: true }],
    ['objects are left out', { a: { b: 1 }, d: [1], e: () => 1, f: null, g: 1n }, undefined],
    ['a text too long to keep', { a: 'x'.repeat(8_193), b: 1 }, { b: 1 }],
    [
      'twenty fields',
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, i])),
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
    ],
  ];
  for (const [what, fields, data] of cases) {
    const step = logStep(record({ fields }));
    t.strictSame(step.data, data, what);
    t.match(step, { timestamp: 1_000, level: 'info', category: 'log', message: 'm' }, what);
  }
});

t.test('an error is one line of it', async (t) => {
  const cases: [thrown: unknown, err: unknown][] = [
    [new TypeError('broken'), 'TypeError: broken'],
    [{ message: 'no name' }, 'no name'],
    ['a text', 'a text'],
    [7, 7],
    [undefined, undefined],
    [{}, undefined],
  ];
  for (const [thrown, err] of cases) {
    t.equal(logStep(record({ thrown: { value: thrown } })).data?.['err'], err);
  }
});

t.test('a step stays as it was when the line’s objects change', async (t) => {
  const fields = { a: 1 };
  const step = logStep(record({ fields }));
  fields.a = 2;
  t.strictSame(step.data, { a: 1 });
});

t.test('any fields and any error can be logged', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.anything(), (fields, thrown) => {
        const { data = {} } = logStep(record({ fields, thrown: { value: thrown } }));
        return Object.values(data).every((value) => typeof value !== 'object');
      }),
    ),
  );
});
