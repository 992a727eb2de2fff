import { isErrorInstance } from '../../event/error/class.ts';
import { errorJson } from './error-json.ts';
import { hasOwnSerializer } from './instance.ts';
import { redacted } from './redact.ts';
import { foreignStack } from './stacks.ts';
import type { NotedError } from '../../notes/line-note.ts';

/** An error of a line. The text of a stack counts as one. */
export interface Found {
  readonly error: unknown;
  readonly path: readonly string[];
}

/** What the worker is told of an error, without what the logger's `redact` hides. */
export function thrownOf(logger: object, { error, path }: Found, errorKey: string): NotedError {
  if (!isErrorInstance(error)) return { path, value: error };
  const foreign = foreignStack(error);
  if (foreign !== undefined) return { path, value: foreign };
  const isBare = hasOwnSerializer(logger, path[0] ?? errorKey, errorKey);
  const facts = errorJson(error, isBare);
  return { path, value: redacted(logger, facts, path, errorKey), isBare };
}
