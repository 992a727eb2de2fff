/**
 * Which proxy leads to the server, as the environment says it. Where curl and Go differ, the choice
 * is written beside the rule.
 */

import { URL } from 'node:url';

/** What of `process.env` is looked at. */
type Variables = Readonly<Record<string, string | undefined>>;

/** A variable that names a proxy. */
export interface NamedProxy {
  readonly variable: string;
  /** As it is written there; may hold a password. */
  readonly text: string;
}

/**
 * The URL of an http: or https: proxy; undefined for what is none. Without a scheme it is http:, as
 * everywhere: `proxy:3128` would otherwise be a URL with the scheme `proxy:`.
 */
export function parseProxy(text: string): URL | undefined {
  const trimmed = text.trim();
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  if (trimmed === '' || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** The port of a URL, said or not. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** A host as sockets and certificates want it: an IPv6 address without its brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** Whether the host is this machine. */
export function isLoopback(url: URL): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|::1)$/.test(bareHost(url));
}

/**
 * The proxy that the environment wants for a host. Never one for this machine itself, as in Go: what
 * a proxy reaches under `localhost` is another machine.
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

/** A variable that is set to nothing is not set. */
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

/** `[::1]:443`, `example.org:443`, and all others, which have no port. */
const BRACKETED = /^\[(?<host>[^\]]+)\](?::(?<port>\d+))?$/;
const WITH_PORT = /^(?<host>[^:]+):(?<port>\d+)$/;

function covers(entry: string, name: string, port: number): boolean {
  const parts = (BRACKETED.exec(entry) ?? WITH_PORT.exec(entry))?.groups;
  const host = parts?.['host'] ?? entry;
  const only = parts?.['port'];
  if (host === '' || (only !== undefined && Number(only) !== port)) return false;
  if (host === '*') return true;
  // Only here, so that a process without a proxy does not load it for this.
  const { isIP } = process.getBuiltinModule('node:net');
  if (isIP(name) !== 0) return coversAddress(host, name);
  // `.example.org` and `*.example.org` cover `example.org` itself, as in curl; in Go they do not.
  const suffix = host.replace(/^\*?\./, '').replace(/\.$/, '');
  return suffix !== '' && (name === suffix || name.endsWith(`.${suffix}`));
}

/** An address is covered by itself, in any spelling, and by a network like `10.0.0.0/8`. */
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
