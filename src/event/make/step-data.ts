import { keysOf, read } from '../../lib/safe-read.ts';

/** Fields of a line that are looked at. ErrSight keeps 20 of a breadcrumb. */
const FIELDS = 20;
/**
 * Characters of a text that is kept. A breadcrumb shows 500 of its message. A longer field is left
 * out, since a secret that is cut before the scrubber sees it can't be recognised.
 */
export const STEP_TEXT = 8_192;

/**
 * What a step of the trail keeps of a line: texts and numbers only. A line's objects can change
 * before an event needs the step, and would live as long as the step. Besides, a `req` of some
 * hundred bytes in each of 50 steps would crowd out the rest of an event. `error` is the line's
 * error in one line, and the name of its field. Undefined if nothing is left.
 */
export function scalarsOf(
  fields: object,
  error?: readonly [name: string, value: unknown],
): Record<string, unknown> | undefined {
  const data: [string, unknown][] = [];
  for (const key of keysOf(fields).slice(0, FIELDS)) {
    const value = scalarOf(read(fields, key));
    if (value !== undefined) data.push([key, value]);
  }
  const said = error && scalarOf(error[1]);
  if (error && said !== undefined) data.push([error[0], said]);
  return data.length > 0 ? Object.fromEntries(data) : undefined;
}

function scalarOf(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= STEP_TEXT ? value : undefined;
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}
