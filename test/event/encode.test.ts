import fc from 'fast-check';
import t from 'tap';
import { encode } from '../../src/event/wire/encode.ts';
import { makeEvent } from '../helpers/event.ts';
import type { Cause, ErrsightEvent, Frame } from '../../src/event/event.ts';

const FRAMES: readonly Frame[] = [
  { filename: 'src/ü.js', function: 'f', lineno: 1, in_app: true, context_line: '// "→" 😀' },
];
const CAUSES: readonly Cause[] = [
  { class: 'E', message: 'with one', backtrace: 'at f (a.js:1:2)\nat "g" (b.js:3:4)' },
  { class: 'E', message: 'without' },
];

function decoded(event: ErrsightEvent): unknown {
  return JSON.parse(encode(event).toString());
}

const CASES: Readonly<Record<string, Partial<ErrsightEvent>>> = {
  'nothing in the metadata': {},
  'details only': { metadata: { a: 1, b: { c: ['d'] } } },
  'frames only': { metadata: { exception_frames: FRAMES } },
  'no frames in the list': { metadata: { exception_frames: [], a: 1 } },
  'causes only': { metadata: { exception_causes: CAUSES } },
  'no causes in the list': { metadata: { exception_causes: [] } },
  'frames and causes': { metadata: { exception_frames: FRAMES, exception_causes: CAUSES } },
  'all of it': {
    backtrace: 'at f (src/ü.js:1)\nat g',
    metadata: { exception_class: 'E', exception_frames: FRAMES, exception_causes: CAUSES, a: 'é' },
  },
  'a backtrace alone': { backtrace: 'at f' },
  'an own key __proto__': {
    metadata: JSON.parse('{"__proto__":1}') as ErrsightEvent['metadata'],
  },
};

for (const [name, changes] of Object.entries(CASES)) {
  t.test(`the JSON says what the event does: ${name}`, async (t) => {
    const event = makeEvent(changes);
    const plain = JSON.parse(JSON.stringify(event)) as unknown;
    t.strictSame(decoded(event), plain);
    t.strictSame(decoded(event), plain, 'again, from memory');
    // Of `__proto__` the comparison may know nothing.
    const { metadata } = decoded(event) as ErrsightEvent;
    t.strictSame(Object.keys(metadata).toSorted(), Object.keys(event.metadata).toSorted());
  });
}

t.test('frames that are the same array may come with another backtrace', async (t) => {
  for (const backtrace of ['at f', 'at g', 'at f']) {
    const event = makeEvent({ backtrace, metadata: { exception_frames: FRAMES } });
    t.match(decoded(event), { backtrace, metadata: { exception_frames: FRAMES } });
  }
});

t.test('the bytes are those of the last event: who keeps them makes a copy', async (t) => {
  const first = encode(makeEvent({ message: 'first' }));
  const copy = Buffer.from(first);
  const second = encode(makeEvent({ message: 'second' }));
  t.equal(first.buffer, second.buffer, 'one memory for all');
  t.match(JSON.parse(copy.toString()), { message: 'first' });
});

t.test('any event, however large, and in any script', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string(),
    fc.constant('€'.repeat(9_000)),
  );
  const frame = fc.record({ filename: text, function: text, in_app: fc.boolean() });
  const cause = fc.record(
    { class: text, message: text, backtrace: text },
    { requiredKeys: ['class', 'message'] },
  );
  const event = fc.record({
    message: text,
    backtrace: fc.option(text, { nil: undefined }),
    metadata: fc.record(
      {
        exception_class: text,
        exception_frames: fc.array(frame, { maxLength: 4 }),
        exception_causes: fc.array(cause, { maxLength: 4 }),
        details: fc.jsonValue(),
        other: text,
      },
      { requiredKeys: [] },
    ),
  });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(event, ({ backtrace, ...changes }) => {
        const made = makeEvent({
          ...(changes as Partial<ErrsightEvent>),
          ...(backtrace !== undefined && { backtrace }),
        });
        t.strictSame(decoded(made), JSON.parse(JSON.stringify(made)));
      }),
    ),
  );
});

t.test('an event for which the memory is too small has its own', async (t) => {
  const large = makeEvent({ message: '€'.repeat(100_000) });
  const bytes = encode(large);
  t.strictSame(JSON.parse(bytes.toString()), large);
  t.not(bytes.buffer, encode(makeEvent()).buffer);
});
