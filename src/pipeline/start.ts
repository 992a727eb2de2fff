import { URL } from 'node:url';
import { isLoopback } from '../lib/proxy.ts';
import type { Reporter } from '../lib/report.ts';
import type { ActiveConfig, Config } from '../options/config.ts';
import type { Named } from '../options/platforms.ts';
import { releaseOf } from '../options/release.ts';
import { RELEASE } from '../options/text-rules.ts';

/** The release that was configured, or else the one that the project's files say. */
export function releaseIn({ release, releaseBy = '' }: Config, folder: string): Named | undefined {
  if (release === false) return undefined;
  return release === undefined ? releaseOf(folder, RELEASE) : { value: release, by: releaseBy };
}

/**
 * What is configured, for people who look why nothing arrives. It shows only the end of the key.
 */
export function describeStart(
  config: ActiveConfig,
  door: string,
  release: Named | undefined,
): string {
  const { host, apiKey, environment, environmentBy, minLevel, spool } = config;
  const kept = spool === false ? 'no spool' : 'a spool';
  const version = release === undefined ? 'none' : `${release.value} (by ${release.by})`;
  return (
    `${door} reports to ${new URL(host).origin} with the key that ends in ${apiKey.slice(-4)}; ` +
    `release: ${version}; environment: ${environment} (by ${environmentBy}); from level ${minLevel}; ${kept}`
  );
}

/** Warns of what keeps events back on their way, or shows them to others. */
export function warnOfTheWay(reporter: Pick<Reporter, 'warn'>, config: ActiveConfig): void {
  if (config.proxyFault !== undefined) {
    reporter.warn(
      `${config.proxyFault}; events are held, since nothing is sent past a proxy ` +
        `(the option \`proxy\` names another one, or false for none)`,
    );
  }
  if (!config.allowInsecureTransport && isCleartext(config.host)) {
    reporter.warn(
      `\`host\` is a cleartext http: address; events and the API key can be read on their way ` +
        `(\`allowInsecureTransport: true\` silences this)`,
    );
  }
}

function isCleartext(host: string): boolean {
  const url = new URL(host);
  return url.protocol === 'http:' && !isLoopback(url);
}
