/**
 * Where this package lies. CommonJS on purpose: `__filename` means the same thing in both builds,
 * while `import.meta.url` cannot be compiled to CommonJS.
 */
export const here: string = __filename;
