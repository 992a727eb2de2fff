import { OptionError } from '../../options/option-error.ts';
import { readAt, textAt } from '../../lib/safe-read.ts';
import { processState } from '../state.ts';
import { failureOf } from './begun.ts';
import { listenOn, watchClient } from './emitters.ts';
import { Pending } from './pending.ts';
import { queryStep, type Query } from './query-step.ts';

/** Commands that a driver sends for itself. */
const OWN = /^(?:hello|ismaster|ping|endSessions|killCursors|authenticate|sasl.*)$/i;
/** Commands about a person. */
const OF_USERS = /User|Role/;

const NAME = /^[\w.$-]{1,120}$/;

/** See `uses.ts`. */
export function watchMongo(client: object): () => void {
  const expected = { what: 'a `MongoClient`', methods: ['on', 'off'] };
  return watchClient(client, expected, (mongo) => {
    if (readAt(mongo, 'options', 'monitorCommands') === false) {
      throw new OptionError(
        'monitorCommands',
        'expected `monitorCommands` of the `MongoClient` to be true, got `false`',
      );
    }
    const pending = new Pending<Query>(processState().scopes);
    function end(event: unknown, isFailed: boolean): void {
      const done = pending.end(readAt(event, 'requestId'));
      const error = isFailed ? failureOf(readAt(event, 'failure')) : undefined;
      done?.scope.record(queryStep(done.what, done.duration, error));
    }
    return listenOn(mongo, {
      commandStarted: (event) => {
        const query = describe(event);
        if (query !== undefined) pending.begin(readAt(event, 'requestId'), query);
      },
      commandSucceeded: (event) => end(event, false),
      commandFailed: (event) => end(event, true),
    });
  });
}

function describe(event: unknown): Query | undefined {
  const name = textAt(event, 'commandName') ?? '';
  if (!NAME.test(name) || OWN.test(name)) return undefined;
  const collection = textAt(event, 'command', name === 'getMore' ? 'collection' : name) ?? '';
  const sql = NAME.test(collection) && !OF_USERS.test(name) ? `${name} ${collection}` : name;
  return () => ({ sql, name: 'mongodb' });
}
