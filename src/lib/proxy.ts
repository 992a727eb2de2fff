/**
 * Finds the proxy that the environment variables name. If curl and Go differ, a comment at the rule
 * says which one we follow.
 */

import { URL } from 'node:url';

/** The environment variables. */
type Variables = Readonly<Record<string, string | undefined>>;

/** A variable that names a proxy. */
export interface NamedProxy {
  readonly variable: string;
  /** Its value, which may hold a password. */
  readonly text: string;
}

/**
 * The URL of an http: or https: proxy. Undefined if the text is none. A text without a scheme gets
 * http:, as in other programs. Otherwise `proxy:3128` would be a URL with the scheme `proxy:`.
 */
export function parseProxy(text: string): URL | undefined {
  const trimmed = text.trim();
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  if (trimmed === '' || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** The port of a URL, or the default port of its scheme. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** The host for sockets and certificates: an IPv6 address has no brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** Whether the host is this machine. */
export function isLoopback(url: URL): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|::1)$/.test(bareHost(url));
}

/**
 * The proxy that the environment names for a host. This machine itself gets none, as in Go: for a
 * proxy `localhost` is another machine.
 */
export function environmentProxy(host: URL, env: Variables): NamedProxy | undefined {
  if (isLoopback(host)) return undefined;
  const named = firstSet(env, variablesFor(host, env));
  if (named === undefined) return undefined;
  const exempt = firstSet(env, ['no_proxy', 'NO_PROXY'])?.text ?? '';
  return isExempt(host, exempt) ? undefined : named;
}

/** The lower-case name comes first, as in curl. */
function variablesFor({ protocol }: URL, env: Variables): readonly string[] {
  if (protocol === 'https:') return ['https_proxy', 'HTTPS_PROXY'];
  // In a CGI program HTTP_PROXY is what the visitor sent as the header `Proxy` (CVE-2016-5385).
  return env['REQUEST_METHOD'] === undefined ? ['http_proxy', 'HTTP_PROXY'] : ['http_proxy'];
}

/** An empty variable counts as not set. */
function firstSet(env: Variables, variables: readonly string[]): NamedProxy | undefined {
  for (const variable of variables) {
    const text = env[variable];
    if (text !== undefined && text.trim() !== '') return { variable, text };
  }
  return undefined;
}

function isExempt(host: URL, list: string): boolean {
  const name = bareHost(host);
  const port = portOf(host);
  return list.split(/[\s,]+/).some((entry) => covers(entry.toLowerCase(), name, port));
}

/** `[::1]:443` and `example.org:443`. Other forms have no port. */
const BRACKETED = /^\[(?<host>[^\]]+)\](?::(?<port>\d+))?$/;
const WITH_PORT = /^(?<host>[^:]+):(?<port>\d+)$/;

function covers(entry: string, name: string, port: number): boolean {
  const parts = (BRACKETED.exec(entry) ?? WITH_PORT.exec(entry))?.groups;
  const host = parts?.['host'] ?? entry;
  const only = parts?.['port'];
  if (host === '' || (only !== undefined && Number(only) !== port)) return false;
  if (host === '*') return true;
  // It is loaded here, so that a process without a proxy does not load it.
  const { isIP } = process.getBuiltinModule('node:net');
  if (isIP(name) !== 0) return coversAddress(host, name);
  // `.example.org` and `*.example.org` cover `example.org` itself, as in curl; in Go they do not.
  const suffix = host.replace(/^\*?\./, '').replace(/\.$/, '');
  return suffix !== '' && (name === suffix || name.endsWith(`.${suffix}`));
}

/**
 * Whether an entry covers an address: the same address in any spelling, or a network like
 * `10.0.0.0/8`.
 */
function coversAddress(entry: string, address: string): boolean {
  const { BlockList, isIP } = process.getBuiltinModule('node:net');
  const [network = '', bits] = entry.split('/', 2);
  const family = isIP(network);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
    return false;
  const list = new BlockList();
  list.addSubnet(network, bits === undefined ? most : Number(bits), typeOf(family));
  return list.check(address, typeOf(isIP(address)));
}

function typeOf(family: number): 'ipv4' | 'ipv6' {
  return family === 6 ? 'ipv6' : 'ipv4';
}
