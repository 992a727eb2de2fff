import { OptionError, OptionReader } from '../options/reader.ts';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import { Invocation } from './invocation.ts';
import { processState } from './state.ts';
import { nextId } from './scope.ts';
import type { Context } from '../event/record.ts';

/** Options of `wrapHandler`. */
export interface HandlerOptions {
  /**
   * ms that an invocation waits at its end for its events to arrive, at most; less where it has less
   * time left. 0 to 900,000, default 2,000.
   */
  readonly flushTimeout?: number | undefined;
}

/** ms of an invocation that are left for its answer: Lambda kills it when its time is over. */
const MARGIN = 200;

/** How `awslambda.streamifyResponse` marks the handlers that it makes. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/**
 * Makes of an AWS Lambda handler one that reports its errors, and that ends when everything captured
 * or logged in the invocation has arrived, or `flushTimeout` is over: behind it Lambda freezes the
 * process. It does not matter by which of our loggers, nor whether there was an `init`. An invocation
 * in which nothing was captured or logged does not wait, also while earlier events are stuck; with the
 * bare `errsight/pino`, of whose lines this thread sees nothing, it asks the worker, for some 20 ms.
 *
 * Each invocation has a scope of its own, with the request id, the function's name and version. What
 * the handler throws, rejects with, or calls back with as an error is reported as `error` and passed on
 * as it is; `this`, arguments and results are what they were. For async handlers and for those with a
 * callback; one that throws at once rejects instead, since nothing can wait in between. Handlers with
 * response streaming are called as they are. A logger may also be made in the invocation itself.
 *
 * @throws {OptionError} for an option that cannot work, and for what is no function.
 */
export function wrapHandler<H extends (...args: never[]) => unknown>(
  handler: H,
  options: HandlerOptions = {},
): H {
  if (typeof handler !== 'function') {
    throw new OptionError('handler', 'expected `handler` to be a function');
  }
  const reader = new OptionReader(options, {});
  const flushTimeout = reader.integer('flushTimeout', 2_000, 0, 900_000);
  reader.refuseUnknown();
  if (STREAMING in handler) return handler;
  // A Proxy, since the runtime looks at how many parameters a handler has, and frameworks hang
  // functions of their own on theirs.
  return new Proxy(handler, {
    apply(target, self, args: unknown[]): unknown {
      const call = (given: readonly unknown[]): unknown =>
        Reflect.apply(target, self, given as never[]);
      const [, context, callback] = args;
      // A stream and the context behind it: `streamifyResponse` around what this has made.
      const isStreaming = callback !== undefined && typeof callback !== 'function';
      if (isStreaming) return call(args);
      const state = processState();
      const invocation = new Invocation(state);
      const origin = {
        id: nextId(),
        describe: () => describe(context),
        onEvent: (taker: object) => invocation.note(taker),
      };
      return state.scopes.runAs(origin, (scope) =>
        invoke(call, args, {
          isAlone: () => invocation.isAlone,
          report: (error) => invocation.report(error, scope),
          over: () => invocation.over(),
          flush: () => invocation.end(timeFor(context, flushTimeout)),
        }),
      );
    },
  });
}

interface End {
  /** Whether there is nobody to report to, nor to wait for: a logger may be made in the invocation. */
  isAlone(): boolean;
  report(error: unknown): void;
  flush(): Promise<void>;
  /** Nothing is waited for. */
  over(): void;
}

type Callback = (error?: unknown, result?: unknown) => void;

function invoke(
  call: (args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  end: End,
): unknown {
  const [event, context, callback] = args;
  async function fail(error: unknown): Promise<never> {
    end.report(error);
    await end.flush();
    throw error;
  }
  async function answer(result: unknown): Promise<unknown> {
    await end.flush();
    return result;
  }
  function callBack(error?: unknown, result?: unknown): void {
    if (error !== undefined && error !== null) end.report(error);
    void end.flush().then(() => (callback as Callback)(error, result));
  }
  try {
    const result = call(typeof callback === 'function' ? [event, context, callBack] : args);
    if (isThenable(result)) return Promise.resolve(result).then(answer, fail);
    // With a callback it may go on; else it is over, and nobody waits.
    if (typeof callback !== 'function') end.over();
    return result;
  } catch (error) {
    if (!end.isAlone()) return fail(error);
    end.over();
    throw error;
  }
}

/** What ErrSight's pages know of a request, and what there is to tell functions apart by. */
function describe(context: unknown): Context {
  const text = (key: string): string | undefined => {
    const value = isObject(context) ? read(context, key) : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const id = text('awsRequestId');
  return {
    tags: { function_name: text('functionName'), function_version: text('functionVersion') },
    metadata: { ...(id !== undefined && { request_id: id }) },
  };
}

/** ms to wait for delivery. */
function timeFor(context: unknown, flushTimeout: number): number {
  const remaining = isObject(context) ? read(context, 'getRemainingTimeInMillis') : undefined;
  const left =
    typeof remaining === 'function' ? attempt<unknown>(() => remaining.call(context)) : undefined;
  if (typeof left !== 'number' || Number.isNaN(left)) return flushTimeout;
  return Math.max(0, Math.min(flushTimeout, left - MARGIN));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof read(value, 'then') === 'function';
}
