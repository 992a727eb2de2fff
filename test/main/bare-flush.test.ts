import { join } from 'node:path';
import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';

type Answers = readonly (readonly [arrived: boolean, ms: number])[];

async function flushes(
  server: TestErrsight,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answers> {
  const ended = await runFixture('bare-flush', { args, env: { ...server.env, ...env } });
  return JSON.parse(ended.stdout || `[["${ended.stderr}"]]`) as Answers;
}

const ORDERS = ['first', 'last'] as const;
const STARTS = ['cold', 'warm'] as const;

for (const order of ORDERS) {
  for (const start of STARTS) {
    for (const kind of ['single', 'several', 'pipeline', 'backlog']) {
      t.test(
        `bare target, ${kind}, ${start}, errsight loaded ${order}: true is true`,
        async (t) => {
          const server = await strictServer(t);
          t.match(await flushes(server, [order, start, kind, '120000']), [[true]]);
          t.equal(server.total, 1);
        },
      );
    }

    t.test(`${start}, loaded ${order}: a server that is away is no delivery`, async (t) => {
      const server = await strictServer(t);
      server.intercept = (_request, response) => {
        response.writeHead(503).end();
        return true;
      };
      const answers = await flushes(server, [order, start, 'single', '1500,500,500']);
      t.match(answers, [[false], [false], [false]], 'nor later, by an answer that is at hand');
    });

    t.test(`${start}, loaded ${order}: no target of ours is not waited for long`, async (t) => {
      const server = await strictServer(t);
      const [answer] = await flushes(server, [order, start, 'other', '120000']);
      t.equal(answer?.[0], true);
      t.ok((answer?.[1] ?? Infinity) < 60_000, String(answer?.[1]));
    });
  }
}

for (const start of STARTS) {
  t.test(`${start}: a transport that was ended and could not deliver is no delivery`, async (t) => {
    const server = await strictServer(t, { intercept: () => true });
    const answers = await flushes(server, ['first', start, 'ended', '120000,120000']);
    t.match(answers, [[false], [true]], 'it is told once');
  });
}

t.test('a worker that answers late is late, not dead', async (t) => {
  const server = await strictServer(t);
  const BUSY = join(t.testdir(), 'busy');
  const answers = await flushes(server, ['first', 'warm', 'busy', '300,300,120000'], { BUSY });
  t.match(answers, [[false], [false], [true]]);
  t.equal(server.total, 1);
});

t.test('nor where it is older than this package, and answers within a second', async (t) => {
  const server = await strictServer(t);
  const BUSY = join(t.testdir(), 'busy');
  const answers = await flushes(server, ['last', 'warm', 'busy', '100,120000'], { BUSY });
  t.match(answers, [[false], [true]]);
  t.equal(server.total, 1);
});
