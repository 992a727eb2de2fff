import fc from 'fast-check';
import t from 'tap';
import { makeEvent } from '../helpers/event.ts';
import { fit, MAX_EVENT_BYTES, shrink } from '../../src/event/wire/fit.ts';
import type { Breadcrumb, ErrsightEvent, Frame } from '../../src/event/event.ts';

function fitted(changes: Partial<ErrsightEvent> = {}, maxBytes?: number): ErrsightEvent {
  return JSON.parse(fit(makeEvent(changes), maxBytes).toString()) as ErrsightEvent;
}

const EXCEPTION = { exception_class: 'E', exception_frames: [], exception_causes: [] };

const many = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

t.test('an event within the limits goes as it is', (t) => {
  t.strictSame(fitted({ release: '1.0', backtrace: 'at f (a.js:1:2)' }), {
    ...makeEvent(),
    release: '1.0',
    backtrace: 'at f (a.js:1:2)',
  });
  t.end();
});

t.test('texts are cut to what ErrSight keeps, and it is said', (t) => {
  const result = fitted({
    message: 'm'.repeat(12_000),
    environment: 'e'.repeat(300),
    release: 'r'.repeat(300),
  });
  t.equal(result.message.length, 10_000);
  t.equal(result.environment.length, 200);
  t.equal(result.release?.length, 120);
  t.strictSame(result.metadata['errsight_trimmed'], { message: 12_000 });
  t.end();
});

t.test('a blank message becomes the class, since ErrSight discards blank ones', (t) => {
  t.equal(
    fitted({ message: ' \n', metadata: { exception_class: 'TypeError' } }).message,
    'TypeError',
  );
  t.equal(fitted({ message: '' }).message, '(no message)');
  t.equal(fitted({ message: '\u001b[31m\u001b[0m' }).message, '(no message)');
  t.equal(fitted({ message: '\u0085' }).message, '(no message)', 'white space to ErrSight');
  t.equal(fitted({ message: '', metadata: { exception_class: 'a[m' } }).message, 'a[\u200bm');
  t.end();
});

t.test('metadata has 50 keys, those of the exception first, and the rest is counted', (t) => {
  const rest = Object.fromEntries(many(60).map((index) => [`key${index}`, index]));
  const { metadata } = fitted({
    metadata: { ...rest, ...EXCEPTION },
  });
  t.equal(Object.keys(metadata).length, 50);
  const first = Object.keys(metadata).slice(0, 4);
  t.strictSame(new Set(first.slice(0, 3)), new Set(Object.keys(EXCEPTION)));
  t.equal(first[3], 'key0');
  t.strictSame(metadata['errsight_trimmed'], { metadata: 14 });
  t.end();
});

t.test('keys that every object has are keys like any other', (t) => {
  const metadata = JSON.parse('{"toString":1,"constructor":2,"__proto__":3}') as Record<
    string,
    unknown
  >;
  t.match(fit(makeEvent({ metadata })).toString(), '{"toString":1,"constructor":2,"__proto__":3}');
  t.end();
});

t.test('request_id is a string, since a number breaks a page of ErrSight', (t) => {
  t.equal(fitted({ metadata: { request_id: 17 } }).metadata['request_id'], '17');
  t.equal(fitted({ metadata: { request_id: 'r-1' } }).metadata['request_id'], 'r-1');
  t.end();
});

t.test('tags: 30, with short keys and values', (t) => {
  const tags = Object.fromEntries(many(40).map((index) => [`tag${index}`, String(index)]));
  const result = fitted({ tags: { ['k'.repeat(100)]: 'v'.repeat(500), ...tags } });
  const [first] = Object.entries(result.tags);
  t.equal(Object.keys(result.tags).length, 30);
  t.strictSame([first?.[0].length, first?.[1].length], [60, 200]);
  t.strictSame(result.metadata['errsight_trimmed'], { tags: 11 });
  t.end();
});

