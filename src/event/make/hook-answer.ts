import { attempt, read } from '../../lib/safe-read.ts';

/**
 * What a hook returned, if it can be an answer at all. Whatever else a hook gives by mistake (it
 * returns nothing, or is async) is told to somebody, instead of costing each event in silence.
 */
export function answerOf<T extends object>(answer: T | null): T | null {
  if (answer === null) return null;
  if (typeof answer !== 'object') throw new TypeError(`it returned ${typeof answer}`);
  const then = read(answer, 'then');
  if (typeof then === 'function') {
    // Nobody else handles its rejection, which would end the process. Not Promise.resolve, which
    // goes on for ever with a thenable that gives itself.
    attempt(() => void Reflect.apply(then, answer, [ignore, ignore]));
    throw new TypeError('it returned a promise, but has to be synchronous');
  }
  return answer;
}

function ignore(): void {
  // Somebody has to handle it.
}
