import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import { isBlank } from './ruby.ts';

/** What a key may do: `elp_` keys write, `elr_` keys read, and neither does both. */
export type Scope = 'write' | 'read';

/** The keys of a project, and what was done to them. */
export interface Access {
  readonly writeKeys: readonly string[];
  readonly readKeys: readonly string[];
  /** Whether every key that has the form of one is taken. */
  readonly anyKey: boolean;
  /** Whether all keys are revoked. */
  readonly revoked: boolean;
  /** Whether the organization was deleted. */
  readonly organizationDiscarded: boolean;
}

const PREFIXES: Readonly<Record<Scope, string>> = { write: 'elp_', read: 'elr_' };

const TOKEN = /^(?:elp|elr)_[0-9a-f]{48}$/;

/** Why a request is refused, or undefined if it is not. */
export function refuse(
  headers: IncomingHttpHeaders,
  scope: Scope,
  access: Access,
): Answer | undefined {
  const token = tokenFrom(headers);
  const known =
    access.anyKey || access.writeKeys.includes(token) || access.readKeys.includes(token);
  if (!TOKEN.test(token) || !known || access.revoked) {
    return { status: 401, body: { error: 'Invalid or missing API key' } };
  }
  if (access.organizationDiscarded) {
    return { status: 403, body: { error: 'Organization is no longer active' } };
  }
  const keys = scope === 'write' ? access.writeKeys : access.readKeys;
  const isOther = access.anyKey ? !token.startsWith(PREFIXES[scope]) : !keys.includes(token);
  if (isOther) {
    return { status: 403, body: { error: `API key lacks required scope: ${scope}` } };
  }
  return undefined;
}

/** X-API-Key goes first, and if it is wrong, a good Authorization does not help. */
function tokenFrom(headers: IncomingHttpHeaders): string {
  const key = String(headers['x-api-key'] ?? '');
  if (!isBlank(key)) return key;
  return (headers.authorization ?? '').replace(/^Bearer\s+/, '');
}
