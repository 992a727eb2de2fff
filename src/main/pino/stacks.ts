import { constructorName } from '../../event/error/class.ts';
import { read } from '../../lib/safe-read.ts';

/** The first lines of a stack that names an error class. */
const HEADER = /^(\w*(?:Error|Exception)\b[^\n]*)\n {4}at /;

/**
 * The stack of another error. nestjs-pino makes an Error of the text of Nest's `error(text, stack)`
 * and gives it that stack. Only the stack says what has happened.
 */
export function foreignStack(error: object): string | undefined {
  const [stack, message] = [read(error, 'stack'), read(error, 'message')];
  if (typeof stack !== 'string' || typeof message !== 'string' || message === '') return undefined;
  if (constructorName(error) !== 'Error') return undefined;
  const header = HEADER.exec(stack)?.[1];
  const isOwn = header === undefined || header === 'Error' || header.includes(message);
  return isOwn || message.includes(header.replace(/^\w+: /, '')) ? undefined : stack;
}
