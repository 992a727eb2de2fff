import { createHash } from 'node:crypto';
import tap from 'tap';
import { clientFingerprint, firstLine, serverFingerprint } from '../../src/dev/grouping.ts';

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

const event = { message: 'User 42 not found', backtrace: '', metadata: {} };

await tap.test('a fingerprint has 32 digits that anyone can compute again', (t) => {
  // printf 'a|b' | sha256sum
  t.equal(clientFingerprint(['a', 'b']), '0eab8a0a3380abf4c7d1fb0b43b66aaf');
  t.end();
});

await tap.test("a client's fingerprint is trimmed, joined with pipes, and hashed", (t) => {
  for (const [value, text] of [
    ['key', 'key'],
    [' key\n', 'key'],
    [['a', ' b ', '', null, '\u00A0'], 'a|b'],
    [['a', 1, true], 'a|1|true'],
    [{ a: 1 }, '{"a" => 1}'],
    [false, 'false'],
  ] as const) {
    t.equal(clientFingerprint(value), sha(text), JSON.stringify(value));
  }
  for (const blank of [undefined, null, '', '  ', [], ['', null]]) {
    t.equal(clientFingerprint(blank), undefined, JSON.stringify(blank));
  }
  t.end();
});

await tap.test('with an application frame: class, file and function of the first one', (t) => {
  const frames = [
    { filename: 'node_modules/a.js', function: 'lib', in_app: false },
    { filename: 'src/a.ts', function: 'run', in_app: true, lineno: 7 },
    { filename: 'src/b.ts', function: 'main', in_app: true },
  ];
  const metadata = { exception_class: 'TypeError', exception_frames: frames };
  const expected = { fingerprint: sha('v2|TypeError|src/a.ts|run'), grouping: 'frames' };
  t.same(serverFingerprint({ ...event, metadata }), expected);
  t.same(
    serverFingerprint({ message: 'another', backtrace: 'x', metadata }),
    expected,
    'message and backtrace play no part',
  );
  t.end();
});

await tap.test('odd frames group as Ruby would', (t) => {
  for (const [name, metadata, text] of [
    [
      'no class',
      { exception_frames: [{ in_app: true, filename: 'a', function: 'f' }] },
      'v2|Unknown|a|f',
    ],
    ['an empty class', { exception_class: '', exception_frames: [{ in_app: true }] }, 'v2|||'],
    ['no function', { exception_frames: [{ in_app: true, filename: 'a' }] }, 'v2|Unknown|a|'],
    [
      'the string false',
      { exception_frames: [{ in_app: 'false', filename: 'a' }] },
      'v2|Unknown|a|',
    ],
    ['zero', { exception_frames: [{ in_app: 0, filename: 'a' }] }, 'v2|Unknown|a|'],
    ['frames of other types', { exception_frames: [1, 'a', { in_app: 1 }] }, 'v2|Unknown||'],
  ] as const) {
    t.equal(serverFingerprint({ ...event, metadata }).fingerprint, sha(text), name);
  }
  t.end();
});

await tap.test('without one: the message with numbers folded, and the first line as it is', (t) => {
  for (const [name, given, text] of [
    ['no backtrace', {}, 'User N not found|'],
    ['a backtrace', { backtrace: '  at a.js:12:3 \nat b' }, 'User N not found|at a.js:12:3'],
    ['digits in words', { message: 'id a1b22, 3.5' }, 'id aNbN, N.N|'],
    [
      'library frames only',
      { metadata: { exception_frames: [{ in_app: false }] } },
      'User N not found|',
    ],
    ['frames that are no list', { metadata: { exception_frames: 'a' } }, 'User N not found|'],
  ] as const) {
    t.same(
      serverFingerprint({ ...event, ...given }),
      { fingerprint: sha(text), grouping: 'message' },
      name,
    );
  }
  t.equal(firstLine('\r\n at'), '');
  t.end();
});
