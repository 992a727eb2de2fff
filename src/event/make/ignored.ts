import { isObject } from '../../lib/safe-read.ts';
import type { ErrsightEvent } from '../event.ts';
import type { Ignored } from '../record.ts';

/** Whether one of these matches an event. Throws what a function of the user's throws. */
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

/** The beginning of a class's source text. */
const CLASS = /^class\b/;

/**
 * Whether a function is a class: any class, or a class of errors that was compiled to a function.
 */
function isClass(rule: object): rule is abstract new (...args: never[]) => object {
  const { prototype } = rule as { readonly prototype?: unknown };
  if (rule === Error || prototype instanceof Error) return true;
  return isObject(prototype) && CLASS.test(Function.prototype.toString.call(rule));
}
