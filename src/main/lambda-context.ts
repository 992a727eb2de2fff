import { eventFacts } from './lambda-event.ts';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import type { Context } from '../event/record.ts';

/** What ErrSight's pages know of a request, what called it, and what there is to tell functions apart by. */
export function describeCall(event: unknown, context: unknown, isColdStart: boolean): Context {
  const called = eventFacts(event);
  const id = textOf(context, 'awsRequestId');
  const left = remaining(context);
  return {
    tags: {
      function_name: textOf(context, 'functionName'),
      function_version: textOf(context, 'functionVersion'),
      cold_start: isColdStart,
      ...(left !== undefined && { remaining_ms: Math.round(left) }),
      ...called?.tags,
    },
    metadata: { ...called?.metadata, ...(id !== undefined && { request_id: id }) },
  };
}

/** For a sentence about it. */
export function nameOf(context: unknown): string {
  return `the function ${textOf(context, 'functionName') ?? ''}`.trim();
}

function textOf(context: unknown, key: string): string | undefined {
  const value = isObject(context) ? read(context, key) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** ms that an invocation has left, if it says so. */
export function remaining(context: unknown): number | undefined {
  const ask = isObject(context) ? read(context, 'getRemainingTimeInMillis') : undefined;
  const left = typeof ask === 'function' ? attempt<unknown>(() => ask.call(context)) : undefined;
  return typeof left === 'number' && Number.isFinite(left) ? left : undefined;
}
