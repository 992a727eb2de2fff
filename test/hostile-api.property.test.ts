import fc from 'fast-check';
import t from 'tap';
import { captureMessage, withScope } from '../src/index.ts';
import { runs } from './helpers/attack.ts';
import {
  api,
  context,
  isQuiet,
  level,
  madeContext,
  start,
  time,
  value,
  type Loose,
} from './helpers/hostile-context.ts';
import { fieldsOf, hostileKey, hostileText } from './helpers/hostile.ts';
import { secretHolder } from './helpers/planted.ts';
import { Recipe } from './helpers/recipe.ts';

t.test('whatever a message and its context are, one good event is made', async (t) => {
  const attack = start(t, { attachStacktrace: true });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(value, level, fc.oneof(value, context), (message, name, said) => {
        attack.check(() => {
          const extra = said instanceof Recipe ? said.make() : madeContext(said);
          api['captureMessage']?.(message.make(), name.make(), extra);
        }, 1);
      }),
      runs(2_000),
    ),
  );
  await isQuiet(t, attack);
});

t.test('whatever an event of the caller is, at most one good event is made', async (t) => {
  const attack = start(t);
  const fields = fieldsOf(['message', 'error', 'level', 'tags', 'metadata'], value);
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fields, time, fc.oneof(value, context), (known, at, said) => {
        attack.check(() => {
          const rest = said instanceof Recipe ? said.make() : madeContext(said);
          api['captureEvent']?.(rest);
          api['captureEvent']?.({ timestamp: at.make(), ...(known.make() as object) });
        });
      }),
      runs(1_500),
    ),
  );
  await isQuiet(t, attack);
});

t.test('whatever a scope is told, nothing is thrown, and events stay good', async (t) => {
  const attack = start(t);
  const setting = fc.tuple(
    fc.constantFrom(
      ...(['setUser', 'setTag', 'setTags', 'addBreadcrumb', 'setMetadata'] as const),
      ...(['setFingerprint', 'setLevel', 'setScopeUser'] as const),
    ),
    fc.oneof(value, secretHolder, fieldsOf(['id', 'email', 'message', 'data', 'category'], value)),
    fc.oneof(hostileKey, hostileText),
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(setting, { maxLength: 6 }), (settings) => {
        attack.check(
          () =>
            withScope((scope) => {
              const loose = scope as unknown as Record<string, Loose>;
              for (const [name, given, key] of settings) {
                const made = given.make();
                if (name === 'setTag') api['setTag']?.(key, made);
                else if (name === 'setScopeUser') loose['setUser']?.(made);
                else if (name in api) api[name]?.(made);
                else loose[name]?.call(scope, made);
              }
              captureMessage('said', 'error');
            }),
          1,
        );
      }),
      runs(2_000),
    ),
  );
  await isQuiet(t, attack);
});
