/**
 * Node's `require` as a module at that path has it, for what is only known when the program runs. Not an
 * import of `createRequire`, behind which bundlers look for what is asked for and want it to be there.
 */
export function requireFrom(path: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(path);
}