t.test('tags whose names are the same once cut are counted, not merged unseen', (t) => {
  const name = 'n'.repeat(60);
  const result = fitted({ tags: { [`${name}1`]: 'a', [`${name}2`]: 'b' } });
  t.strictSame(Object.values(result.tags), ['a']);
  t.strictSame(result.metadata['errsight_trimmed'], { tags: 1 });
  t.end();
});

t.test('breadcrumbs: the newest 50, where ErrSight itself would keep the oldest', (t) => {
  const breadcrumbs = many(60).map((index): Breadcrumb => ({
    timestamp: '2026-01-02T03:04:05.678Z',
    level: 'info',
    message: String(index),
  }));
  const result = fitted({ breadcrumbs });
  t.equal(result.breadcrumbs.length, 50);
  t.equal(result.breadcrumbs[0]?.message, '10');
  t.equal(result.breadcrumbs.at(-1)?.message, '59');
  t.end();
});

t.test('user: four fields of texts, none of them blank', (t) => {
  t.strictSame(fitted({ user: { id: 7, email: '  ', username: ' ada ' } }).user, {
    id: '7',
    username: 'ada',
  });
  t.equal(fitted({ user: { id: '' } }).user, undefined);
  t.end();
});

const frame = (index: number): Frame => ({
  filename: `src/file${index}.js`,
  function: 'f',
  lineno: index,
  in_app: true,
  pre_context: ['a'.repeat(200)],
  context_line: 'b'.repeat(200),
  post_context: ['c'.repeat(200)],
});

const large: Partial<ErrsightEvent> = {
  backtrace: 'at f (a.js:1:1)\n'.repeat(500),
  metadata: {
    exception_class: 'RangeError',
    exception_frames: many(50).map(frame),
    exception_causes: [{ class: 'E', message: 'm'.repeat(3_000), backtrace: 'x'.repeat(5_000) }],
    big: 'z'.repeat(20_000),
    ...Object.fromEntries(many(10).map((index) => [`field${index}`, 'y'.repeat(800)])),
  },
  breadcrumbs: many(50).map(() => ({
    timestamp: '2026-01-02T03:04:05.678Z',
    level: 'info',
    message: 'q'.repeat(100),
    data: { d: 'w'.repeat(400) },
  })),
};

t.test('a large event gives way step by step, what is missed least first', (t) => {
  const all = [
    'values',
    'breadcrumb_data',
    'source_lines',
    'metadata',
    'backtrace',
    'breadcrumbs',
    'exception',
  ];
  const cases: readonly (readonly [max: number, gone: readonly string[]])[] = [
    [MAX_EVENT_BYTES, []],
    [97_000, all.slice(0, 1)],
    [80_000, all.slice(0, 2)],
    [47_000, all.slice(0, 3)],
    [34_000, all.slice(0, 4)],
    [25_000, all.slice(0, 5)],
    [16_000, all.slice(0, 6)],
    [5_000, all],
  ];
  for (const [max, gone] of cases) {
    const bytes = fit(makeEvent(large), max);
    const result = JSON.parse(bytes.toString()) as ErrsightEvent;
    t.ok(bytes.length <= max, `${bytes.length} bytes are at most ${max}`);
    t.strictSame(
      Object.keys(result.metadata['errsight_trimmed'] ?? {}),
      gone.map((step) => `${step}_bytes`),
    );
    t.equal(result.metadata.exception_class, 'RangeError');
    t.equal(result.metadata.exception_frames?.[0]?.filename, 'src/file0.js');
  }
  t.end();
});

