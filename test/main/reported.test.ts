import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { projectOf } from '../../src/options/project.ts';
import { Reported } from '../../src/main/reported.ts';

const SHOP = projectOf({ host: 'https://errsight.com', apiKey: 'elp_shop' });
const BANK = projectOf({ host: 'https://errsight.com', apiKey: 'elp_bank' });

const OBJECTS: Readonly<Record<string, () => object>> = {
  'an Error': () => new Error('it broke'),
  'a frozen Error': () => Object.freeze(new Error('it broke')),
  'a plain object': () => ({ code: 'E_PAY' }),
  'an object without a prototype': () => Object.create(null) as object,
  'a function': () => () => undefined,
  'a Proxy that refuses everything': () =>
    new Proxy(
      {},
      Object.fromEntries(
        ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'defineProperty'].map((trap) => [
          trap,
          () => {
            throw new Error(trap);
          },
        ]),
      ),
    ),
};

for (const [what, make] of Object.entries(OBJECTS)) {
  t.test(`${what} is one thing to a project, however often it is seen`, (t) => {
    const reported = new Reported();
    const [thrown, other] = [make(), make()];
    const keys = what.includes('Proxy') ? [] : Reflect.ownKeys(thrown);
    const see = (value: object, level: 'warning' | 'error' | 'fatal', project = SHOP): string =>
      reported.see(value, level, project).sighting;
    t.equal(reported.has(thrown, SHOP), false);
    t.equal(see(thrown, 'error'), 'new');
    t.equal(see(thrown, 'error'), 'duplicate');
    t.equal(see(thrown, 'warning'), 'duplicate', 'less grave');
    t.equal(see(thrown, 'fatal'), 'graver');
    t.equal(see(thrown, 'fatal'), 'duplicate', 'as grave');
    t.equal(see(thrown, 'error'), 'duplicate');
    t.equal(see(thrown, 'error', BANK), 'new', 'to another project');
    t.equal(see(other, 'error'), 'new', 'one like it is another one');
    t.equal(reported.has(thrown, SHOP), true);
    if (!what.includes('Proxy')) t.strictSame(Reflect.ownKeys(thrown), keys, 'it looks the same');
    t.end();
  });
}

t.test('what is no object has no identity', (t) => {
  const reported = new Reported();
  for (const value of ['a text', 7, undefined, null, Symbol.iterator]) {
    t.equal(reported.see(value, 'error', SHOP).sighting, 'new');
    t.equal(reported.see(value, 'error', SHOP).sighting, 'new');
  }
  t.end();
});

t.test('a report keeps the id of its event', (t) => {
  const reported = new Reported();
  const error = new Error('it broke');
  reported.see(error, 'error', SHOP).report.id = 'the id';
  t.match(reported.see(error, 'fatal', SHOP).report, { id: 'the id', level: 'fatal' });
  t.end();
});

t.test(
  'while the listeners of an uncaught error are called, its copies are that one',
  async (t) => {
    const reported = new Reported();
    const see = (value: unknown, project = SHOP): string =>
      reported.see(value, 'fatal', project).sighting;
    const [error, twin] = [new Error('it broke'), new Error('it broke')];
    Object.assign(twin, { stack: error.stack });
    const copy = { message: error.message, stack: `${error.stack}\nCaused by: Error: inner` };
    reported.begin(error, SHOP);
    t.equal(see(error), 'new');
    t.equal(see(copy), 'duplicate', 'what a serializer made of it');
    t.equal(see(twin), 'new', 'another Error of the same line is another one');
    t.equal(see({ message: 'it broke' }), 'new', 'without a stack nothing is known');
    await nextTurn();
    t.equal(see(error), 'duplicate');
    t.equal(see({ ...copy }), 'new', 'later it can be thrown once more');
  },
);

t.test('what is no object is known while its listeners are called', async (t) => {
  const reported = new Reported();
  const see = (value: unknown, project = SHOP): string =>
    reported.see(value, 'fatal', project).sighting;
  for (const value of ['a text', undefined, Number.NaN]) {
    reported.begin(value, SHOP);
    t.equal(see(value), 'new');
    reported.begin(value, BANK);
    t.equal(see(value, BANK), 'new', 'one project after the other is told');
    t.strictSame([see(value), see(value, BANK), see('another')], ['duplicate', 'duplicate', 'new']);
    reported.begin(value, SHOP);
    t.equal(see(value), 'new', 'thrown twice in a turn');
    await nextTurn();
    t.equal(see(value), 'new', 'thrown later');
  }
});
