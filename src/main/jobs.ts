import { OptionError } from '../options/option-error.ts';
import { nameOurs } from '../lib/own-name.ts';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import { factsOfJob, type JobFacts } from './job-facts.ts';
import { reportersOf } from './reporters.ts';
import { ofWork, Scope } from './scope.ts';
import { processState } from './state.ts';

/** See `uses.ts`, as for all that stands there. */
export function wrapJob<H extends (...args: never[]) => unknown>(
  queue: string | { readonly name: string },
  handler: H,
): H {
  const name = isObject(queue) ? read(queue, 'name') : queue;
  if (typeof name !== 'string' || name === '') {
    throw new OptionError('queue', "expected `queue` to be a queue's name, or an object with one");
  }
  if (typeof handler !== 'function') {
    throw new OptionError('handler', 'expected `handler` to be a function');
  }
  // A Proxy, since libraries look at how many parameters a handler has.
  const traps = {
    apply: (target: H, self: unknown, args: unknown[]): unknown => {
      const { scopes } = processState();
      const facts = factsOfJob(args[0]);
      const own = {
        errsightCall: (given: readonly unknown[]): unknown =>
          Reflect.apply(target, self, given as never[]),
      };
      const within = (scope: Scope): unknown => {
        attempt(() => fill(scope, name, facts));
        const fail = (error: unknown): void => attempt(() => report(error, facts, scope));
        return invoke(own.errsightCall, args, fail);
      };
      nameOurs(within);
      return scopes.runAs(ofWork(), within);
    },
  };
  nameOurs(traps.apply);
  return new Proxy(handler, traps);
}

/**
 * Fills the job's scope, with the publisher's scope first: a job that publishes another one has the
 * same tags.
 */
function fill(
  scope: Scope,
  queue: string,
  { name, ids, count, attempt: tried, scope: json }: JobFacts,
) {
  scope.adopt(Scope.from(json));
  scope.setTags({ queue, job: name, attempt: tried });
  const [id] = ids;
  if (count > 1) scope.setMetadata({ job_ids: ids, job_count: count });
  else if (id !== undefined) scope.setMetadata({ job_id: id });
}

/**
 * The job that failed last with each object. Each try of each job is a failure, even if all throw
 * the same object.
 */
const failed = new WeakMap<object, JobFacts>();

function report(error: unknown, facts: JobFacts, scope: Scope): void {
  const fate = facts.fate(error);
  if (fate === 'not failed') return;
  const state = processState();
  const last = isObject(error) ? failed.get(error) : undefined;
  if (isObject(error)) failed.set(error, facts);
  const level = fate === 'last' ? 'error' : 'warning';
  for (const client of reportersOf(state)) {
    if (last !== undefined && last !== facts) state.reported.forget(error, client.project);
    client.capture(
      {
        time: Date.now(),
        level,
        message: '',
        thrown: { value: error },
        mechanism: 'job',
        fields: {},
      },
      // The level is given here too, since the publisher's scope may have another.
      { level, metadata: { mechanism: 'job' } },
      scope,
    );
    if (fate === 'repeated') state.reported.settle(error, client.project);
  }
}

type Done = (error?: unknown, ...rest: unknown[]) => unknown;

/** Calls the handler, and tells `fail` what it throws, rejects with, or calls back with. */
function invoke(
  call: (args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  fail: (error: unknown) => void,
): unknown {
  // Agenda and Bull pass the callback as the second argument, where BullMQ passes a token. Other
  // functions may have it as the first.
  const at = args.findIndex((each, index) => index < 2 && typeof each === 'function');
  function calledBack(this: unknown, ...given: Parameters<Done>): unknown {
    const [error] = given;
    // Both libraries take any true value for a failure.
    if (error) fail(error);
    return Reflect.apply(args[at] as Done, this, given);
  }
  try {
    const result = call(at === -1 ? args : args.with(at, calledBack));
    if (!isObject(result) || typeof read(result, 'then') !== 'function') return result;
    // `then` is called only once. A lazy promise, such as knex's builder, would do its work twice.
    return Promise.resolve(result as PromiseLike<unknown>).catch((error: unknown) => {
      fail(error);
      throw error;
    });
  } catch (error) {
    fail(error);
    throw error;
  }
}

nameOurs(invoke);
