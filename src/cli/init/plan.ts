import type { Source } from './source.ts';

/** What is to be done, and what is left to a person. */
export interface Plan {
  /** What was found and placed, in words. */
  readonly done: string[];
  /** What could not be placed: why, and the lines to add. */
  readonly advice: { readonly what: string; readonly lines: readonly string[] }[];
  /** New files, and what is added to others that are no code, by their paths. */
  readonly files: Map<string, { readonly before: string | undefined; readonly after: string }>;
}

/** The lines that import names of a package, as the file would. */
export function importLine(
  source: Pick<Source, 'style'> | undefined,
  pack: string,
  names: string,
): string {
  return source?.style === 'require'
    ? `const { ${names} } = require('${pack}');`
    : `import { ${names} } from '${pack}';`;
}
