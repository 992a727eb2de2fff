/** A request that fails is one event about what it has failed with, also if no logger was given the Error itself. */
import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';
import type { StoredEvent } from '../src/dev/store.ts';

const TITLES: Readonly<Record<string, string>> = {
  object: 'Object with the keys code, order',
  number: 'Number: 42',
  text: 'String: no stock left',
  said: 'Error: no stock for it',
  first: 'CardError: card declined',
  after: 'CardError: card declined',
};

/** The Errors that Koa makes of the values. */
const KOA: Readonly<Record<string, string>> = {
  object: 'Error: non-error thrown: {"code":"E_A","order":17}',
  number: 'Error: non-error thrown: 42',
  text: 'Error: non-error thrown: "no stock left"',
  said: 'Error: non-error thrown: no stock for it\n{"message":"no stock for it","order":18}',
};

interface Told {
  readonly status: string | undefined;
  readonly said: readonly string[];
}

function told({ level, message, tags, metadata }: StoredEvent): Told & Record<string, unknown> {
  const { mechanism, log_message: said = '' } = metadata;
  return {
    title: `${level} ${message}`,
    way: `${String(mechanism)} ${tags['mechanism']} ${tags['handled']}`,
    route: tags['route'],
    status: tags['status'],
    said: String(said).split('\n'),
  };
}

function expected(path: string): Record<string, unknown> {
  const [, value = '', way = '', app = ''] = path.split(/[/?]/);
  const made = app === 'koaAlone' && KOA[value];
  const title = made ? made : way === 'around' ? 'CardError: the order failed' : TITLES[value];
  const isHandled = app === 'express';
  const name = app === 'koaAlone' ? 'koa' : app;
  return {
    title: `error ${title}`,
    way: `${name} ${name} ${isHandled ? 'yes' : 'no'}`,
    route:
      app === 'fastify' ? path.split('?')[0]?.replace(/(?<=^\/first\/).*/, ':way') : '/:value/:way',
    status: value === 'after' ? '200' : '500',
  };
}

for (const door of ['withErrsight', 'both', 'winston', 'bunyan']) {
  t.test(`${door}: what a request fails with is one event`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('logged-values', { args: [door], env: server.env });
    t.match(ended, { code: 0, signal: null });
    const { arrived, asked } = JSON.parse(ended.stdout) as { arrived: boolean; asked: string[] };
    t.equal(arrived, true);
    t.equal(asked.length, 4 * 8 + (2 * 8 + 2 * 4) + 4 * 4 + 5);
    for (const path of asked) {
      const events = server.events.filter(({ metadata }) => metadata['full_path'] === path);
      t.equal(events.length, 1, `${path}: one event`);
      const [event] = events;
      if (event === undefined) continue;
      const { said, ...rest } = told(event);
      t.strictSame(rest, expected(path), path);
      if (/^\/\w+\/(?:field|text|around)/.test(path))
        t.ok(
          said.some((text) => text.startsWith('told')),
          `${path}: ${said.join()}`,
        );
    }
    for (const path of ['/other', '/value']) {
      const events = server.events.filter(({ metadata }) => metadata['full_path'] === path);
      t.equal(events.length, 2, `${path}: two events`);
    }
    t.equal(server.events.length, asked.length + 1 + 2 * 2, 'and nothing else');
  });
}
