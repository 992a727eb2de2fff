import fc from 'fast-check';
import t from 'tap';
import { Scope } from '../../src/main/scope.ts';
import { makeBreadcrumb } from '../../src/event/make/breadcrumbs.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import type { CrumbMaker } from '../../src/main/steps.ts';
import type { Context } from '../../src/event/record.ts';

const scrub = createScrubber({ apiKey: undefined, scrubKeys: [], sendDefaultPii: false });
const maker: CrumbMaker = { breadcrumb: (input) => makeBreadcrumb(input, scrub) };

function addTo(scope: Scope, message: string, second: number): void {
  const timestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  const crumb = maker.breadcrumb({ message, timestamp });
  if (crumb !== undefined) scope.add(crumb, maker);
}

function recordIn(scope: Scope, message: string, second: number): void {
  scope.record({ message, timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, second)) });
}

function trail(scope: Scope, max = 50): (string | undefined)[] {
  return scope.trail(maker, max).map(({ message }) => message);
}

const REQUEST = {
  id: 'r1',
  describe: (): Context => ({ tags: { request_method: 'GET' }, metadata: { full_path: '/a' } }),
};

t.test('steps of both kinds are one trail, in the order in which they came', async (t) => {
  const scope = new Scope();
  recordIn(scope, 'line 1', 1);
  addTo(scope, 'added 2', 2);
  recordIn(scope, 'line 3', 2);
  t.strictSame(trail(scope), ['line 1', 'added 2', 'line 3']);
});

t.test('no number of log lines pushes out what was added on purpose', async (t) => {
  const cases: [
    what: string,
    added: number,
    recorded: number,
    max: number,
    expected: [number, number],
  ][] = [
    ['few of both', 2, 3, 50, [2, 3]],
    ['many lines', 2, 500, 50, [2, 48]],
    ['many of both', 500, 500, 50, [25, 25]],
    ['many added', 500, 2, 50, [48, 2]],
    ['room for one', 5, 5, 1, [1, 0]],
    ['no room', 5, 5, 0, [0, 0]],
    ['an odd room', 5, 5, 5, [3, 2]],
    ['only added', 60, 0, 50, [50, 0]],
    ['only lines', 0, 60, 50, [0, 50]],
  ];
  for (const [what, added, recorded, max, [expectedAdded, expectedRecorded]] of cases) {
    const scope = new Scope();
    for (let index = 0; index < added; index += 1) addTo(scope, `added ${index}`, index);
    for (let index = 0; index < recorded; index += 1) recordIn(scope, `line ${index}`, index);
    const kept = trail(scope, max);
    const of = (kind: string): number => kept.filter((message) => message?.startsWith(kind)).length;
    t.strictSame([of('added'), of('line')], [expectedAdded, expectedRecorded], what);
    if (expectedAdded > 0) t.ok(kept.includes(`added ${added - 1}`), `${what}: the newest`);
    if (expectedRecorded > 0) t.ok(kept.includes(`line ${recorded - 1}`), `${what}: the newest`);
  }
});

t.test('scopes of one request share what is recorded by itself', async (t) => {
  const request = new Scope().fork(REQUEST);
  recordIn(request, 'before', 1);
  const inner = request.fork();
  recordIn(inner, 'inside', 2);
  addTo(inner, 'on purpose', 3);
  t.strictSame(trail(inner), ['before', 'inside', 'on purpose']);
  t.strictSame(trail(request), ['before', 'inside'], 'what was added inside ends with it');
  t.equal(inner.origin, request.origin);
});

t.test('a request begins with nothing recorded; work begins with what led to it', async (t) => {
  const root = new Scope();
  recordIn(root, 'start-up', 1);
  addTo(root, 'configured', 2);
  t.strictSame(trail(root.fork(REQUEST)), ['configured']);
  const work = root.fork();
  recordIn(work, 'work', 3);
  recordIn(root, 'elsewhere', 4);
  t.strictSame(trail(work), ['start-up', 'configured', 'work']);
  t.strictSame(trail(root), ['start-up', 'configured', 'elsewhere']);
  t.not(work.origin?.id, root.fork().origin?.id, 'each piece of work is one of its own');
});

