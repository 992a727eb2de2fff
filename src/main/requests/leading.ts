import { causesOf } from '../../event/error/causes-of.ts';
import { inOneLine } from '../../event/error/one-line.ts';
import { loadMaking } from '../../event/late-making.cts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { isRetold, saysOnlyStatus, statusOf } from './likeness.ts';
import type { Failure } from './facts.ts';

/** Codes of streams that end because nobody reads them any more. */
export const GONE: ReadonlySet<unknown> = new Set([
  'ABORT_ERR',
  'ECONNABORTED',
  'EPIPE',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  // From Node 24 on.
  'ERR_STREAM_UNABLE_TO_PIPE',
]);

/** The errors of a request in their order, if it has failed once. */
export interface Course {
  readonly earlier: readonly Failure[];
  /** The one that the event is about. */
  readonly lead: Failure;
  readonly later: readonly Failure[];
  /** Those that are failures of their own: they came after the answer had begun. */
  readonly apart: readonly Failure[];
}

/**
 * The first error that is no client error leads. It is the cause, and the others come from how it
 * was handled. An error around it says more, so that one leads then.
 */
export function courseOf(failures: readonly Failure[]): Course | undefined {
  const first = failures.find(({ error }) => (statusOf(error) ?? 500) >= 500) ?? failures.at(-1);
  if (first === undefined) return undefined;
  const lead =
    failures.findLast(
      ({ error, isLate }) => isLate === first.isLate && causesOf(error).includes(first.error),
    ) ?? first;
  const others = failures.filter(
    (each) => each !== lead && !causesOf(lead.error).includes(each.error),
  );
  const start = failures.indexOf(first);
  const after = others.filter((each) => failures.indexOf(each) > start);
  const apart = after.filter((each) => each.isLate && !comesFrom(each.error, lead.error));
  return {
    earlier: others.filter((each) => !after.includes(each)),
    lead,
    later: after.filter((each) => !apart.includes(each)),
    apart,
  };
}

/** Whether an error that came after the answer had begun comes from the one before it. */
function comesFrom(error: unknown, lead: unknown): boolean {
  if (!isObject(error)) return false;
  const isOfAnswer = isOfAnswered(error) || GONE.has(read(error, 'code'));
  return (
    isOfAnswer || causesOf(error).includes(lead) || saysOnlyStatus(error) || isRetold(lead, error)
  );
}

/** Whether an error only says that the answer was sent already. */
function isOfAnswered(error: unknown): boolean {
  return isObject(error) && read(error, 'code') === 'ERR_HTTP_HEADERS_SENT';
}

/** An error's class and message, and the place where the application has made it. */
export function inWords({ error }: Failure): string {
  const words = inOneLine(error);
  const text = typeof words === 'string' ? words : String(attempt(() => String(words)));
  const own = loadMaking()
    .describeThrown(error)
    .frames.find(({ file }) => !/^node:|^<|[\\/]node_modules[\\/]/.test(file));
  if (own === undefined) return text;
  const folder = process.cwd();
  const isInside = own.file.startsWith(folder);
  return `${text} (${isInside ? own.file.slice(folder.length + 1) : own.file}:${own.line})`;
}
