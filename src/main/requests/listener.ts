import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { note } from './failures.ts';
import { factsOf } from './requests.ts';
import type { Failure } from './facts.ts';

type Listener = (...args: never[]) => unknown;

/**
 * A listener of `http.createServer` that tells of what it throws, or rejects with, and passes it on: what
 * becomes of that is as without us.
 */
export function wrapListener<T extends Listener>(listener: T): T {
  return new Proxy(listener, {
    apply(target, self, args: unknown[]): unknown {
      const fail = (error: unknown): never => {
        attempt(() => {
          const facts = factsOf(args[0], args[1]);
          if (facts !== undefined) note(facts, error, { mechanism: 'http', isHandled });
        });
        throw error;
      };
      let result: unknown;
      try {
        result = Reflect.apply(target, self, args as never[]);
      } catch (error) {
        return fail(error);
      }
      return isThenable(result) ? result.then(undefined, fail) : result;
    },
  });
}

/** Whether somebody around the listener has answered. */
const isHandled: Failure['isHandled'] = (response) => response?.headersSent === true;

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof read(value, 'then') === 'function';
}
