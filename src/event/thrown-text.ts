import { describeThrown } from './thrown.ts';

/** What was thrown, and where: in a hook this can be anything, also what `inspect` fails on. */
export function describe(error: unknown): string {
  const { class: name, message, frames } = describeThrown(error);
  const [top] = frames;
  return `${name}: ${message}${top === undefined ? '' : ` (${top.file}:${top.line})`}`;
}
