import * as fc from 'fast-check';
import { test } from 'tap';
import type { Lane } from '../../src/delivery/lanes.ts';
import { type Nature, type Weather, World } from './world.ts';

const HISTORIES = 5_000;

const weather = fc.constantFrom<Weather>(
  'fine',
  'fine',
  'down',
  'stored, but no answer',
  'no answer',
  'cut off',
  'paused',
  'key refused',
  '500',
  'gateway 400',
  'gateway 403',
  'gateway 413',
  'gateway 422',
);

const add = fc.record({
  op: fc.constant('add' as const),
  lane: fc.constantFrom<Lane>(0, 1, 2, 2, 3, 4, 4),
  nature: fc.constantFrom<Nature>(...Array<Nature>(12).fill('plain'), 'unreadable', 'disliked'),
  count: fc.oneof(fc.constant(1), fc.nat(30)),
});

const command = fc.oneof(
  { weight: 6, arbitrary: add },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('advance' as const),
      ms: fc.oneof(fc.nat(3_000), fc.nat(120_000)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('weather' as const), weather }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('flush' as const), ms: fc.nat(8_000) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('restart' as const), ms: fc.nat(5_000) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('rotate the key' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('jump' as const),
      ms: fc.integer({ min: -7_200_000, max: 7_200_000 }),
    }),
  },
);

void test('a flush is not said to be done if an event that was kept aside is lost at once', async () => {
  const world = new World({
    hasSpool: false,
    diskSize: Infinity,
    knowsIds: false,
    limit: 1,
    maxQueueSize: 5,
    latency: 0,
  });
  world.add(0, 'disliked');
  world.add(0, 'plain');
  await world.advance(300);
  world.flush(0);
  for (let left = 5; left > 0; left--) world.add(0, 'plain');
  await world.end();
});

void test(`in ${HISTORIES} histories every event has one fate, told once`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 25 }),
      fc.record({
        hasSpool: fc.boolean(),
        diskSize: fc.constantFrom(Infinity, Infinity, 3, 20),
        knowsIds: fc.boolean(),
        limit: fc.constantFrom(1, 5, 60, 60, Infinity),
        maxQueueSize: fc.constantFrom(5, 40, 1_000),
        latency: fc.constantFrom(0, 50, 1_500),
      }),
      async (commands, options) => {
        const world = new World(options);
        for (const each of commands) {
          switch (each.op) {
            case 'add':
              for (let left = each.count; left > 0; left--) world.add(each.lane, each.nature);
              break;
            case 'advance':
              await world.advance(each.ms);
              break;
            case 'weather':
              world.weather = each.weather;
              break;
            case 'flush':
              world.flush(each.ms);
              break;
            case 'kill':
              await world.kill();
              break;
            case 'restart':
              await world.restart(each.ms);
              break;
            case 'rotate the key':
              world.rotateKey();
              break;
            case 'jump':
              world.jump(each.ms);
              world.hasJumped = true;
              break;
          }
        }
        await world.end();
      },
    ),
    { numRuns: HISTORIES },
  );
});
