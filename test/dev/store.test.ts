import tap from 'tap';
import type { JsonObject } from '../../src/dev/json.ts';
import { sanitize } from '../../src/dev/sanitize.ts';
import { Store } from '../../src/dev/store.ts';

const NOW = Date.UTC(2025, 10, 21, 10, 0);

function add(store: Store, data: JsonObject) {
  return store.add(
    sanitize(data, NOW, () => undefined),
    data,
  );
}

await tap.test('events have ids, times, and what was received', (t) => {
  const store = new Store();
  const sent = { message: 'a', level: 'error', occurred_at: '2025-11-21T09:00:00.5Z', extra: 1 };
  const { event, grouping } = add(store, sent);
  t.match(event, {
    id: 1,
    level: 'error',
    message: 'a',
    occurred_at: '2025-11-21T09:00:00.500Z',
    fingerprint: /^[0-9a-f]{32}$/,
    is_regression: false,
    resolved: false,
  });
  t.equal(event.received, sent);
  t.equal(grouping, 'message');
  t.equal(add(store, { message: 'b', fingerprint: 'f' }).grouping, 'client');
  t.same(
    store.events.map(({ id, message }) => [id, message]),
    [
      [1, 'a'],
      [2, 'b'],
    ],
  );
  t.end();
});

await tap.test('an issue sums up its events, whatever order they come in', (t) => {
  const store = new Store();
  const at = (time: string, more: JsonObject): void => {
    add(store, { fingerprint: 'f', occurred_at: `2025-11-21T${time}Z`, ...more });
  };
  at('09:30:00', { message: 'second', level: 'fatal', environment: 'b', user: { id: 1 } });
  at('09:45:00', { message: 'third', level: 'warning', environment: 'c', user: { id: 2 } });
  at('09:00:00', { message: 'first', level: 'debug', environment: 'a', user: { id: 1 } });
  t.equal(store.issues.length, 1);
  t.match(store.issues[0], {
    occurrences: 3,
    firstSeen: '2025-11-21T09:00:00.000Z',
    lastSeen: '2025-11-21T09:45:00.000Z',
    severity: 'fatal',
    lastMessage: 'third',
    lastEnvironment: 'c',
    affectedUsers: 2,
  });
  at('09:45:00', { message: 'the same instant' });
  t.match(store.issues[0], { lastMessage: 'the same instant', lastEnvironment: 'production' });
  t.end();
});

await tap.test('users are counted once each, and an address is nobody', (t) => {
  const store = new Store();
  add(store, { message: 'a', user: { email: 'a@example.com' } });
  add(store, { message: 'a', user: { email: 'a@example.com', ip_address: '::1' } });
  add(store, { message: 'a', user: { ip_address: '::1' } });
  add(store, { message: 'a', user: { id: 'b' } });
  t.equal(store.issues[0]?.affectedUsers, 2);
  t.end();
});

await tap.test('an event after all were resolved is a regression, and reopens them', (t) => {
  const store = new Store();
  const { event: first } = add(store, { message: 'a' });
  add(store, { message: 'a' });
  store.resolve(first.fingerprint);
  t.same(
    store.events.map(({ resolved }) => resolved),
    [true, true],
  );
  t.equal(add(store, { message: 'a' }).event.is_regression, true);
  t.same(
    store.events.map(({ resolved }) => resolved),
    [false, false, false],
  );
  t.equal(add(store, { message: 'a' }).event.is_regression, false);
  t.equal(add(store, { message: 'another' }).event.is_regression, false);
  t.end();
});

await tap.test('only the newest events are kept, and how many are not is known', (t) => {
  const store = new Store(2);
  add(store, { message: 'a', fingerprint: 'one', user: { id: 1 } });
  add(store, { message: 'b', fingerprint: 'two', user: { id: 1 } });
  add(store, { message: 'c', fingerprint: 'two', user: { id: 2 } });
  t.same(
    store.events.map(({ message }) => message),
    ['b', 'c'],
  );
  t.equal(store.total, 3);
  t.equal(store.forgotten, 1);
  t.equal(store.issues.length, 1, 'an issue without events is forgotten too');
  add(store, { message: 'd', fingerprint: 'two', user: { id: 2 } });
  t.match(store.issues, [{ occurrences: 3, affectedUsers: 1 }]);
  t.equal(store.eventsOf(store.issues[0]?.fingerprint ?? '').length, 2);
  store.clear();
  t.same([store.events, store.issues, store.total, store.forgotten], [[], [], 0, 0]);
  t.end();
});

await tap.test('ten thousand events are kept unless told otherwise', (t) => {
  const store = new Store();
  const event = sanitize({ message: 'a' }, NOW, () => undefined);
  for (let count = 0; count < 10_001; count++) store.add(event, {});
  t.equal(store.events.length, 10_000);
  t.equal(store.forgotten, 1);
  t.end();
});
