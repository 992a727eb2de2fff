import { isArray, read } from '../../lib/safe-read.ts';
import { watchQueries } from './queries.ts';
import type { Query } from './query-step.ts';
import type { Scopes } from '../scopes.ts';

/**
 * Remembers the commands of ioredis (5.11 and later) and of node-redis (5.12 and later) as steps: their
 * names, and how many keys they had. Returns what ends it.
 */
export function watchRedis(scopes: Scopes): () => void {
  const stops = [
    // It tells of a command when it writes it. One that had to wait for the connection is written by
    // that, and counts as the step of whoever had it opened.
    watchQueries(scopes, 'ioredis:command', (context) => describe(context, 0)),
    // Its arguments begin with the name.
    watchQueries(scopes, 'node-redis:command', (context) => describe(context, 1)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

const NAME = /^[A-Z][A-Z0-9._-]{0,39}$/;

/** All of their arguments are keys. */
const ALL =
  /^(?:MGET|DEL|UNLINK|EXISTS|TOUCH|WATCH|PFCOUNT|PFMERGE|RENAME(?:NX)?|S(?:INTER|UNION|DIFF)(?:STORE)?)$/;
/** Every other one is. */
const PAIRS = /^MSET(?:NX)?$/;
/** The second argument says how many follow. */
const COUNTED = /^(?:EVAL|EVALSHA|FCALL)(?:_RO)?$/;
/** None is: connections, scripts, transactions, channels, the server. */
const NONE =
  /^(?:ACL|AUTH|BG\w+|CLIENT|CLUSTER|COMMAND|CONFIG|DBSIZE|DISCARD|ECHO|EXEC|FLUSH\w+|FUNCTION|HELLO|INFO|KEYS|LASTSAVE|LATENCY|MEMORY|MODULE|MONITOR|MULTI|PING|P?(?:UN)?SUBSCRIBE|S?PUBLISH|PUBSUB|QUIT|RANDOMKEY|READONLY|READWRITE|RESET|ROLE|SAVE|SCAN|SCRIPT|SELECT|SHUTDOWN|SLOWLOG|SWAPDB|TIME|UNWATCH|WAIT|XREAD(?:GROUP)?)$/;

/** Neither values nor names of keys, which hold ids of users and sessions. */
function describe(context: object, first: number): Query {
  const command = read(context, 'command');
  const args = read(context, 'args');
  const count = isArray(args) ? args.length - first : 0;
  const said = isArray(args) ? Number(args[first + 1]) : 0;
  return () => {
    const upper = typeof command === 'string' ? command.toUpperCase() : '';
    const name = NAME.test(upper) ? upper : 'a command';
    const keys = keysOf(name, count, said);
    const counted = keys === 1 ? '1 key' : `${keys} keys`;
    return {
      sql: keys === 0 ? name : `${name} (${counted})`,
      name: 'redis',
      more: { command: name, ...(keys > 0 && { keys }) },
    };
  };
}

/** Of `count` arguments, of which the second is the number `said` if it is one. */
function keysOf(name: string, count: number, said: number): number {
  if (NONE.test(name) || count <= 0) return 0;
  if (ALL.test(name)) return count;
  if (PAIRS.test(name)) return Math.floor(count / 2);
  if (!COUNTED.test(name)) return 1;
  return Number.isInteger(said) && said >= 0 && said < count ? said : 0;
}
