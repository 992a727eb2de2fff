/** The tags that events have by themselves. */
import { hostname } from 'node:os';
import t, { type Test } from 'tap';
import { captureException, close, init, withScope } from '../../src/index.ts';
import { DEFAULT_TAGS } from '../../src/default-tags.ts';
import { strictServer } from '../helpers/errsight.ts';
import { throughAllDoors } from './doors.ts';

const RUNTIME = `node ${process.versions.node.split('.')[0]}`;

t.test('an event says by itself where it comes from', (t) => {
  throughAllDoors(t, async (t, open) => {
    const server = await strictServer(t);
    const { fail, end, isNamed, mechanism } = open({ apiKey: server.key, host: server.url });
    withScope((scope) => {
      scope.setUser({ id: 7, email: 'ada@example.com' });
      fail(new TypeError('it broke'));
    });
    await end();
    t.strictSame(server.events[0]?.tags, {
      handled: 'yes',
      mechanism,
      ...(isNamed && { logger: 'shop' }),
      server: hostname(),
      runtime: RUNTIME,
    });
  });
  t.end();
});

type Told = (wanted: boolean | readonly string[], tags?: object) => Promise<object | undefined>;

async function telling(t: Test): Promise<Told> {
  const server = await strictServer(t);
  t.teardown(() => close());
  return async (defaultTags, tags = {}) => {
    init({ apiKey: server.key, host: server.url, defaultTags: defaultTags as boolean });
    captureException(new Error(JSON.stringify(defaultTags)), { tags: tags as { a: string } });
    await close();
    return server.events.at(-1)?.tags;
  };
}

t.test('each can be left out, and what was said on purpose wins', async (t) => {
  const told = await telling(t);
  t.strictSame(await told(false), {});
  t.strictSame(await told([]), {});
  for (const name of ['handled', 'mechanism', 'server', 'runtime']) {
    t.strictSame(Object.keys((await told([name])) ?? {}), [name], name);
  }
  const all = DEFAULT_TAGS.filter((name) => name !== 'runtime');
  t.notHas(await told(all), { runtime: RUNTIME });
  t.match(await told(true, { server: 'mine', runtime: null }), { server: 'mine' });
  t.notHas(await told(true, { runtime: null }), { runtime: RUNTIME });
});

t.test('they take the room of nobody: ErrSight keeps 30', async (t) => {
  const told = await telling(t);
  const many = Object.fromEntries(Array.from({ length: 29 }, (_, n) => [`tag ${n}`, `${n}`]));
  t.strictSame(await told(true, many), { ...many, handled: 'yes' }, 'the most telling one');
  const full = { ...many, last: 'x' };
  t.strictSame(await told(true, full), full);
});

t.test('a wrong list is told', (t) => {
  for (const wrong of [['hostname'], 'server', [7], { server: true }]) {
    t.throws(() => init({ defaultTags: wrong as unknown as boolean }), {
      name: 'OptionError',
      message: /`defaultTags(\[0])?` to be a boolean, or an array of `handled`, `route`/,
    });
  }
  t.end();
});
