import { GenMapping, addSegment, toEncodedMap } from '@jridgewell/gen-mapping';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import fc from 'fast-check';
import t from 'tap';
import { readMappings } from '../../src/event/stack/mappings.ts';

/** A segment as a bundler gives it: generated line and column, then where it comes from. */
interface Segment {
  readonly line: number;
  readonly column: number;
  readonly from: readonly [source: number, line: number, column: number, name: number] | undefined;
}

const NAMES = ['a', 'bee', 'constructor'];
const SOURCES = ['a.ts', 'b.ts', 'c.ts'];

function encode(segments: readonly Segment[]): ReturnType<typeof toEncodedMap> {
  const map = new GenMapping();
  for (const { line, column, from } of segments) {
    if (from === undefined) addSegment(map, line, column);
    else {
      const [source, sourceLine, sourceColumn, name] = from;
      addSegment(map, line, column, SOURCES[source]!, sourceLine, sourceColumn, NAMES[name] ?? '');
    }
  }
  return toEncodedMap(map);
}

const segment = fc.record({
  line: fc.nat(12),
  column: fc.oneof(fc.nat(40), fc.nat(200_000)),
  from: fc.option(
    fc.tuple(fc.nat(2), fc.oneof(fc.nat(50), fc.nat(1_000_000)), fc.nat(500), fc.nat(5)),
    { nil: undefined },
  ),
});

t.test('every place is found as by @jridgewell/trace-mapping', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 60 }),
        fc.array(fc.tuple(fc.nat(14), fc.oneof(fc.nat(45), fc.nat(210_000))), { maxLength: 10 }),
        (segments, others) => {
          const map = encode(segments);
          const reference = new TraceMap(map);
          const mappings = readMappings(map.mappings);
          const asked = [...others, ...segments.map(({ line, column }) => [line, column] as const)];
          for (const [line, column] of asked) {
            const expected = originalPositionFor(reference, { line: line + 1, column });
            const found = mappings?.find(line, column);
            const same =
              (found === undefined && expected.source === null) ||
              (found !== undefined &&
                map.sources[found.source] === expected.source &&
                found.line + 1 === expected.line &&
                found.column === expected.column &&
                (found.name === undefined || map.names[found.name] === expected.name));
            if (!same) throw new Error(`${line}:${column} ${JSON.stringify([found, expected])}`);
          }
        },
      ),
      { numRuns: 1_000 },
    ),
  );
});

t.test('a file of one line and many segments is found from remembered places', async (t) => {
  const columns = Array.from({ length: 10_000 }, (_, index) => index * 3);
  const map = encode(
    columns.map((column, index) => ({ line: 0, column, from: [index % 3, index, column, 0] })),
  );
  const mappings = readMappings(map.mappings);
  for (const index of [0, 1, 2_047, 2_048, 2_049, 4_096, 6_143, 6_144, 9_999]) {
    const expected = { source: index % 3, line: index, column: index * 3 };
    t.same(mappings?.find(0, index * 3), { ...expected, name: 0 }, `segment ${index}`);
    t.same(mappings?.find(0, index * 3 + 2), expected, `behind segment ${index}: no name`);
  }
  t.equal(mappings?.find(1, 0), undefined, 'a line behind the last');
});

t.test('of several segments for one place the first one counts', async (t) => {
  // Column 4 twice: source line 1, then 3.
  t.equal(readMappings('IACA,AAEA')?.find(0, 4)?.line, 1);
});

t.test('a text that is no mapping is not used', async (t) => {
  for (const text of [
    'AA',
    'AAA',
    'AAAAAA',
    'A!',
    'AAAé',
    'g',
    'AAgggggggggggA',
    'D',
    'ADAA',
    'E,D',
  ]) {
    t.equal(readMappings(text), undefined, text);
  }
  t.equal(readMappings('')?.find(0, 0), undefined, 'an empty one has nothing');
  t.equal(readMappings(';;;')?.find(1, 0), undefined);
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string(), fc.nat(5), fc.nat(5), (text, line, column) => {
        readMappings(text)?.find(line, column);
      }),
    ),
  );
});
