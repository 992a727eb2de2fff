import { afterColons, lineEnd } from '../stack/parse.ts';

/** UTF-16 units of a message that are looked at; ErrSight keeps 10,000 characters. */
const MAX_MESSAGE = 64 * 1024;
/** Of a stack: some thousand frames, and those of its causes. */
const MAX_STACK = 1024 * 1024;

/** UTF-16 units from which on a message costs the stack. */
const ENORMOUS = 16 * 1024 * 1024;

/**
 * Whether a message is so long that the stack is not asked for: V8 writes it then, with a copy of
 * the message, and another one when it is first looked into: 230 ms and 200 MB for one of 100 MB.
 */
export function isEnormous(message: unknown): boolean {
  return typeof message === 'string' && message.length > ENORMOUS;
}

/**
 * A message and a stack of a size that can be taken apart, however long they are: of a message of
 * megabytes the beginning, and a stack with the frames that follow it there.
 */
export function boundThrown(
  stack: string,
  message: string | undefined,
): { readonly stack: string; readonly message: string | undefined } {
  if (message === undefined || message.length <= MAX_MESSAGE) {
    return { stack: boundText(stack), message };
  }
  const short = message.slice(0, MAX_MESSAGE);
  const start = [...afterColons(stack, lineEnd(stack)), 0].find((at) =>
    stack.startsWith(message, at),
  );
  // What does not begin with the message may be anything, as the joined one of a chain of causes.
  if (start === undefined) return { stack: boundText(stack), message: short };
  const frames = boundText(stack.slice(start + message.length));
  return { stack: stack.slice(0, start) + short + frames, message: short };
}

/** The beginning and the end of a text that is too long, with a line's end between them. */
export function boundText(text: string): string {
  if (text.length <= MAX_STACK) return text;
  return `${text.slice(0, MAX_STACK / 2)}\n${text.slice(-MAX_STACK / 2)}`;
}
