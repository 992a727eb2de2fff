/**
 * Imports a module, of any kind. CommonJS on purpose: of an `import()` in what it compiles to CommonJS
 * TypeScript makes a `require`, but not in a file that is CommonJS by its name.
 */
export const importModule = (url: string): Promise<unknown> => import(url);
