import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { Scopes } from '../../src/main/scopes.ts';
import { watchPools } from '../../src/main/watch/pools.ts';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

for (const when of ['before', 'after']) {
  t.test(`1,000 at once over pg-pool, loaded ${when} init, have their own users`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('pools', { args: [when], env: server.env });
    t.match(ended, { code: 0, stderr: '' });
    t.strictSame(JSON.parse(ended.stdout), { own: 5_000, others: 0 });
  });
}

/** Classes with the methods of each package; what they are given they call when they are told to. */
const PACKAGES: readonly (readonly [
  name: string,
  methods: readonly string[],
  takes: readonly string[],
])[] = [
  ['pg', ['connect', 'query', 'end', 'escapeLiteral'], ['query']],
  ['mysql', ['getConnection', 'query', 'end'], ['getConnection', 'query']],
  ['mysql2', ['getConnection', 'query', 'execute'], ['getConnection', 'query', 'execute']],
  ['mysql2', ['beginTransaction', 'query', 'execute'], ['query', 'execute']],
  ['generic-pool', ['acquire', 'release', 'dispense'], ['acquire']],
  ['unknown', ['getConnection', 'query'], []],
  ['mysql', ['query'], []],
];

function noop(): void {}

type Callback = (this: unknown, ...args: unknown[]) => unknown;
type Made = new () => Record<string, (...args: unknown[]) => unknown> & {
  readonly waiting: Callback[];
};

for (const [name, methods, takes] of PACKAGES) {
  t.test(`${name} with ${methods.join(', ')}: bound are ${takes.join(', ') || 'none'}`, (t) => {
    const body = methods
      .map((method) => `${method}(a, callback) { this.waiting.push(callback); return a; }`)
      .join('\n');
    const folder = t.testdir({
      node_modules: {
        [name]: {
          'index.js': `module.exports = require('./lib');`,
          'lib.js': `exports.Made = class { waiting = [];\n${body} };`,
        },
      },
    });
    const scopes = new Scopes();
    const before: unknown = Reflect.get(Module, '_load');
    const stop = watchPools(scopes);
    const { Made } = createRequire(join(folder, 'app.js'))(name) as { readonly Made: Made };
    const made = new Made();
    for (const method of methods) {
      t.equal(made[method]?.name, method);
      t.equal(made[method]?.length, 2);
      const scope = scopes.run((inner) => {
        t.equal(
          made[method]?.('given', function (this: unknown, ...args: unknown[]) {
            return [this, args, scopes.current()];
          }),
          'given',
        );
        t.equal(made[method]?.('without a callback'), 'without a callback');
        return inner;
      });
      const [callback] = made.waiting.splice(0);
      const told = callback?.call(made, 1, 2) as readonly unknown[] | undefined;
      const [self, args, current] = told ?? [];
      t.strictSame([self, args], [made, [1, 2]]);
      t.equal(current === scope, takes.includes(method), method);
    }
    stop();
    t.equal(Reflect.get(Module, '_load'), before, 'nothing is left');
    made[methods[0] ?? '']?.('later', noop);
    t.equal(made.waiting.at(-1), noop, 'what nobody watches is as it was given');
    t.end();
  });
}
