import fc from 'fast-check';
import type { Test } from 'tap';
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
} from '../../src/index.ts';
import { Attack, attackedOptions } from './attack.ts';
import { anyText, fieldsOf, hostileValue } from './hostile.ts';
import { Recipe } from './recipe.ts';

/** The API as JavaScript sees it. */
export type Loose = (...args: unknown[]) => unknown;
export const api: Record<string, Loose> = {
  captureException: captureException as Loose,
  captureMessage: captureMessage as Loose,
  captureEvent: captureEvent as Loose,
  addBreadcrumb: addBreadcrumb as Loose,
  setUser: setUser as Loose,
  setTag: setTag as Loose,
  setTags: setTags as Loose,
};

const text = anyText.map((value) => new Recipe(JSON.stringify(value), () => value));
export const value: fc.Arbitrary<Recipe> = fc.oneof(hostileValue, text);
export const level: fc.Arbitrary<Recipe> = fc.oneof(
  value,
  fc
    .constantFrom('fatal', 'WARN', 'silly', 'odd', 'constructor')
    .map((name) => new Recipe(name, () => name)),
);
export const time: fc.Arbitrary<Recipe> = fc.oneof(
  value,
  fc
    .constantFrom(0, -1, 8.64e15, 9e15, Infinity, '2024-01-01', 'x', '+275760-09-13')
    .map((given) => new Recipe(String(given), () => given)),
);
interface DrawnCrumb {
  readonly known: Recipe;
  readonly timestamp: Recipe;
}

const crumb: fc.Arbitrary<DrawnCrumb> = fc.record({
  known: fieldsOf(['message', 'category', 'level', 'data', 'timestamp'], value),
  timestamp: time,
});
const crumbs = fc.array(crumb, { maxLength: 3 });
export interface DrawnContext {
  readonly fields: Recipe;
  readonly user: Recipe;
  readonly tags: Recipe;
  readonly crumbs: readonly DrawnCrumb[];
}

/** All that an API takes beside the error. */
export const context: fc.Arbitrary<DrawnContext> = fc.record({
  fields: fieldsOf(['user', 'tags', 'metadata', 'fingerprint', 'level', 'breadcrumbs'], value),
  user: fieldsOf(['id', 'email', 'username', 'ip_address'], value),
  tags: fieldsOf(['a', 'b', 'password'], value),
  crumbs,
});

function madeCrumb({ known, timestamp }: DrawnCrumb): object {
  return { timestamp: timestamp.make(), ...(known.make() as object) };
}

export function madeContext(drawn: DrawnContext): object {
  return {
    user: drawn.user.make(),
    tags: drawn.tags.make(),
    breadcrumbs: drawn.crumbs.map(madeCrumb),
    // Last: these may be anything.
    ...(drawn.fields.make() as object),
  };
}

/** The public API, under attack. */
export function start(t: Pick<Test, 'teardown' | 'setTimeout'>, options: object = {}): Attack {
  const attack = new Attack(t);
  init({ ...attackedOptions(attack.root), captureUncaught: false, ...options });
  t.teardown(() => close(0));
  return attack;
}

export async function isQuiet(t: Test, attack: Attack): Promise<void> {
  t.strictSame(await attack.alarms(), [], 'the process has nothing to complain about');
  t.equal(stats().dropped.internal_error, 0);
}
