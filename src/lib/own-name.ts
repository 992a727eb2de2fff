/**
 * Gives a function of ours that calls the application's the name by which its frame is left out of stacks: in a
 * bundle nothing else tells it from the application, and minifiers rename what a declaration says. See
 * `event/stack/own-frames.ts`.
 */
export function nameOurs(...functions: readonly ((...args: never[]) => unknown)[]): void {
  for (const each of functions) {
    Object.defineProperty(each, 'name', { value: 'errsightCall', configurable: true });
  }
}
