import { readFileSync } from 'node:fs';
import t from 'tap';
import * as edge from '../src/edge.ts';
import * as api from '../src/index.ts';

t.test('in an edge runtime there are the same names, and nothing of Node is asked for', (t) => {
  t.strictSame(Object.keys(edge), Object.keys(api));
  t.strictSame(methodsOf(edge.Scope.prototype), methodsOf(api.Scope.prototype));
  const code = readFileSync(new URL('../../cjs/edge.mjs', import.meta.url), 'utf8');
  t.notMatch(code, /\b(?:process|require|import|Buffer)\b|node:/);
  t.end();
});

t.test('there it hands on what it is given, and says what it says without a client', async (t) => {
  t.equal(edge.captureErrors(handler), handler);
  t.equal(edge.wrapHandler(handler), handler);
  t.equal(edge.wrapJob('queue', handler), handler);
  const options = { level: 'info' };
  t.equal(edge.withErrsight(options), options);
  t.strictSame(edge.withErrsight(), {});
  const scope = edge.Scope.from().setUser().setTag().setTags().setMetadata();
  t.equal(edge.withScope(scope, itself), scope.setFingerprint().setLevel().clear());
  t.type(edge.withScope(itself), edge.Scope);
  for (const watch of [edge.watchKnex, edge.watchMongo, edge.watchPool, edge.watchPrisma]) {
    t.doesNotThrow(watch());
  }
  t.strictSame(edge.stats(), api.stats());
  t.equal(edge.captureException(), undefined);
  t.strictSame([edge.scopeForJob(), edge.getScope().toJSON()], [{}, {}]);
  t.strictSame(
    await Promise.all([edge.flush(), edge.close(), edge.relay()]),
    await Promise.all([api.flush(), api.close(), api.relay([])]),
  );
});

function handler(): string {
  return 'handled';
}

function methodsOf(scope: object): string[] {
  return Object.getOwnPropertyNames(scope)
    .filter((name) => /^(?:set|clear|toJSON)/.test(name))
    .toSorted();
}

function itself(scope: edge.Scope): edge.Scope {
  return scope;
}
