import { isObject } from '../../lib/safe-read.ts';
import type { ErrsightEvent } from '../event.ts';
import type { Ignored } from '../record.ts';

/** Whether one of these holds for an event. Throws what a function of the user's throws. */
export function isIgnored(
  rules: readonly Ignored[],
  error: unknown,
  event: Readonly<ErrsightEvent>,
): boolean {
  return rules.some((rule) => {
    if (typeof rule === 'string') return event.message.includes(rule);
    if (rule instanceof RegExp) return event.message.search(rule) !== -1;
    if (isClass(rule)) return isObject(error) && error instanceof rule;
    return rule(error, event);
  });
}

/** How the text of a class begins, as the runtime gives it. */
const CLASS = /^class\b/;

/** A class of errors, also one that was compiled to a function, or any other class. */
function isClass(rule: object): rule is abstract new (...args: never[]) => object {
  const { prototype } = rule as { readonly prototype?: unknown };
  if (rule === Error || prototype instanceof Error) return true;
  return isObject(prototype) && CLASS.test(Function.prototype.toString.call(rule));
}
