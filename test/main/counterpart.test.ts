/** An error and a logger's copy of it, outside of a request. */
import t from 'tap';
import { systemClock } from '../../src/lib/clock.ts';
import { relativeOf } from '../../src/main/counterpart.ts';
import { Reported } from '../../src/main/reported.ts';

class OrderError extends Error {}

const errorOf = (): OrderError => new OrderError('no order');
const copyOf = ({ stack }: Error): Error => Object.assign(new Error('it failed'), { stack });

for (const [name, wait, isOne] of [
  ['at once', 0, true],
  ['while its event may wait', 1_999, true],
  ['later, when the same line has failed again', 2_000, false],
] as const) {
  t.test(`a copy comes ${name}: ${isOne ? 'one failure' : 'two'}`, async (t) => {
    let now = 5_000;
    t.intercept(systemClock, 'now', { value: () => now });
    const reported = new Reported();
    const [first, again] = [1, 2].map(errorOf) as [OrderError, OrderError];
    t.equal(relativeOf(reported, first, undefined, 'shop', undefined), undefined);
    now += wait;
    const found = relativeOf(reported, copyOf(again), undefined, 'shop', undefined);
    t.equal(found?.error, isOne ? first : undefined);
  });
}

t.test('what a serializer has made of another error is no copy', async (t) => {
  const reported = new Reported();
  const [first, again] = [1, 2].map(errorOf) as [OrderError, OrderError];
  relativeOf(reported, first, undefined, 'shop', undefined);
  const { message, stack } = again;
  t.equal(relativeOf(reported, { message, stack }, undefined, 'shop', undefined), undefined);
  t.equal(relativeOf(reported, { stack }, undefined, 'shop', undefined)?.error, first);
});
