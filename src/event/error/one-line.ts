import { isObject, read } from '../../lib/safe-read.ts';
import { constructorName, isErrorInstance, mostSpecific } from './class.ts';
import { describeThrown } from './thrown.ts';

/** What was thrown, and where. A hook can throw anything, also a value on which `inspect` fails. */
export function describe(error: unknown): string {
  const { class: name, message, frames } = describeThrown(error);
  const [top] = frames;
  return `${name}: ${message}${top === undefined ? '' : ` (${top.file}:${top.line})`}`;
}

/**
 * An error as a breadcrumb shows it: class and message, since a stack would be longer than all
 * other breadcrumbs together. A value without a message stays as it is.
 */
export function inOneLine(thrown: unknown): unknown {
  if (!isObject(thrown)) return thrown;
  const message = read(thrown, 'message');
  if (typeof message !== 'string') return thrown;
  // pino's serializer calls the class `type`. On an Error itself `type` can be anything.
  const names = isErrorInstance(thrown)
    ? [read(thrown, 'name'), constructorName(thrown)]
    : [read(thrown, 'type'), read(thrown, 'name')];
  const name = mostSpecific(names);
  return name === undefined ? message : `${name}: ${message}`;
}
