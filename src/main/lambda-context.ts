import { eventFacts } from './lambda-event.ts';
import { attempt, readAt, textAt } from '../lib/safe-read.ts';
import type { Environment } from '../options/reader.ts';
import type { Context } from '../event/record.ts';

/**
 * What ErrSight's pages show of a request, what called the function, and what tells functions
 * apart.
 */
export function describeCall(event: unknown, context: unknown, isCold: boolean): Context {
  const called = attempt(() => eventFacts(event));
  const left = remaining(context);
  return {
    tags: {
      function_name: textAt(context, 'functionName'),
      function_version: textAt(context, 'functionVersion'),
      cold_start: isCold,
      remaining_ms: left === undefined ? undefined : Math.round(left),
      ...called?.tags,
    },
    metadata: { ...called?.metadata, request_id: textAt(context, 'awsRequestId') },
  };
}

/**
 * Whether a caller has waited for the process to start. Provisioned processes start before anybody
 * calls.
 */
export function isColdStart(isFirst: boolean, env: Environment = process.env): boolean {
  return isFirst && env['AWS_LAMBDA_INITIALIZATION_TYPE'] !== 'provisioned-concurrency';
}

/** The function's name, for a sentence. */
export function nameOf(context: unknown): string {
  return `the function ${textAt(context, 'functionName') ?? ''}`.trim();
}

/** ms that an invocation has left, if it says so. */
export function remaining(context: unknown): number | undefined {
  const ask = readAt(context, 'getRemainingTimeInMillis');
  const left =
    typeof ask === 'function'
      ? attempt(() => Reflect.apply(ask, context, []) as unknown)
      : undefined;
  return typeof left === 'number' && Number.isFinite(left) ? left : undefined;
}
