import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import t from 'tap';
import { Scope } from '../../src/main/scope.ts';
import { Scopes } from '../../src/main/scopes.ts';
import { errsightLines } from './stderr.ts';

const describe = (): object => ({});

t.test('an origin has the scope until its synchronous code ends', async (t) => {
  const scopes = new Scopes();
  const root = scopes.current();
  const outside = new AsyncResource('outside');
  const inside = new AsyncResource('connection').runInAsyncScope(() => {
    const scope = scopes.enter({ id: 'a', describe });
    t.equal(scopes.current(), scope);
    return { scope, resource: new AsyncResource('its work') };
  });
  t.equal(
    inside.resource.runInAsyncScope(() => scopes.current()),
    inside.scope,
  );
  t.equal(
    outside.runInAsyncScope(() => scopes.current()),
    root,
  );
});

t.test('a request is never made of another one on its connection', async (t) => {
  const scopes = new Scopes();
  scopes.current().setTag('app', 'shop');
  new AsyncResource('connection').runInAsyncScope(() => {
    scopes.enter({ id: 'first', describe }).setTag('user', 'ada');
    const second = scopes.enter({ id: 'second', describe });
    t.strictSame(second.toJSON().tags, { app: 'shop' });
    t.equal(second.origin?.id, 'second');
  });
});

t.test('`within` keeps the scope in which a listener was added to its own request', async (t) => {
  const scopes = new Scopes();
  const { request, inner } = new AsyncResource('connection').runInAsyncScope(() => ({
    request: scopes.enter({ id: 'a', describe }),
    inner: scopes.run((scope) => scope),
  }));
  t.equal(
    scopes.errsightWithin(request, () => scopes.current()),
    request,
  );
  scopes.errsightWithin(inner, () => {
    t.equal(
      scopes.errsightWithin(request, () => scopes.current()),
      inner,
      'it says more',
    );
  });
  scopes.run((stranger) => {
    t.not(stranger, request);
    t.equal(
      scopes.errsightWithin(request, () => scopes.current()),
      request,
    );
  });
});

t.test('a given scope is laid over the current one, which stays as it was', async (t) => {
  const scopes = new Scopes();
  scopes.current().setTags({ app: 'worker', region: 'eu' });
  const given = new Scope().setTag('region', 'us').setUser({ id: 1 });
  const result = scopes.run((scope) => {
    scope.setTag('more', true);
    return scope.toJSON();
  }, given);
  t.strictSame(result.tags, { app: 'worker', region: 'us', more: true });
  t.strictSame(result.user, { id: 1 });
  t.strictSame(scopes.current().toJSON().tags, { app: 'worker', region: 'eu' });
  t.strictSame(given.toJSON().tags, { region: 'us' });
});

t.test('what we do ourselves leaves no trail, and changes no other store', async (t) => {
  const scopes = new Scopes();
  const other = new AsyncLocalStorage<string>();
  const maker = { breadcrumb: () => ({ timestamp: '', level: 'info' as const }) };
  other.run('theirs', () =>
    scopes.mute(() => {
      scopes.current().record({ message: 'ours' });
      t.strictSame(scopes.current().trail(maker, 50), []);
      t.equal(other.getStore(), 'theirs');
    }),
  );
  t.strictSame(scopes.current().trail(maker, 50), []);
});

t.test('once there are requests, the scope of the process takes no user, and says so once', (t) => {
  const scopes = new Scopes();
  const lines = errsightLines(t);
  const root = scopes.current();
  root.setUser({ id: 'the service' });
  scopes.serve(true);
  root.setUser({ id: 'ada' }).setUser({ id: 'bob' }).setTag('a', 1);
  t.match(root.toJSON(), { user: { id: 'the service' }, tags: { a: 1 } });
  const warnings = lines.filter((line) => line.includes('withScope'));
  t.equal(warnings.length, 1);
  scopes.run((scope) => {
    scope.setUser({ id: 'ada' });
    t.match(scope.toJSON(), { user: { id: 'ada' } });
  });
  root.setUser(null);
  t.equal(root.toJSON().user, null);
  t.end();
});

t.test('a listener of a shared emitter is called where it was bound', (t) => {
  const scopes = new Scopes();
  const bus = new EventEmitter();
  const seen: (readonly [bound: boolean, id: unknown])[] = [];
  const note = (bound: boolean) => () =>
    seen.push([bound, scopes.current().toJSON().user?.id]) as unknown;
  scopes.run((scope) => {
    scope.setUser({ id: 'ada' });
    bus.once('paid', AsyncResource.bind(note(true)));
    bus.once('paid', note(false));
  });
  scopes.run((scope) => {
    scope.setUser({ id: 'bob' });
    bus.emit('paid');
  });
  t.strictSame(seen, [
    [true, 'ada'],
    [false, 'bob'],
  ]);
  t.end();
});
