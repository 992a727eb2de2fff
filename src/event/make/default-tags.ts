import { hostname } from 'node:os';
import { tagsOf } from './contexts.ts';
import { read, setOwn } from '../../lib/safe-read.ts';
import { LENGTHS } from '../../lib/text.ts';
import { DEFAULT_TAGS, type DefaultTag } from '../../default-tags.ts';
import type { Context, LogRecord } from '../record.ts';
import type { LoggedRequest } from './request.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/** Tags that ErrSight keeps of one event. */
const MAX_TAGS = 30;

/** Makes the tags of an event: first those of the contexts, then the default tags. */
export type Tagger = (
  record: LogRecord,
  request: LoggedRequest,
  contexts: readonly Context[],
) => Record<string, string>;

export function createTagger(wanted: readonly DefaultTag[], scrub: Scrubber): Tagger {
  // A tag that `scrubKeys` names is left out. The others are our own words, and need no scrubbing.
  const open = new Set(wanted.filter((name) => scrub.key(name).verdict === 'open'));
  const has = {
    handled: open.has('handled'),
    status: open.has('status'),
    mechanism: open.has('mechanism'),
    logger: open.has('logger'),
    traceId: open.has('trace_id'),
  };
  const server = open.has('server') ? scrub.text(hostname(), LENGTHS.name) : undefined;
  const program = open.has('runtime') ? runtime() : undefined;

  return (record, { method, status }, contexts) => {
    const { thrown, handled = thrown && true, mechanism, logger, fields } = record;
    const traceId = has.traceId ? traceIdIn(fields) : undefined;
    // In the order of `DEFAULT_TAGS`. Tags that are none of these come first.
    const known: Record<string, string> = {};
    if (method !== undefined) known['request_method'] = method;
    if (has.handled && handled !== undefined) known['handled'] = handled ? 'yes' : 'no';
    if (has.status && status !== undefined) known['status'] = String(status);
    if (has.mechanism && mechanism !== undefined) known['mechanism'] = mechanism;
    if (has.logger && isName(logger)) known['logger'] = scrub.text(logger, LENGTHS.name);
    if (traceId !== undefined) known['trace_id'] = traceId;
    if (server !== undefined) known['server'] = server;
    if (program !== undefined) known['runtime'] = program;
    // Most events have no other tags.
    if (!contexts.some((context) => read(context, 'tags') !== undefined)) return known;
    return defaultsLast(tagsOf(contexts, scrub, known));
  };
}

/**
 * ErrSight keeps the first tags. So tags that were set on purpose come first, and the others fill
 * the room that is left.
 */
function defaultsLast(tags: Readonly<Record<string, string>>): Record<string, string> {
  const said = Object.keys(tags).filter((name) => !NAMES.has(name));
  const room = Math.max(0, MAX_TAGS - said.length);
  const known = DEFAULT_TAGS.filter((name) => Object.hasOwn(tags, name)).slice(0, room);
  const ordered: Record<string, string> = {};
  for (const name of [...said, ...known]) setOwn(ordered, name, tags[name] ?? '');
  return ordered;
}

const NAMES: ReadonlySet<string> = new Set(DEFAULT_TAGS);

/** OpenTelemetry's instrumentations of loggers write the trace into each line. */
function traceIdIn(fields: LogRecord['fields']): string | undefined {
  const id = read(fields, 'trace_id') ?? read(fields, 'traceId');
  return typeof id === 'string' && /^[\da-f]{32}$/.test(id) ? id : undefined;
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= LENGTHS.name;
}

/** The runtime of the application, with the first number of its version. */
function runtime(): string {
  const { bun, deno, node } = process.versions;
  const known = [
    ['bun', bun],
    ['deno', deno],
  ].find(([, version]) => version !== undefined) ?? ['node', node];
  const [name, version] = known;
  return `${name} ${String(version).split('.')[0]}`;
}
