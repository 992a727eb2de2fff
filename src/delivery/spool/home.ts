import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  const project = createHash('sha256').update(`${host}\n${apiKey}`).digest('hex').slice(0, 16);
  if (chosen !== true) return join(chosen, project);
  return join(tmpdir(), `errsight-spool-${process.geteuid?.() ?? 'user'}-${project}`);
}
