import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  addBreadcrumb,
  captureEvent,
  captureException,
  captureMessage,
  close,
  init,
  setTag,
  setTags,
  setUser,
  stats,
  withScope,
} from '../../src/index.ts';
import { Attack, attackedOptions, runs } from '../helpers/attack.ts';
import { anyText, fieldsOf, hostileKey, hostileText, hostileValue } from '../helpers/hostile.ts';
import { secretHolder } from '../helpers/planted.ts';
import { Recipe } from '../helpers/recipe.ts';

/** The API as JavaScript sees it. */
type Loose = (...args: unknown[]) => unknown;
const api = {
  captureException: captureException as Loose,
  captureMessage: captureMessage as Loose,
  captureEvent: captureEvent as Loose,
  addBreadcrumb: addBreadcrumb as Loose,
  setUser: setUser as Loose,
  setTag: setTag as Loose,
  setTags: setTags as Loose,
};

const text = anyText.map((value) => new Recipe(JSON.stringify(value), () => value));
const value = fc.oneof(hostileValue, text);
const level = fc.oneof(
  value,
  fc
    .constantFrom('fatal', 'WARN', 'silly', 'odd', 'constructor')
    .map((name) => new Recipe(name, () => name)),
);
const time = fc.oneof(
  value,
  fc
    .constantFrom(0, -1, 8.64e15, 9e15, 1e400, '2024-01-01', 'x', '+275760-09-13')
    .map((given) => new Recipe(String(given), () => given)),
);
const crumb = fc.record({
  known: fieldsOf(['message', 'category', 'level', 'data', 'timestamp'], value),
  timestamp: time,
});
const crumbs = fc.array(crumb, { maxLength: 3 });
const context = fc.record({
  fields: fieldsOf(['user', 'tags', 'metadata', 'fingerprint', 'level', 'breadcrumbs'], value),
  user: fieldsOf(['id', 'email', 'username', 'ip_address'], value),
  tags: fieldsOf(['a', 'b', 'password'], value),
  crumbs,
});

type Drawn<T> = T extends fc.Arbitrary<infer U> ? U : never;

function madeCrumb({ known, timestamp }: Drawn<typeof crumb>): object {
  return { timestamp: timestamp.make(), ...(known.make() as object) };
}

function madeContext(drawn: Drawn<typeof context>): object {
  return {
    user: drawn.user.make(),
    tags: drawn.tags.make(),
    breadcrumbs: drawn.crumbs.map(madeCrumb),
    // Last: these may be anything.
    ...(drawn.fields.make() as object),
  };
}

function start(t: Pick<Test, 'teardown'>, options: object = {}): Attack {
  const attack = new Attack(t);
  init({ ...attackedOptions(attack.root), captureUncaught: false, ...options });
  t.teardown(() => close(0));
  return attack;
}

async function isQuiet(t: Test, attack: Attack): Promise<void> {
  t.strictSame(await attack.alarms(), [], 'the process has nothing to complain about');
  t.equal(stats().dropped.internal_error, 0);
}

t.test('whatever is thrown, one good event without a secret is made', async (t) => {
  const attack = start(t);
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(value, fc.option(context), (thrown, said) => {
        attack.check(() => {
          api.captureException(thrown.make(), said === null ? undefined : madeContext(said));
        }, 1);
      }),
      runs(4_000),
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
          api.captureException(thrown);
        }, 1);
      }),
      runs(2_500),
    ),
  );
  await isQuiet(t, attack);
});

t.test('whatever a message and its context are, one good event is made', async (t) => {
  const attack = start(t, { attachStacktrace: true });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(value, level, fc.oneof(value, context), (message, name, said) => {
        attack.check(() => {
          const extra = said instanceof Recipe ? said.make() : madeContext(said);
          api.captureMessage(message.make(), name.make(), extra);
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
          api.captureEvent(rest);
          api.captureEvent({ timestamp: at.make(), ...(known.make() as object) });
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
                if (name === 'setTag') api.setTag(key, made);
                else if (name === 'setScopeUser') loose['setUser']?.(made);
                else if (name in api) api[name as keyof typeof api](made);
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
