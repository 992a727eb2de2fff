import t, { type Test } from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { freePort } from '../helpers/free-port.ts';

type Env = Readonly<Record<string, string>>;

async function answering(t: Test, status: number, body: object): Promise<Env> {
  const server: TestErrsight = await strictServer(t, {
    intercept: (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return true;
    },
  });
  return server.env;
}

const LOST = /^errsight: \d events? had not arrived when the process ended: /;

const CASES: readonly (readonly [what: string, env: (t: Test) => Promise<Env>, why: string])[] = [
  [
    'an unknown key',
    (t) => answering(t, 401, { error: 'Invalid API key' }),
    'ErrSight does not know the API key (401): it is mistyped or revoked',
  ],
  [
    'a key that only reads',
    (t) => answering(t, 403, { error: 'Forbidden' }),
    'ErrSight does not let the API key write events (403): a key to write begins with elp_',
  ],
  [
    'a wrong host',
    (t) => answering(t, 404, { error: 'Not Found' }),
    'the host has no ErrSight at this address (404)',
  ],
  [
    'a paused project',
    (t) => answering(t, 429, { error: 'Paused', code: 'INGESTION_PAUSED' }),
    'the project is paused in ErrSight',
  ],
  [
    'a server that is not there',
    async (t) => ({
      ...(await answering(t, 202, {})),
      ERRSIGHT_HOST: `http://127.0.0.1:${await freePort()}`,
      // A slow machine takes seconds to be refused.
      SHUTDOWN_TIMEOUT: '6000',
    }),
    'ErrSight cannot be reached (ECONNREFUSED)',
  ],
];

for (const [what, arrange, why] of CASES) {
  for (const end of ['exit', 'throw']) {
    t.test(`the last line of a process that ends by ${end} tells of ${what}`, async (t) => {
      const ended = await runFixture('direct-end', { args: [end], env: await arrange(t) });
      const lines = ended.stderr.split('\n').filter((line) => line.startsWith('errsight: '));
      t.equal(lines.length, 1);
      t.match(lines[0], LOST);
      t.ok(lines[0]?.endsWith(`: ${why}`), ended.stderr);
    });
  }
}

for (const end of ['exit', 'throw']) {
  t.test(
    `an event that ErrSight cannot read at the end by ${end} is told once, with its reason`,
    async (t) => {
      const env = await answering(t, 400, { error: 'not JSON', code: 'INVALID_JSON' });
      const ended = await runFixture('direct-end', { args: [end], env });
      const lines = ended.stderr.split('\n').filter((line) => line.startsWith('errsight: '));
      t.equal(lines[0], 'errsight: ErrSight could not read an event, which is lost (not JSON)');
      // Of the throw there are two events, and one line of this kind.
      t.strictSame(
        lines.slice(1),
        end === 'throw' ? ['errsight: 1 event had been lost earlier (rejected: 1)'] : [],
      );
    },
  );
}
