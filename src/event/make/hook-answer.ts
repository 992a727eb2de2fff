import { attempt, read } from '../../lib/safe-read.ts';

/**
 * What a hook returned, if that is a possible answer. A hook that returns nothing, or is async, is
 * reported, since it would cost each event in silence otherwise.
 */
export function answerOf<T extends object>(answer: T | null): T | null {
  if (answer === null) return null;
  if (typeof answer !== 'object') throw new TypeError(`it returned ${typeof answer}`);
  const then = read(answer, 'then');
  if (typeof then === 'function') {
    // Nobody else handles its rejection, which would end the process. `Promise.resolve` would go on
    // for ever with a thenable that resolves with itself.
    attempt(() => void Reflect.apply(then, answer, [ignore, ignore]));
    throw new TypeError('it returned a promise, but has to be synchronous');
  }
  return answer;
}

function ignore(): void {
  // An unhandled rejection would end the process.
}
