import { attempt, isObject, read } from '../lib/safe-read.ts';
import type { Context, Span } from '../event/record.ts';
import type { RequestRules } from '../options/requests.ts';

/**
 * The key under which OpenTelemetry's API keeps what the application has registered. It has the
 * major version, and is the same in all copies (`api/src/internal/global-utils.ts`, 1.9.1). There
 * is no other major version yet.
 */
const API = Symbol.for('opentelemetry.js.api.1');
/** The key under which a context holds its span (`api/src/trace/context-utils.ts`). */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

const TRACE_ID = /^(?!0{32})[\da-f]{32}$/;
const SPAN_ID = /^(?!0{16})[\da-f]{16}$/;
/** The format of the W3C. A later version may add more at the end. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(?:-|$)/;

/** The span that is active here, if the application has OpenTelemetry. Never throws. */
export function currentSpan(): Span | undefined {
  const api = (globalThis as Readonly<Record<symbol, unknown>>)[API];
  return isObject(api) ? attempt(() => activeSpan(api)) : undefined;
}

interface ContextManager {
  active(): { getValue(key: symbol): unknown } | undefined;
}

function activeSpan(api: object): Span | undefined {
  const manager = read(api, 'context') as ContextManager | undefined;
  const span = manager?.active()?.getValue(SPAN) as { spanContext(): unknown } | undefined;
  const said = span?.spanContext();
  return isObject(said) ? spanOf(read(said, 'traceId'), read(said, 'spanId')) : undefined;
}

/** The span of the sender of a request, from its header `traceparent`. */
export function spanIn(traceparent: unknown): Span | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > 200) return undefined;
  const match = TRACEPARENT.exec(traceparent.trim().toLowerCase());
  return match === null ? undefined : spanOf(match[1], match[2]);
}

function spanOf(traceId: unknown, spanId: unknown): Span | undefined {
  if (typeof traceId !== 'string' || !TRACE_ID.test(traceId)) return undefined;
  return typeof spanId === 'string' && SPAN_ID.test(spanId) ? { traceId, spanId } : { traceId };
}

/** What an event says of its span. */
export function traced(
  { traceId, spanId }: Span,
  { defaultTags }: Pick<RequestRules, 'defaultTags'>,
): Context {
  return {
    ...(defaultTags.includes('trace_id') && { tags: { trace_id: traceId } }),
    ...(spanId !== undefined && { metadata: { span_id: spanId } }),
  };
}
