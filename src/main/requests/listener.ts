import { attempt, isThenable } from '../../lib/safe-read.ts';
import { processState } from '../state.ts';
import { note } from './failures.ts';
import { warnOfNobody } from './nobody.ts';
import { factsOf } from './requests.ts';
import type { Failure } from './facts.ts';

type Listener = (...args: never[]) => unknown;

/**
 * Wraps a listener of `http.createServer`. What it throws or rejects with is noted and passed on,
 * so it has the same effect as without us.
 */
export function wrapListener<T extends Listener>(listener: T): T {
  return new Proxy(listener, {
    apply(target, self, args: unknown[]): unknown {
      const { clients, standby, scopes } = processState();
      const isWatched = clients.size > 0 || standby !== undefined;
      const facts = isWatched ? attempt(() => factsOf(args[0], args[1])) : undefined;
      const fail = (error: unknown): never => {
        if (facts === undefined) attempt(warnOfNobody);
        else attempt(() => note(facts, error, { mechanism: 'http', isHandled }));
        throw error;
      };
      const call = { errsightCall: (): unknown => Reflect.apply(target, self, args as never[]) };
      // Requests of HTTP/2 on Node 20, and of other runtimes, are not published. They are new here.
      const isNew = facts !== undefined && scopes.current().origin !== facts;
      let result: unknown;
      try {
        result = isNew
          ? scopes.errsightWithin(facts.scope, call.errsightCall)
          : Reflect.apply(target, self, args as never[]);
      } catch (error) {
        return fail(error);
      }
      return isThenable(result) ? result.then(undefined, fail) : result;
    },
  });
}

/** Whether code around the listener has answered. */
const isHandled: Failure['isHandled'] = (response) => response?.headersSent === true;
