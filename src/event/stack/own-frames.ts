import type { StackFrame } from './frame-line.ts';

/**
 * The names of this package's wrappers around other functions. In a bundled application they are in
 * its own file, so only the name identifies them. Nobody else uses such names.
 */
const WRAPPER = /(?:^|\.)errsight(?:Emit|Within|Run|Call|Bound|Fetch)$/;

/**
 * The frames of a stack without those of this package, which only pass calls on. `folders` contain
 * its code, each with a separator at its end. If there are no such frames it returns the same
 * array, since traces are remembered by the array.
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

/** What a map says of our code in a bundle. */
const SOURCE = /[\\/]node_modules[\\/]errsight[\\/]dist[\\/]/;

/** Whether a place that a map led to is in this package. */
export function isOurSource(file: string): boolean {
  return SOURCE.test(file);
}

/** `__webpack_require__`, and the functions that webpack names after the modules in them. */
const RUNTIME = /(?:^|\.)__(?:webpack|turbopack|vite_ssr|rspack)_\w+$|^(?:Object\.)?\.{1,2}\//;

/** Whether a function in the application's file is the bundler's. */
export function isOfBundler({ function: name }: StackFrame): boolean {
  return RUNTIME.test(name);
}
