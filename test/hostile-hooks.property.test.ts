import fc from 'fast-check';
import t, { type Test } from 'tap';
import { resolveOptions } from '../src/options/resolve.ts';
import { Pipeline } from '../src/pipeline.ts';
import type { ActiveConfig } from '../src/options/config.ts';
import { Attack, attackedOptions, runs } from './helpers/attack.ts';
import { hostileStack } from './helpers/hostile-stack.ts';
import { anyText, fieldsOf, hostileValue } from './helpers/hostile.ts';
import { Recipe } from './helpers/recipe.ts';
import { errsightLines } from './main/stderr.ts';
import type { Breadcrumb, ErrsightEvent } from '../src/event/event.ts';
import type { BreadcrumbInput, LogRecord } from '../src/event/record.ts';

type Hook = (given: object) => unknown;

interface Attacked {
  readonly attack: Attack;
  readonly pipeline: Pipeline;
  /** What the hooks do from now on. */
  readonly set: (beforeSend: Hook, beforeBreadcrumb?: Hook) => void;
}

function start(t: Pick<Test, 'teardown' | 'setTimeout'>, options: object = {}): Attacked {
  errsightLines(t);
  // A hook can write the message into the backtrace as well.
  const attack = new Attack(t, { overlooked: ['grouping'] });
  let [send, crumb]: Hook[] = [(event) => event, (given) => given];
  const config = resolveOptions(
    {
      ...attackedOptions(attack.root),
      beforeSend: (event: ErrsightEvent) => send?.(event),
      beforeBreadcrumb: (breadcrumb: Breadcrumb) => crumb?.(breadcrumb),
      ...options,
    },
    {},
  ) as ActiveConfig;
  const pipeline = new Pipeline(config);
  t.teardown(() => pipeline.close(0));
  return {
    attack,
    pipeline,
    set(beforeSend, beforeBreadcrumb = (given) => given) {
      [send, crumb] = [beforeSend, beforeBreadcrumb];
    },
  };
}

async function isQuiet(t: Test, { attack, pipeline }: Attacked): Promise<void> {
  t.strictSame(await attack.alarms(), [], 'the process has nothing to complain about');
  t.equal(pipeline.stats().dropped.internal_error, 0);
}

function record(): LogRecord {
  const thrown = { value: new RangeError('order failed', { cause: new Error('cause') }) };
  return { time: Date.now(), level: 'error', message: 'it broke', fields: { a: 1 }, thrown };
}

const text = anyText.map((given) => new Recipe(JSON.stringify(given), () => given));
const value = fc.oneof(hostileValue, text);
const FIELDS = [
  ['level', 'message', 'occurred_at', 'environment', 'release', 'backtrace', 'metadata', 'tags'],
  ['user', 'breadcrumbs', 'fingerprint', 'ingestion_id'],
].flat();
const METADATA = ['exception_class', 'exception_frames', 'exception_causes', 'request_id', 'a'];

function listOf(item: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> {
  return fc.tuple(fc.array(item, { maxLength: 3 }), fc.constantFrom(1, 1, 1, 2_000)).map(
    ([items, times]) =>
      new Recipe(`${times} times [${items.map((each) => each.text).join(', ')}]`, () => {
        const made = items.map((each) => each.make());
        return Array.from({ length: times }, () => made).flat();
      }),
  );
}

/** What a hook may make of an event: the fields have their own shapes, each of them spoiled. */
function changesOf(root: string): fc.Arbitrary<Recipe> {
  const stack = hostileStack(root).map((given) => new Recipe(JSON.stringify(given), () => given));
  const frame = fieldsOf(
    ['filename', 'function', 'lineno', 'colno', 'in_app', 'context_line', 'pre_context'],
    fc.oneof(value, stack),
  );
  const cause = fieldsOf(['class', 'message', 'backtrace'], fc.oneof(value, stack));
  const crumb = fieldsOf(['timestamp', 'level', 'category', 'message', 'data'], value);
  return fc.oneof(
    fieldsOf(FIELDS, fc.oneof(value, stack)),
    fieldsOf(['metadata'], fieldsOf(METADATA, fc.oneof(value, listOf(frame), listOf(cause)))),
    fieldsOf(['breadcrumbs'], listOf(crumb)),
    fieldsOf(['user', 'tags'], fieldsOf(['id', 'email', 'username', 'a', 'pin'], value)),
  );
}

for (const beforeSendFailOpen of [false, true]) {
  const name = `whatever a hook returns, events are good, fail open: ${beforeSendFailOpen}`;
  t.test(name, async (t) => {
    const attacked = start(t, { beforeSendFailOpen });
    const { attack, pipeline, set } = attacked;
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(value, (given) => {
          set(() => given.make());
          attack.check(() => pipeline.capture(record()));
        }),
        runs(750),
      ),
    );
    await isQuiet(t, attacked);
  });
}

