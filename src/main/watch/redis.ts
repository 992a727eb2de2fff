import { isArray, read } from '../../lib/safe-read.ts';
import { watchQueries } from './queries.ts';
import type { Query } from './query-step.ts';
import type { Scopes } from '../scopes.ts';

/**
 * Remembers the commands of ioredis (5.11 and later) and of node-redis (5.12 and later) as steps:
 * their names, and how many keys they had. Returns a function that ends it.
 */
export function watchRedis(scopes: Scopes): () => void {
  const stops = [
    // ioredis publishes a command when it writes it. If the command had to wait for the connection,
    // the connection writes it, and it counts as a step of the code that opened that.
    watchQueries(scopes, 'ioredis:command', (context) => describe(context, 0)),
    // The arguments of node-redis begin with the name.
    watchQueries(scopes, 'node-redis:command', (context) => describe(context, 1)),
    // A pipeline's commands are published one by one, but not those of a transaction.
    watchQueries(scopes, 'node-redis:batch', transaction, {
      isWanted: (context) => read(context, 'batchMode') === 'MULTI',
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

const NAME = /^[A-Z][A-Z0-9._-]{0,39}$/;

/** Commands whose arguments are all keys. */
const ALL =
  /^(?:MGET|DEL|UNLINK|EXISTS|TOUCH|WATCH|PFCOUNT|PFMERGE|RENAME(?:NX)?|S(?:INTER|UNION|DIFF)(?:STORE)?)$/;
/** Commands of which every other argument is a key. */
const PAIRS = /^MSET(?:NX)?$/;
/** Commands whose second argument says how many keys follow. */
const COUNTED = /^(?:EVAL|EVALSHA|FCALL)(?:_RO)?$/;
/** Commands without keys: connections, scripts, transactions, channels, the server. */
const NONE =
  /^(?:ACL|AUTH|BG\w+|CLIENT|CLUSTER|COMMAND|CONFIG|DBSIZE|DISCARD|ECHO|EXEC|FLUSH\w+|FUNCTION|HELLO|INFO|KEYS|LASTSAVE|LATENCY|MEMORY|MODULE|MONITOR|MULTI|PING|P?(?:UN)?SUBSCRIBE|S?PUBLISH|PUBSUB|QUIT|RANDOMKEY|READONLY|READWRITE|RESET|ROLE|SAVE|SCAN|SCRIPT|SELECT|SHUTDOWN|SLOWLOG|SWAPDB|TIME|UNWATCH|WAIT|XREAD(?:GROUP)?)$/;

function transaction(context: object): Query {
  const said = read(context, 'batchSize');
  return () => {
    const commands = typeof said === 'number' ? said : 0;
    const sql = `MULTI (${commands === 1 ? '1 command' : `${commands} commands`})`;
    return { sql, name: 'redis', more: { command: 'MULTI', commands } };
  };
}

/**
 * Describes a command without its values and without the names of its keys, which hold ids of users
 * and sessions.
 */
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

/** How many of `count` arguments are keys. `said` is the second argument, if that is a number. */
function keysOf(name: string, count: number, said: number): number {
  if (NONE.test(name) || count <= 0) return 0;
  if (ALL.test(name)) return count;
  if (PAIRS.test(name)) return Math.floor(count / 2);
  if (!COUNTED.test(name)) return 1;
  return Number.isInteger(said) && said >= 0 && said < count ? said : 0;
}
