import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';

/** Node has this from 22.15 on. */
interface CertificateLists {
  getCACertificates?(type: 'default'): readonly string[];
}

/**
 * Trusts these certificates besides those that Node trusts by itself. The option `ca` of Node would
 * replace those. It takes 10 to 45 ms, so it is done once for all connections.
 */
export function trusting(ca: string): SecureContext {
  const tls = process.getBuiltinModule('node:tls');
  const roots = (tls as CertificateLists).getCACertificates?.('default') ?? [
    ...tls.rootCertificates,
    ...extraCertificates(),
  ];
  return tls.createSecureContext({ ca: [...roots, ca] });
}

/** Older Nodes read this file too, but do not give out what they read. */
function extraCertificates(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (file === undefined || file === '') return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    // Node itself has warned about it at its start.
    return [];
  }
}
