import type { Source } from './source.ts';

/** The changes to make, and what a person has to do. */
export interface Plan {
  /** What was found and placed, in words. */
  readonly done: string[];
  /** What could not be placed: the reason, and the lines to add. */
  readonly advice: { readonly what: string; readonly lines: readonly string[] }[];
  /** The contents of new files, and additions to files that are no code, by their paths. */
  readonly files: Map<string, { readonly before: string | undefined; readonly after: string }>;
}

/** The line that imports names of a package in the style of the file. */
export function importLine(
  source: Pick<Source, 'style'> | undefined,
  pack: string,
  names: string,
): string {
  return source?.style === 'require'
    ? `const { ${names} } = require('${pack}');`
    : `import { ${names} } from '${pack}';`;
}
