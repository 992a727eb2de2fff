import type { StackFrame } from './frame-line.ts';

/**
 * What this package's wrappers of other people's functions are called. In a bundled application there
 * is no other way to know them: they lie in its own file. No one else uses such names.
 */
const WRAPPER = /(?:^|\.)errsight(?:Emit|Within|Run|Call|Bound)$/;

/**
 * The frames of a stack without those of this package, which only carry calls on. `folders` are where
 * its code lies, with a separator at their ends. Returns the same array where there are none: what is
 * remembered of a stack is remembered by it.
 */
export function withoutOwn(
  frames: readonly StackFrame[],
  folders: readonly string[] = [],
): readonly StackFrame[] {
  function isOwn({ function: name, file }: StackFrame): boolean {
    return WRAPPER.test(name) || folders.some((folder) => file.startsWith(folder));
  }
  return frames.some(isOwn) ? frames.filter((frame) => !isOwn(frame)) : frames;
}

/** `__webpack_require__`, and the functions that webpack calls after the modules they hold. */
const RUNTIME = /(?:^|\.)__(?:webpack|turbopack|vite_ssr|rspack)_\w+$|^(?:Object\.)?\.{1,2}\//;

/** Whether a function of the application's file is one of the bundler that made it. */
export function isOfBundler({ function: name }: StackFrame): boolean {
  return RUNTIME.test(name);
}
