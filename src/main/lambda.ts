import { OptionError } from '../options/option-error.ts';
import { OptionReader } from '../options/reader.ts';
import { nameOurs } from '../lib/own-name.ts';
import { isThenable } from '../lib/safe-read.ts';
import { Invocation } from './invocation.ts';
import { processState } from './state.ts';
import { nextId, type Scope } from './scope.ts';
import { bounded } from './bounded.ts';
import { describeCall, isColdStart, nameOf, remaining } from './lambda-context.ts';
import { systemClock, type Timer } from '../lib/clock.ts';
import type { DataRules } from './requests/data.ts';
import type { HandlerOptions } from './uses.ts';

/** ms of an invocation that are kept for its answer. Lambda kills it when its time is over. */
const MARGIN = 200;
/** The most bytes of an invocation's event, as JSON. */
const EVENT = 4_096;

/** How `awslambda.streamifyResponse` marks the handlers that it makes. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/** Whether a handler was called already in this process. */
let isCalled = false;

/** See `uses.ts`. */
export function wrapHandler<H extends (...args: never[]) => unknown>(
  handler: H,
  options: HandlerOptions = {},
): H {
  if (typeof handler !== 'function') {
    throw new OptionError('handler', 'expected `handler` to be a function');
  }
  const reader = new OptionReader(options, {});
  const flushTimeout = reader.integer('flushTimeout', 2_000, 0, 900_000);
  const timeoutWarning = reader.integer('timeoutWarning', 500, 0, 900_000);
  const includeEvent = reader.boolean('includeEvent', false);
  reader.refuseUnknown();
  if (STREAMING in handler) return handler;
  // A Proxy, since the runtime looks at how many parameters a handler has, and frameworks hang
  // functions of their own on theirs.
  const traps = {
    apply: (target: H, self: unknown, args: unknown[]): unknown => {
      const own = {
        errsightCall: (given: readonly unknown[]): unknown =>
          Reflect.apply(target, self, given as never[]),
      };
      const call = own.errsightCall;
      const [event, context, callback] = args;
      // The second argument is a stream and the third the context: `streamifyResponse` was put
      // around our handler.
      const isStreaming = callback !== undefined && typeof callback !== 'function';
      if (isStreaming) return call(args);
      const state = processState();
      const invocation = new Invocation(state);
      const isCold = isColdStart(!isCalled);
      isCalled = true;
      const origin = {
        id: nextId(),
        describe: (rules?: DataRules) => {
          const said = describeCall(event, context, isCold);
          if (!includeEvent || rules === undefined) return said;
          const lambda_event = bounded(event, EVENT, rules.scrub);
          return { ...said, metadata: { ...said.metadata, lambda_event } };
        },
        onEvent: (taker: object) => invocation.note(taker),
      };
      const within = (scope: Scope): unknown => {
        const warning = warnBefore(context, timeoutWarning, (left) =>
          invocation.runsOut(`${nameOf(context)} runs into its time limit`, scope, left),
        );
        const over = (): void => {
          if (warning !== undefined) systemClock.clearTimer(warning);
          invocation.over();
        };
        return invoke(call, args, {
          isAlone: () => invocation.isAlone,
          report: (error) => invocation.report(error, scope),
          over,
          flush: () => {
            over();
            return invocation.end(timeFor(context, flushTimeout));
          },
        });
      };
      nameOurs(within);
      return state.scopes.runAs(origin, within);
    },
  };
  nameOurs(traps.apply);
  return new Proxy(handler, traps);
}

interface End {
  /**
   * Whether there is no client to report to and nothing to wait for. It is asked at the end, since
   * a logger may be made in the invocation.
   */
  isAlone(): boolean;
  report(error: unknown): void;
  flush(): Promise<void>;
  /** Ends it without a wait. */
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
    // With a callback the work may still go on. Without one it is over, and nobody waits.
    if (typeof callback !== 'function') end.over();
    return result;
  } catch (error) {
    if (!end.isAlone()) return fail(error);
    end.over();
    throw error;
  }
}

nameOurs(invoke);

/** Calls back before the time limit, with the ms that are left then. */
function warnBefore(
  context: unknown,
  before: number,
  warn: (left: number) => void,
): Timer | undefined {
  const left = remaining(context);
  if (before === 0 || left === undefined || left <= 0) return undefined;
  const rest = Math.min(before, left / 2);
  return systemClock.setTimer(() => warn(rest), left - rest);
}

/** ms to wait for delivery. */
function timeFor(context: unknown, flushTimeout: number): number {
  const left = remaining(context);
  if (left === undefined) return flushTimeout;
  return Math.max(0, Math.min(flushTimeout, left - MARGIN));
}
