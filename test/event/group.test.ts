import t from 'tap';
import { makeEvent } from '../helpers/event.ts';
import type { Frame } from '../../src/event/event.ts';
import { createGrouper } from '../../src/event/make/group.ts';

function thrown(name: string, ...frames: readonly (readonly [string, string, boolean])[]): object {
  return {
    metadata: {
      exception_class: name,
      exception_frames: frames.map(([filename, name_, inApp]): Frame => ({
        filename,
        function: name_,
        in_app: inApp,
      })),
    },
  };
}

t.test('events are one group that ErrSight would make one issue of', async (t) => {
  const dependency = ['node_modules/dep/index.js', 'dep', false] as const;
  const rows: readonly (readonly [string, object, object, boolean])[] = [
    ['one message', {}, {}, true],
    ['other digits', { message: 'order 17' }, { message: 'order 4' }, true],
    ['another message', { message: 'a' }, { message: 'b' }, false],
    ['one fingerprint', { fingerprint: ['a'], message: 'x' }, { fingerprint: ['a'] }, true],
    ['another fingerprint', { fingerprint: ['a'] }, { fingerprint: ['b'] }, false],
    [
      'one function, two messages',
      { ...thrown('E', dependency, ['a.js', 'f', true]), message: 'x' },
      thrown('E', ['a.js', 'f', true]),
      true,
    ],
    ['another function', thrown('E', ['a.js', 'f', true]), thrown('E', ['a.js', 'g', true]), false],
    ['another class', thrown('E', ['a.js', 'f', true]), thrown('F', ['a.js', 'f', true]), false],
    ['nothing of the application', thrown('E', dependency), thrown('F', dependency), true],
  ];
  for (const [name, one, other, same] of rows) {
    const groups = createGrouper();
    const first = groups.of(makeEvent(one));
    const second = groups.of(makeEvent(other));
    t.equal(first.isFirst, true, name);
    t.equal(second.isFirst, !same, name);
    t.equal(first.group === second.group, same, name);
  }
});

t.test('a thousand groups are remembered', async (t) => {
  const groups = createGrouper();
  const at = (index: number): boolean =>
    groups.of(
      makeEvent({ message: 'm'.repeat(1 + (index % 250)) + 'abcdef'[Math.floor(index / 250)]! }),
    ).isFirst;
  for (let index = 0; index < 1_001; index += 1) t.ok(at(index));
  t.notOk(at(1_000));
  t.ok(at(0), 'the one that was met longest ago is a first again');
});