t.test('clear() leaves the request, and the trail of its other scopes', async (t) => {
  const request = new Scope().fork(REQUEST);
  recordIn(request, 'before', 1);
  const inner = request.fork().setTag('a', 1).setUser({ id: 1 }).clear();
  t.strictSame(trail(inner), []);
  t.strictSame(trail(request), ['before']);
  t.strictSame(inner.contexts(), [REQUEST.describe()]);
});

t.test('what the scope says wins over what is known of the request', async (t) => {
  const scope = new Scope().fork(REQUEST).setTag('request_method', 'PUT');
  t.strictSame(scope.toJSON().tags, { request_method: 'PUT' });
  t.strictSame(
    scope.contexts().map(({ tags }) => tags),
    [{ request_method: 'GET' }, { request_method: 'PUT' }],
  );
});

t.test('a scope goes to another process as JSON', async (t) => {
  const scope = new Scope()
    .fork(REQUEST)
    .setUser({ id: 42, email: 'ada@example.org' })
    .setTag('tenant', 'acme')
    .setMetadata({ cart: { items: 3 } })
    .setFingerprint(['checkout'])
    .setLevel('fatal');
  addTo(scope, 'pressed "pay"', 1);
  recordIn(scope, 'a log line stays behind', 2);
  const there = Scope.from(JSON.parse(JSON.stringify(scope)));
  t.strictSame(JSON.parse(JSON.stringify(scope)), {
    tags: { request_method: 'GET', tenant: 'acme' },
    metadata: { full_path: '/a', cart: { items: 3 } },
    user: { id: 42, email: 'ada@example.org' },
    fingerprint: ['checkout'],
    level: 'fatal',
    breadcrumbs: [
      { timestamp: '2026-01-01T00:00:01.000Z', level: 'info', message: 'pressed "pay"' },
    ],
  });
  t.strictSame(there.toJSON(), JSON.parse(JSON.stringify(scope)), 'and on from there');
  t.strictSame(Scope.from(JSON.parse(JSON.stringify(there))).toJSON(), there.toJSON());
});

t.test('an empty scope is little JSON, and nobody is somebody else than unknown', async (t) => {
  t.strictSame(new Scope().toJSON(), { tags: {}, metadata: {} });
  const nobody = Scope.from(JSON.parse(JSON.stringify(new Scope().setUser(null))));
  t.equal(nobody.toJSON().user, null);
});

t.test('what is adopted wins, and what it does not say stays', async (t) => {
  const scope = new Scope().setTags({ a: 'old', b: 'old' }).setUser({ id: 1 }).setLevel('error');
  addTo(scope, 'first', 1);
  const other = new Scope().setTags({ b: 'new' }).setFingerprint('f');
  addTo(other, 'second', 2);
  scope.adopt(other);
  t.strictSame(scope.toJSON().tags, { a: 'old', b: 'new' });
  t.strictSame(scope.toJSON().user, { id: 1 });
  t.equal(scope.toJSON().level, 'error');
  t.equal(scope.toJSON().fingerprint, 'f');
  t.strictSame(trail(scope), ['first', 'second']);
  t.strictSame(trail(other), ['second']);
});

t.test('anything can be given as the JSON of a scope', async (t) => {
  const part = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.string(), fc.anything()),
    fc.array(fc.anything()),
  );
  const json = fc.oneof(
    fc.anything({ withNullPrototype: true }),
    fc.record(
      {
        user: part,
        tags: part,
        metadata: part,
        fingerprint: part,
        level: part,
        breadcrumbs: part,
        __proto__: part,
      },
      { requiredKeys: [] },
    ),
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(json, (given) => {
        const scope = Scope.from(given);
        const child = scope.fork();
        child.adopt(scope);
        child.contexts();
        scope.trail(maker, 50);
        return (scope.toJSON().breadcrumbs ?? []).length <= 50;
      }),
    ),
  );
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
    },
  );
  t.strictSame(Scope.from(hostile).toJSON(), { tags: {}, metadata: {} });
  t.strictSame(Scope.from({ tags: hostile, metadata: hostile }).toJSON().tags, {});
});
