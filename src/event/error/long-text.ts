import { afterColons, lineEnd } from '../stack/parse.ts';

/** How many UTF-16 units of a message are read. ErrSight keeps 10,000 characters. */
const MAX_MESSAGE = 64 * 1024;
/** How many UTF-16 units of a stack are read: some thousand frames, with those of its causes. */
const MAX_STACK = 1024 * 1024;

/** UTF-16 units. For a longer message the stack is not read. */
const ENORMOUS = 16 * 1024 * 1024;

/**
 * Whether a message is so long that the stack is not read. V8 writes the stack at the first read,
 * with a copy of the message, and copies again when we look into it. For a message of 100 MB that
 * takes 230 ms and 200 MB.
 */
export function isEnormous(message: unknown): boolean {
  return typeof message === 'string' && message.length > ENORMOUS;
}

/**
 * Cuts a message and its stack to a size that can be parsed. Of a message of megabytes the
 * beginning is kept. The stack keeps the frames that follow the message.
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
  // A stack that does not begin with the message can be anything, such as a joined chain of causes.
  if (start === undefined) return { stack: boundText(stack), message: short };
  const frames = boundText(stack.slice(start + message.length));
  return { stack: stack.slice(0, start) + short + frames, message: short };
}

/** Keeps the beginning and the end of a text that is too long, with a newline between them. */
export function boundText(text: string): string {
  if (text.length <= MAX_STACK) return text;
  return `${text.slice(0, MAX_STACK / 2)}\n${text.slice(-MAX_STACK / 2)}`;
}
