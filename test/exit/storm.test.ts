/** Real processes of one project that know nothing of each other, and its limit of 60 events a minute. */
import t, { type Test } from 'tap';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { startFixture, type Live } from '../helpers/live.ts';

const MINUTE = 60_000;

const CASES = [
  ['direct', 'with its first request'],
  ['direct', 'once both know the limit'],
  ['direct', 'after both have ended'],
  ['pino', 'once both know the limit'],
] as const;

const DOORS = ['direct', 'pino', 'withErrsight', 'winston', 'bunyan'] as const;

interface Weather {
  readonly server: TestErrsight;
  /** What a process needs to reach the server, with a clock that stands still. */
  readonly env: Readonly<Record<string, string>>;
  /** The ports of requests that were refused. */
  readonly refused: readonly number[];
  /** Resolves once this holds, which is asked after each request. */
  readonly until: (holds: () => boolean) => Promise<void>;
}

function nothing(): void {}

/** A server that takes 60 events a minute. All clocks on the wall stand still: no machine sees a turn of it. */
async function limited(t: Test): Promise<Weather> {
  const now = Math.floor(Date.now() / MINUTE) * MINUTE + 5_000;
  const refused: number[] = [];
  let look: () => void = nothing;
  const server = await strictServer(t, {
    rateLimitPerMinute: 60,
    now: () => now,
    onRequest({ status, remotePort }) {
      if (status === 429) refused.push(remotePort);
      look();
    },
  });
  const still = encodeURIComponent(`Date.now = () => ${now};`);
  return {
    server,
    env: { ...server.env, NODE_OPTIONS: `--import "data:text/javascript,${still}"` },
    refused,
    until: (holds) =>
      new Promise((resolve) => {
        look = () => holds() && resolve();
        look();
      }),
  };
}

for (const [way, moment] of CASES) {
  t.test(
    `${way}: a fatal error of a third process arrives in the storm of two others, ${moment}`,
    async (t) => {
      const { server, env, refused, until } = await limited(t);
      const [one, two, third] = ['one', 'two', 'fatal'].map((role) =>
        startFixture(t, 'storm', { args: [way, role], env }),
      ) as [Live, Live, Live];
      const storm = [one, two];
      for (const each of [...storm, third]) await each.line((line) => line === 'ready');
      for (const each of storm) each.tell('go');
      const isEarly = moment === 'with its first request';
      await until(() => (isEarly ? server.requests.length > 0 : new Set(refused).size >= 2));
      if (moment === 'after both have ended') {
        for (const each of storm) {
          each.tell('end');
          t.match(await each.ended, { code: 0 });
        }
      }
      third.tell('go');
      t.match(await third.ended, { code: 1 });
      t.match(
        server.events.filter(({ level }) => level === 'fatal'),
        [{ message: 'TypeError: nobody catches this' }],
      );
      for (const name of ['one', 'two']) {
        const its = server.events.filter(({ message }) => message.endsWith(`in ${name}`));
        t.ok(its.length > 0 || isEarly, `the issue of ${name}`);
      }
    },
  );
}

for (const door of DOORS) {
  t.test(`${door}: of 500 errors at once the first of each of 20 issues has a place`, async (t) => {
    const { server, env, refused, until } = await limited(t);
    const program = startFixture(t, 'storm', { args: [door, 'issues'], env });
    await program.line((line) => line === 'ready');
    program.tell('go');
    await until(() => server.issues.length === 20 || refused.length > 3);
    t.equal(server.issues.length, 20);
    t.ok(refused.length <= 1, `${refused.length} refusals`);
    program.kill();
    t.match(await program.ended, { stderr: '' });
  });
}

for (const door of DOORS) {
  // Nothing of ours hears a signal beside the bare target.
  for (const how of door === 'pino' ? (['exit'] as const) : (['exit', 'SIGTERM'] as const)) {
    t.test(
      `${door}: repeats take what the limit leaves when the process ends by ${how}`,
      async (t) => {
        const { server, env, refused, until } = await limited(t);
        const program = startFixture(t, 'storm', { args: [door, 'few'], env });
        await program.line((line) => line === 'ready');
        program.tell('go');
        // It asks with more than the limit, and then the repeats wait for the end of the minute.
        await until(() => refused.length === 1 && server.issues.length === 2);
        if (how === 'exit') program.tell('end');
        else program.child.kill(how);
        const { code, signal, stderr } = await program.ended;
        t.equal(signal ?? code, how === 'exit' ? 0 : how);
        t.equal(server.total, 54, 'all but a tenth');
        t.match(stderr, /^errsight: 7 events .+ the rate limit of the project delays them$/m);
      },
    );
  }
}
