/**
 * Node's `require`, as a module at that path has it, for paths that are only known at run time.
 * `createRequire` is not imported: bundlers would see it, and fail for modules that they can't
 * find.
 */
export function requireFrom(path: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(path);
}
