import { isObject, read } from '../../lib/safe-read.ts';
import { describeThrown } from './thrown.ts';

/** What was thrown, and where: in a hook this can be anything, also what `inspect` fails on. */
export function describe(error: unknown): string {
  const { class: name, message, frames } = describeThrown(error);
  const [top] = frames;
  return `${name}: ${message}${top === undefined ? '' : ` (${top.file}:${top.line})`}`;
}

/**
 * What a step of a trail says of an error: its stack would be longer than all other steps together.
 * The name of its class stands under `nameKey`. Itself where there is no message.
 */
export function inOneLine(thrown: unknown, nameKey: 'name' | 'type'): unknown {
  if (!isObject(thrown)) return thrown;
  const [name, message] = [read(thrown, nameKey), read(thrown, 'message')];
  if (typeof message !== 'string') return thrown;
  return typeof name === 'string' ? `${name}: ${message}` : message;
}
