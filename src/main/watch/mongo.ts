import { OptionError } from '../../options/reader.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import { processState } from '../state.ts';
import { failureOf } from './begun.ts';
import { listenOn, watchClient, type Unwatch } from './emitters.ts';
import { Pending } from './pending.ts';
import { queryStep, type Query } from './query-step.ts';

/** What a driver does for itself, and what has passwords. */
const OWN =
  /^(?:hello|ismaster|ping|endSessions|killCursors|authenticate|sasl\w+|getnonce|createUser|updateUser|copydb\w*)$/i;

const NAME = /^[\w.$-]{1,120}$/;

/**
 * Remembers the commands of a `MongoClient` of the package `mongodb` as breadcrumbs: their names with the
 * collection, never a filter or a document. The client needs its option `monitorCommands: true`, without
 * which it tells of none. Returns what ends it; called twice with a client, it watches it once.
 *
 * @throws {OptionError} for what is no client, or one without that option.
 */
export function watchMongo(client: object): Unwatch {
  const expected = { what: 'a `MongoClient`', methods: ['on', 'off'] };
  return watchClient(client, expected, (mongo) => {
    const options = read(mongo, 'options');
    if (isObject(options) && read(options, 'monitorCommands') === false) {
      throw new OptionError(
        'monitorCommands',
        'expected `monitorCommands` of the `MongoClient` to be true, got `false`',
      );
    }
    const pending = new Pending<Query>(processState().scopes);
    function end(event: unknown, isFailed: boolean): void {
      if (!isObject(event)) return;
      const done = pending.end(read(event, 'requestId'));
      const error = isFailed ? failureOf(read(event, 'failure')) : undefined;
      done?.scope.record(queryStep(done.what, done.duration, error));
    }
    return listenOn(mongo, {
      commandStarted: (event) => {
        if (!isObject(event)) return;
        const query = describe(read(event, 'commandName'), read(event, 'command'));
        if (query !== undefined) pending.begin(read(event, 'requestId'), query);
      },
      commandSucceeded: (event) => end(event, false),
      commandFailed: (event) => end(event, true),
    });
  });
}

function describe(name: unknown, command: unknown): Query | undefined {
  if (typeof name !== 'string' || !NAME.test(name) || OWN.test(name)) return undefined;
  const of = isObject(command)
    ? read(command, name === 'getMore' ? 'collection' : name)
    : undefined;
  const collection = typeof of === 'string' && NAME.test(of) ? of : undefined;
  const sql = collection === undefined ? name : `${name} ${collection}`;
  return () => ({ sql, name: 'mongodb' });
}
