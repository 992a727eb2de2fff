/** The cause that the last line of a process names is the right one, by whichever door and end. */
import t, { type Test } from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer, type StrictServerOptions } from '../helpers/errsight.ts';

const DOORS = ['direct', 'pino', 'withErrsight', 'winston'] as const;
const ENDS = ['natural', 'exit', 'throw', 'SIGTERM'] as const;
const LOST = /^errsight: \d events? (?:.*had not arrived|may not have arrived).*$/gm;

async function lastLine(
  t: Test,
  options: StrictServerOptions,
  args: readonly string[],
  patience = '50000',
): Promise<string | undefined> {
  const server = await strictServer(t, options);
  const env = { ...server.env, SHUTDOWN_TIMEOUT: patience, FLUSH: patience };
  const { stderr } = await runFixture('last-line', { args, env });
  return stderr.match(LOST)?.at(-1) ?? `no line in: ${stderr}`;
}

type Intercept = NonNullable<StrictServerOptions['intercept']>;

function answering(status: number, body: object): Intercept {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    return true;
  };
}

const unreadable = answering(400, { error: 'not JSON', code: 'INVALID_JSON' });

type Trouble = readonly [
  what: string,
  options: () => StrictServerOptions,
  cause: RegExp,
  /** ms that are spent, since it is tried until they are over. */
  patience?: string,
];

const TROUBLES: readonly Trouble[] = [
  [
    'a request that ErrSight cannot read, and then the rate limit',
    () => {
      let requests = 0;
      return {
        rateLimitPerMinute: 3,
        windowMs: 1e12,
        intercept: (...given) => (requests++ === 0 ? unreadable(...given) : false),
      };
    },
    /: the rate limit of the project (?:delays them|is used up)$/,
  ],
  [
    'a revoked key',
    () => ({ intercept: answering(401, { error: 'no' }) }),
    /: ErrSight does not know the API key \(401\)/,
  ],
  [
    'a server in trouble',
    () => ({ intercept: answering(503, {}) }),
    /: ErrSight cannot be reached \(HTTP 503\)$/,
    '5000',
  ],
  [
    'a server that is silent',
    () => ({ intercept: () => true }),
    /: (?:no answer came in time$|ErrSight does not answer)/,
    '8000',
  ],
];

for (const door of ['direct', 'pino'] as const) {
  for (const end of ['natural', 'throw'] as const) {
    for (const [what, options, cause, patience] of TROUBLES) {
      t.test(`${door}, ${end}: ${what}`, async (t) => {
        t.match(await lastLine(t, options(), [door, end], patience), cause);
      });
    }
  }
}

for (const [what, options, cause, patience] of TROUBLES) {
  t.test(`withErrsight, SIGTERM: ${what}`, async (t) => {
    t.match(await lastLine(t, options(), ['withErrsight', 'SIGTERM'], patience), cause);
  });
}

for (const door of DOORS) {
  for (const end of ENDS) {
    // A signal ends pino's worker where nothing of ours is on the main thread but what it has imported.
    if (end === 'SIGTERM' && door === 'pino') continue;
    t.test(`${door}, ${end}: a healthy server whose rate limit delays the rest`, async (t) => {
      const line = await lastLine(t, { rateLimitPerMinute: 3, windowMs: 1e12 }, [door, end]);
      t.match(line, /: the rate limit of the project (?:delays them|is used up)$/);
    });
  }
}
