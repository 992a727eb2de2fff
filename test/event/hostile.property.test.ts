import fc from 'fast-check';
import t from 'tap';
import { runs } from '../helpers/attack.ts';
import { api, context, isQuiet, madeContext, start, value } from '../helpers/hostile-context.ts';
import { fieldsOf } from '../helpers/hostile.ts';

t.test('whatever is thrown, one good event without a secret is made', async (t) => {
  const attack = start(t);
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(value, fc.option(context), (thrown, said) => {
        attack.check(() => {
          api['captureException']?.(thrown.make(), said === null ? undefined : madeContext(said));
        }, 1);
      }),
      runs(3_000),
    ),
  );
  await isQuiet(t, attack);
});

t.test('whatever an error has for properties, one good event is made', async (t) => {
  const attack = start(t, { attachStacktrace: true });
  const properties = fieldsOf(
    ['name', 'message', 'stack', 'cause', 'errors', 'constructor', 'type', 'toJSON', 'code'],
    value,
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.constantFrom(Error, TypeError, Object, Array), properties, (Base, given) => {
        attack.check(() => {
          const thrown: object = Reflect.construct(Base, []);
          // V8 writes it late, and calls what is on the error by then.
          Reflect.get(thrown, 'stack');
          const made = given.make() as Record<string, unknown>;
          for (const key of Object.keys(made)) {
            // An array's length cannot be replaced.
            Reflect.defineProperty(thrown, key, { get: () => made[key], enumerable: true });
          }
          api['captureException']?.(thrown);
        }, 1);
      }),
      runs(2_000),
    ),
  );
  await isQuiet(t, attack);
});
