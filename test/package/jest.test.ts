import { fileURLToPath } from 'node:url';
import t from 'tap';
import { strictServer } from '../helpers/errsight.ts';
import { installPacked, makeConsumer } from './consumer.ts';

const installed = await installPacked(t);
const jest = fileURLToPath(import.meta.resolve('jest/bin/jest'));

interface Tests {
  readonly of: string;
  readonly match: string;
  readonly count: number;
  readonly flags?: readonly string[];
  /** Message and class of what arrives. */
  readonly events: readonly (readonly [message: string, exceptionClass: string])[];
}

const TESTS: readonly Tests[] = [
  {
    of: 'CommonJS',
    match: '**/*.test.js',
    count: 4,
    events: [
      ['captured in Jest', 'TypeError'],
      ['logged to the stream in Jest', 'RangeError'],
      ['logged to the target in Jest', 'RangeError'],
    ],
  },
  {
    of: 'ES modules',
    match: '**/*.test.mjs',
    count: 1,
    flags: ['--experimental-vm-modules'],
    events: [
      ['captured in an ES module in Jest', 'TypeError'],
      ['logged to the target in an ES module in Jest', 'RangeError'],
    ],
  },
];

for (const { of, match, count, flags = [], events } of TESTS) {
  t.test(`events arrive from Jest's tests of ${of}, and Jest ends by itself`, async (t) => {
    const server = await strictServer(t);
    const project = makeConsumer(t, installed, 'jest', ['pino']);
    const ended = await project.node(
      [...flags, jest, '--ci', '--runInBand', '--no-cache', '--testMatch', match],
      server.env,
    );
    t.equal(ended.code, 0, ended.stderr);
    t.match(ended.stderr, new RegExp(`^Tests: +${count} passed, ${count} total$`, 'm'));
    t.notMatch(ended.stderr, /did not exit/);
    t.match(
      server.events.toSorted((a, b) => a.message.localeCompare(b.message)),
      events
        .map(([text, name]) => ({
          message: `${name}: ${text}`,
          metadata: { exception_class: name },
        }))
        .toSorted((a, b) => a.message.localeCompare(b.message)),
    );
    t.equal(server.events.length, events.length, 'each once');
  });
}