/** Not Object.assign, which a key `__proto__` could make fail: then the hook would have thrown. */
function changed(event: object, changes: unknown): object {
  return Object.defineProperties(event, Object.getOwnPropertyDescriptors(changes));
}

t.test('whatever a hook does to its event, one good event leaves', async (t) => {
  const attacked = start(t);
  const { attack, pipeline, set } = attacked;
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(changesOf(attack.root), fc.boolean(), (changes, inPlace) => {
        const made = changes.make() as { readonly then?: unknown };
        set((event) => changed(inPlace ? event : { ...event }, made));
        // With such a field it is a promise, which is no answer.
        attack.check(() => pipeline.capture(record()), typeof made.then === 'function' ? 0 : 1);
      }),
      runs(2_000),
    ),
  );
  await isQuiet(t, attacked);
});

t.test('a hook that spoils its event and throws costs no more than that event', async (t) => {
  const attacked = start(t, { beforeSendFailOpen: true });
  const { attack, pipeline, set } = attacked;
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(changesOf(attack.root), value, (changes, thrown) => {
        set((event) => {
          changed(event, changes.make());
          throw thrown.make();
        });
        const [bytes] = attack.check(() => pipeline.capture(record()), 1);
        if (!bytes?.includes('"message":"RangeError: order failed"'))
          throw new Error('not as it was');
      }),
      runs(1_000),
    ),
  );
  await isQuiet(t, attacked);
});

t.test('whatever the hook for breadcrumbs returns or throws, they stay good', async (t) => {
  const attacked = start(t);
  const { attack, pipeline, set } = attacked;
  const crumb = fieldsOf(['timestamp', 'level', 'category', 'message', 'data'], value);
  const given = fc.oneof(value, crumb);
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(given, given, fc.boolean(), (input, answer, throws) => {
        set(
          (event) => event,
          () => {
            if (throws) throw answer.make();
            return answer.make();
          },
        );
        attack.check(() => {
          const made = pipeline.breadcrumb(input.make() as BreadcrumbInput);
          pipeline.capture(record(), [], made === undefined ? [] : [made]);
        }, 1);
      }),
      runs(1_000),
    ),
  );
  await isQuiet(t, attacked);
});

/** Answers that only a hook gives which is written for another library, or by an enemy. */
const PROMISES: Readonly<Record<string, () => unknown>> = {
  'a promise': () => Promise.resolve({}),
  'a rejection nobody handles': () => Promise.reject(new Error('late')),
  'a rejection with a trap': () => Promise.reject(new Proxy({}, { get: fail })),
  'a thenable that throws': () => thenable(fail),
  'a thenable that rejects': () =>
    thenable((_: unknown, no: (e: Error) => void) => no(new Error())),
  'a thenable that gives itself': () => {
    const self: object = thenable((yes: (value: unknown) => void) => yes(self));
    return self;
  },
  'a promise whose then throws': () => Object.assign(Promise.resolve(1), thenable(fail)),
  'a promise of another constructor': () =>
    Object.assign(Promise.resolve(1), { constructor: fail }),
};

function thenable(then: (...args: never[]) => unknown): object {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
  return { then };
}

function fail(): never {
  throw new Error('a trap');
}

t.test('promises of hooks raise no alarm, and do not hold up the process', async (t) => {
  const attacked = start(t, { beforeSendFailOpen: true });
  const { attack, pipeline, set } = attacked;
  for (const [what, make] of Object.entries(PROMISES)) {
    set(make, make);
    t.doesNotThrow(() => attack.check(() => pipeline.capture(record()), 1), what);
    t.equal(pipeline.breadcrumb({ message: 'm' }), undefined, what);
    t.strictSame(await attack.alarms(), [], what);
  }
  await isQuiet(t, attacked);
});
