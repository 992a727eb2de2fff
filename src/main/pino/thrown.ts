import { constructorName, isErrorInstance } from '../../event/error/class.ts';
import { isPlain } from '../../event/error/find.ts';
import { attempt, isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { KIND } from '../../notes/revive.ts';
import { asShown, textsIn } from '../../notes/shown.ts';
import { errorJson, valueJson } from './error-json.ts';
import { ownSerializer, redactionOf, type Serializer } from './instance.ts';
import { redacted, redactedField } from './redact.ts';
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
/** What is special about a line. */
interface Way {
  /** Whether a hook of the user decides what is written of the whole line. */
  readonly isRewritten?: boolean;
  /** Whether a request has failed with what is thrown. */
  readonly wasThrown?: boolean;
}

/**
 * What the worker is told of an error, without what the logger's `redact` hides. If a function of
 * the user decides what is written of the error, the line decides.
 */
export function thrownOf(
  logger: object,
  { error, path, name = path }: Found,
  errorKey: string,
  { isRewritten = false, wasThrown = false }: Way = {},
): NotedError {
  if (!isErrorInstance(error)) {
    if (!wasThrown) return { path, value: error, isBare: isRewritten };
    return isRewritten
      ? { path, wasThrown: true }
      : valueOf(logger, { error, path, name }, errorKey);
  }
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

/** A thrown value that is no Error. Where the user changes what the line has of it, that holds. */
function valueOf(logger: object, { error, path }: Found, errorKey: string): NotedError {
  const [name] = path;
  const isChanged =
    name !== undefined &&
    (ownSerializer(logger, name, errorKey) !== undefined ||
      redactionOf(logger, name) !== undefined);
  if (isChanged) return { path, wasThrown: true };
  const value = valueJson(error);
  if (!isObject(value)) return { path, value, wasThrown: true };
  const left = redactedField(logger, errorKey, value);
  const own = keysOf(left ?? {}).map(
    (key) => [key, redactedField(logger, key, read(left ?? {}, key))] as const,
  );
  const kind = isPlain(error) ? undefined : constructorName(error as object);
  return {
    path,
    value: isArray(left) ? left : Object.fromEntries([...own, [KIND, kind]]),
    wasThrown: true,
  };
}
