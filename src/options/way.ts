import { URL } from 'node:url';
import { readFileSync } from 'node:fs';
import { OptionError } from './option-error.ts';
import type { Environment, TextRule } from './reader.ts';
import { environmentProxy, parseProxy } from '../lib/proxy.ts';

/** The way to the server, as data that can cross into another thread. */
export interface WayConfig {
  readonly proxy: string | undefined;
  readonly proxyFault: string | undefined;
}

export const PROXY: TextRule = {
  expected: 'the URL of an http: or https: proxy, or `false`',
  // The value is not shown if it holds a password.
  secret: (text) => text.includes('@'),
  test: (text) => parseProxy(text) !== undefined,
};

/**
 * The proxy for a host. The option wins over the environment and its exceptions, since an option in
 * the code is meant for all requests.
 *
 * A variable that names no proxy was most likely set for other programs, so it must not end the
 * application. But then nothing is sent, as with curl and Go, since to pass by a proxy that
 * somebody wants is worse than to wait.
 */
export function resolveProxy(
  option: string | false | undefined,
  host: string,
  env: Environment,
): WayConfig {
  if (option === false) return { proxy: undefined, proxyFault: undefined };
  if (option !== undefined) return { proxy: parseProxy(option)?.href, proxyFault: undefined };
  const named = environmentProxy(new URL(host), env);
  const proxy = named && parseProxy(named.text)?.href;
  if (named === undefined || proxy !== undefined) return { proxy, proxyFault: undefined };
  const proxyFault = `\`${named.variable}\` is not the URL of an http: or https: proxy`;
  return { proxy, proxyFault };
}

/** Any text. `readCa` finds out whether it holds or names certificates. */
export const CA: TextRule = {
  expected: 'certificates in PEM form, or the path of a file of such',
  test: () => true,
};

/** A PEM file with all roots has 230 KB. */
const MAX_PEM_CHARS = 4 * 1024 * 1024;

const CERTIFICATES = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]+-----END \1-----/g;

/** The certificates that `ca` holds or names, and nothing else. A key beside them is left out. */
export function readCa(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value.includes('-----BEGIN')) {
    return certificatesOf(value, `a text of ${value.length} characters`);
  }
  const shown = `\`${value.length > 200 ? `${value.slice(0, 200)}…` : value}\``;
  let text: string;
  try {
    text = readFileSync(value, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw wrongCa(`${shown} (${code})`);
  }
  return certificatesOf(text, `${shown}, a file`);
}

function certificatesOf(text: string, shown: string): string {
  const found = text.length > MAX_PEM_CHARS ? null : text.match(CERTIFICATES);
  if (found === null) throw wrongCa(`${shown} without a certificate`);
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  for (const [index, each] of found.entries()) {
    try {
      void new X509Certificate(each);
    } catch {
      throw wrongCa(`${shown} whose certificate ${index + 1} cannot be read`);
    }
  }
  return `${found.join('\n')}\n`;
}

function wrongCa(came: string): OptionError {
  return new OptionError('ca', `expected \`ca\` to be ${CA.expected}, got ${came}`);
}
