import { isErrorInstance } from '../../event/error/class.ts';
import { attempt, isObject } from '../../lib/safe-read.ts';
import { asShown, textsIn } from '../../notes/shown.ts';
import { errorJson } from './error-json.ts';
import { ownSerializer, type Serializer } from './instance.ts';
import { redacted } from './redact.ts';
import { foreignStack } from './stacks.ts';
import type { Json } from '../../event/scrub/plain-copy.ts';
import type { NotedError } from '../../notes/line-note.ts';

/** An error of a line. The text of a stack counts as one. */
export interface Found {
  readonly error: unknown;
  /** The path to it in the line. Empty if it is not in the line. */
  readonly path: readonly string[];
  /** The path to it in an object that pino drops. `redact` and serializers hold for it, too. */
  readonly name?: readonly string[];
}

/**
 * What the worker is told of an error, without what the logger's `redact` hides. If a function of
 * the user decides what is written of the error, the line decides. `isRewritten` says that this
 * holds for the whole line.
 */
export function thrownOf(
  logger: object,
  { error, path, name = path }: Found,
  errorKey: string,
  isRewritten = false,
): NotedError {
  if (!isErrorInstance(error)) return { path, value: error, isBare: isRewritten };
  const foreign = foreignStack(error);
  if (foreign !== undefined) return { path, value: foreign, isBare: isRewritten };
  const serializer = ownSerializer(logger, name[0] ?? errorKey, errorKey);
  const isBare = isRewritten || serializer !== undefined;
  const facts = errorJson(error, isBare);
  const isInLine = isRewritten || path.length > 0 || serializer === undefined;
  // pino writes nothing of this error, so nobody has asked the serializer yet.
  const shown = isInLine ? facts : asSerialized(facts, error, serializer);
  const value = redacted(logger, shown, name, errorKey);
  return { path, value, isBare: isBare && isInLine };
}

function asSerialized(facts: Json, error: object, serializer: Serializer): unknown {
  if (!isObject(facts)) return facts;
  const written = attempt(() => JSON.parse(JSON.stringify(serializer(error))) as unknown);
  return asShown(facts, written, textsIn(written));
}
