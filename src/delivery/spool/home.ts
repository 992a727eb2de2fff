import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest } from '../../lib/random.ts';

/** Where events go, and with which key: what lies in a spool is for this project alone. */
export interface Destination {
  readonly host: string;
  readonly apiKey: string;
}

/**
 * The folder of one project's spool: in the one that was chosen, or in the system's for temporary
 * files, where its name says whose it is. It does not tell the key.
 */
export function spoolFolder(chosen: string | true, { host, apiKey }: Destination): string {
  const project = digest(`${host}\n${apiKey}`);
  if (chosen !== true) return join(chosen, project);
  return join(tmpdir(), `errsight-spool-${process.geteuid?.() ?? 'user'}-${project}`);
}
