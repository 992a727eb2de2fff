import t from 'tap';
import { Steps, type CrumbMaker, type Made } from '../../src/main/steps.ts';

/** Notes what it is asked for, and refuses what is called "no". */
function maker(name: string): CrumbMaker & { readonly asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    breadcrumb(input) {
      asked.push(input.message);
      if (input.message === 'no') return undefined;
      return { timestamp: 'then', level: 'info', message: `${input.message} by ${name}` };
    },
  };
}

function messages(made: readonly Made[]): (string | undefined)[] {
  return made.map(({ crumb }) => crumb.message);
}

t.test('a step is completed when it is needed, once', async (t) => {
  const steps = new Steps(10);
  const a = maker('a');
  steps.record({ message: 'one' });
  steps.record({ message: 'no' });
  t.strictSame(a.asked, []);
  t.strictSame(messages(steps.made(a)), ['one by a']);
  t.strictSame(messages(steps.made(a)), ['one by a']);
  t.strictSame(a.asked, ['one', 'no'], 'what was refused is not asked for again');
});

t.test('what another one has completed is completed anew', async (t) => {
  const steps = new Steps(10);
  const [a, b] = [maker('a'), maker('b')];
  const crumb = a.breadcrumb({ message: 'one' });
  if (crumb === undefined) throw new Error('nothing was made');
  steps.add(crumb, a);
  t.strictSame(messages(steps.made(a)), ['one by a']);
  t.strictSame(messages(steps.made(b)), ['one by a by b'], 'it may know other secrets');
});

t.test('the newest steps are kept, in their order', async (t) => {
  const steps = new Steps(3);
  const a = maker('a');
  for (const message of ['1', '2', '3', '4', '5']) steps.record({ message });
  t.strictSame(messages(steps.made(a)), ['3 by a', '4 by a', '5 by a']);
});

t.test('a copy goes its own way', async (t) => {
  const steps = new Steps(10);
  const a = maker('a');
  steps.record({ message: 'both' });
  const copy = steps.copy();
  steps.record({ message: 'original' });
  copy.record({ message: 'copy' });
  t.strictSame(messages(copy.made(a)), ['both by a', 'copy by a']);
  t.strictSame(messages(steps.made(a)), ['both by a', 'original by a']);
  t.strictSame(a.asked, ['both', 'copy', 'original'], 'what both have is completed once');
});

t.test('what was never completed is not among the completed', async (t) => {
  const steps = new Steps(10);
  const a = maker('a');
  steps.record({ message: 'one' });
  t.strictSame(steps.completed(), []);
  steps.made(a);
  t.match(steps.completed(), [{ message: 'one by a' }]);
});

t.test('without room nothing is kept', async (t) => {
  const steps = new Steps(0);
  const a = maker('a');
  steps.record({ message: 'one' });
  steps.add({ timestamp: 'then', level: 'info' }, a);
  t.strictSame(steps.made(a), []);
});