t.test('the biggest value gives way first, and alone', (t) => {
  const huge = 'x'.repeat(600_000);
  const step = { timestamp: '2026-01-02T03:04:05.678Z', level: 'info', message: 'm' } as const;
  const small = { order: 7, inner: { id: 1 } };
  const trail: Breadcrumb[] = many(50).map((index) => ({ ...step, data: { index } }));
  const listOfMany = many(120_000);
  const cases: readonly (readonly [what: string, big: unknown, left: unknown])[] = [
    ['a text', huge, `${'x'.repeat(997)}... [600000 bytes]`],
    ['a list', listOfMany, /^\[Array of 120000 elements: \d+ bytes\]$/],
    [
      'an object',
      Object.fromEntries(listOfMany.entries()),
      /^\[Object with 120000 keys: \d+ bytes\]$/,
    ],
    [
      'a part of an object',
      { a: 1, b: { c: [huge], d: 2 } },
      { a: 1, b: { c: [/ \[600000 bytes\]$/], d: 2 } },
    ],
    ['a key of every object', JSON.parse(`{"__proto__":"${huge}","a":1}`), { a: 1 }],
  ];
  for (const [what, big, left] of cases) {
    const metadata = { exception_class: 'E', ...small, big };
    const result = fitted({ metadata, breadcrumbs: trail });
    t.match(result.metadata, { ...small, big: left }, `${what} in the metadata`);
    t.strictSame(result.breadcrumbs, trail, `${what}: no step lost anything`);
    t.equal(metadata.big, big, `${what}: what was given stays as it is`);
    t.strictSame(Object.keys(result.metadata['errsight_trimmed'] ?? {}), ['values_bytes']);

    const steps = trail.with(7, { ...step, data: { index: 7, big } });
    const other = fitted({ metadata: small, breadcrumbs: steps });
    t.match(other.breadcrumbs[7]?.data, { index: 7, big: left }, `${what} in a step`);
    t.strictSame(
      other.breadcrumbs.toSpliced(7, 1),
      trail.toSpliced(7, 1),
      `${what}: the others stay`,
    );
    t.match(other.metadata, small);
  }
  t.end();
});

t.test('of several big values so many give way as have to', (t) => {
  const metadata = Object.fromEntries(
    many(5).map((index) => [`v${index}`, 'x'.repeat(100_000 + index)]),
  );
  const result = fitted({ metadata: { ...metadata, small: 1 } });
  const whole = Object.keys(metadata).filter((key) => result.metadata[key] === metadata[key]);
  t.strictSame(whole, ['v0', 'v1', 'v2', 'v3']);
  t.equal(result.metadata['small'], 1);
  t.end();
});

t.test('however much is cut, the event stays in the issue that it belongs to', (t) => {
  const frames = many(30).map((index) => ({ ...frame(index), in_app: index === 20 }));
  const group = ['E', 'src/file20.js', 'line'];
  for (const max of [60_000, 16_000, 5_000, 3_000, 1_500]) {
    const result = fitted(
      { ...large, metadata: { ...large.metadata, exception_frames: frames }, fingerprint: group },
      max,
    );
    const first = result.metadata.exception_frames?.find((each) => each.in_app);
    t.equal(first?.filename, 'src/file20.js', `the frame in ${max} bytes`);
    t.equal(result.metadata.exception_class, 'RangeError');
    t.strictSame(result.fingerprint, group);
  }
  t.end();
});

t.test('shrink halves an event that the server found too large, as long as it can', (t) => {
  let bytes: Buffer | undefined = fit(makeEvent(large));
  let before = Infinity;
  let rounds = 0;
  while (bytes !== undefined) {
    t.ok(bytes.length < before);
    before = bytes.length;
    bytes = shrink(bytes);
    rounds += 1;
  }
  t.ok(before < 1_500, `${before} bytes are left`);
  t.ok(rounds < 12);
  t.end();
});

t.test('whatever the texts, the event has at most so many bytes and is JSON', (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 3_000 });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        text,
        fc.dictionary(text, text, { maxKeys: 60 }),
        fc.integer({ min: 6_000, max: 20_000 }),
        (message, metadata, max) => {
          const bytes = fit(makeEvent({ message, metadata, tags: metadata }), max);
          JSON.parse(bytes.toString());
          return bytes.length <= max;
        },
      ),
    ),
  );
  t.end();
});

t.test('many objects in the metadata crowd out no scalar', (t) => {
  const objects = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`o${n}`, { n }]));
  const { metadata } = fitted({ metadata: { ...objects, orderId: 7, state: 'open' } });
  t.match(metadata, { o0: { n: 0 }, o19: { n: 19 }, orderId: 7, state: 'open' });
  t.equal(Object.keys(metadata).length, 50);
  t.end();
});
