import t from 'tap';
import { foldDigits, foldMessage } from '../../src/event/make/fold.ts';
import { groupingOf } from '../../src/event/make/group.ts';
import type { ExceptionInfo } from '../../src/event/error/exception.ts';
import type { Frame } from '../../src/event/event.ts';

function frame(filename: string, name: string, more: Partial<Frame> = {}): Frame {
  return { filename, function: name, in_app: false, ...more };
}

function error(frames: readonly Frame[], more: Partial<ExceptionInfo> = {}): ExceptionInfo {
  const base = {
    class: 'Error',
    message: 'm',
    isError: true,
    isTelling: true,
    apart: undefined,
    backtrace: undefined,
  };
  return { ...base, frames, causes: [], properties: {}, ...more };
}

const OWN = frame('a.js', 'run', { in_app: true, context_line: '  throw x;' });
const LIBRARY = frame('node_modules/pg/parser.js', 'Parser.parse');
const RUNNER = frame('node:internal/process/task_queues', 'process.processTicksAndRejections');

t.test('what an event is grouped by, and what is sent for it', async (t) => {
  const rows: readonly (readonly [string, ExceptionInfo | undefined, readonly Frame[], object])[] =
    [
      ['a function', error([OWN]), [OWN], { by: 'frame' }],
      [
        'a name that others have',
        error([OWN], { isTelling: false }),
        [OWN],
        { by: 'line', fingerprint: ['E', 'a.js', 'throw x;'] },
      ],
      [
        'a line that the file has twice',
        error([OWN], { isTelling: false, apart: "get('/b', () => {" }),
        [OWN],
        { by: 'line', fingerprint: ['E', 'a.js', 'throw x;', "get('/b', () => {"] },
      ],
      [
        'a library',
        error([RUNNER, LIBRARY], { properties: { code: '42P01' } }),
        [RUNNER, LIBRARY],
        { by: 'frame', fingerprint: ['E', '42P01', 'node_modules/pg/parser.js', 'parse'] },
      ],
      [
        'a word before the message',
        error([LIBRARY], { message: 'WRONGTYPE Operation' }),
        [LIBRARY],
        { by: 'frame', fingerprint: ['E', 'WRONGTYPE', 'node_modules/pg/parser.js', 'parse'] },
      ],
      [
        'a system call without frames',
        error([], { properties: { code: 'ENOENT', syscall: 'open' } }),
        [],
        { by: 'message', fingerprint: ['Error', 'ENOENT', 'open'] },
      ],
      [
        'a library, with an id in the code',
        error([LIBRARY], { properties: { code: 'ORDER_12345_GONE' } }),
        [LIBRARY],
        { by: 'frame', fingerprint: ['E', 'ORDER_N_GONE', 'node_modules/pg/parser.js', 'parse'] },
      ],
      [
        'a library, with a state of SQL',
        error([LIBRARY], { properties: { code: '23505' } }),
        [LIBRARY],
        { by: 'frame', fingerprint: ['E', '23505', 'node_modules/pg/parser.js', 'parse'] },
      ],
      [
        'a library, with an id at the beginning of the message',
        error([LIBRARY], { message: 'ORDER_998877 is gone' }),
        [LIBRARY],
        { by: 'frame', fingerprint: ['E', 'ORDER_N', 'node_modules/pg/parser.js', 'parse'] },
      ],
      ['what only carries on', error([RUNNER]), [RUNNER], { by: 'message', fingerprint: ['m N|'] }],
      ['a text', undefined, [], { by: 'message' }],
      ['a text with its place', undefined, [OWN], { by: 'message', fingerprint: ['m N|'] }],
    ];
  for (const [name, thrown, frames, expected] of rows) {
    const isTelling = thrown?.isTelling ?? false;
    const apart = thrown?.apart;
    const given = { message: 'm 5', className: 'E', error: thrown, frames, isTelling, apart };
    t.same(groupingOf(given), expected, name);
  }
});

t.test('ids, addresses and numbers of a message are left out', async (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['user 17 not found', 'user N not found'],
    ['user 7c9e6679-7425-40de-944b-e07fc1f90ae7 not found', 'user N not found'],
    ['user 507f1f77bcf86cd799439011 not found', 'user N not found'],
    ['user ada.b+c@mail.example.org not found', 'user N not found'],
    ['user ord_7fA9x2LmQ0pZ not found', 'user N not found'],
    ['at 0x1fce: -1.5 of 1,000', 'at N: N of N'],
    ['commit deadbeef1', 'commit N'],
    ['customer cus_NffrFeUfNV2Hib not found', 'customer N not found'],
    ['no answer from 2001:db8::ff00:42:8329', 'no answer from N'],
    ['connect ::1:80 and fe80::1%eth0', 'connect N and N%ethN'],
    ['std::vector at 12:30:05, a::b', 'std::vector at N:N:N, a::b'],
    ['user_name and file_2 of max_tokens', 'user_name and file_N of max_tokens'],
    ['user V1StGXR8_Z5jdHi6B-myT not found', 'user N not found'],
    ['no answer from api-7f9c4d5b6-x2x4z', 'no answer from api-N-N'],
    ['no answer from worker-x2x4z', 'no answer from worker-N'],
    ['no /tmp/tmp-9fj2kd81/a and temp_Ab3dEf', 'no /tmp/tmp-N/a and temp_N'],
    ['Payment-Provider-V2-x is down', 'Payment-Provider-VN-x is down'],
    ['no such_long_column_in_3 of read-only', 'no such_long_column_in_N of read-only'],
    ['tmp-folder 5 of temp-directory', 'tmp-folder N of temp-directory'],
    ['a facade was declined', 'a facade was declined'],
    ['port v2 of http2', 'port vN of httpN'],
  ];
  for (const [message, expected] of rows) t.equal(foldMessage(message), expected, message);
  t.equal(foldDigits('a1b22'), 'aNbN');
});
