import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files of the page as the build packed them. This is for what TypeScript alone has compiled; the build
 * puts the packed file beside the command, and another path in the place of this module.
 */
export function packedPage(): Buffer {
  return readFileSync(join(__dirname, '../../../cjs/page.br'));
}
