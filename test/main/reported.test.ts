import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { Reported } from '../../src/main/reported.ts';

t.test('an object is known for good, the rest while its listeners are called', async (t) => {
  const reported = new Reported();
  const error = new Error('it broke');
  const same = { message: error.message, stack: `${error.stack}\nCaused by: Error: inner` };
  t.equal(reported.has(error), false);
  reported.add(error);
  const other = new Error('it broke');
  t.strictSame(
    [error, same, other, 'it broke', undefined].map((each) => reported.has(each)),
    [true, true, false, false, false],
  );
  reported.add('a text');
  t.strictSame(
    [error, 'a text', 'another', { stack: 'a text' }].map((each) => reported.has(each)),
    [true, true, false, false],
  );
  reported.add(undefined);
  t.equal(reported.has(undefined), true);
  await nextTurn();
  t.strictSame(
    [error, same, 'a text', undefined].map((each) => reported.has(each)),
    [true, false, false, false],
  );
});

t.test('an error without a stack is like no other', (t) => {
  const reported = new Reported();
  reported.add({ message: 'it broke', stack: '' });
  t.equal(reported.has({ message: 'it broke', stack: '' }), false);
  t.equal(reported.has({ stack: 'Error: any' }), false);
  t.end();
});
