import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { isErrorInstance } from '../../event/error/class.ts';
import { processState } from '../state.ts';
import { note, reportAtOnce } from './failures.ts';
import { RequestFacts, type View } from './facts.ts';
import type { NextErrorContext, NextRequest } from '../uses.ts';

const MECHANISM = 'next';

/** See `uses.ts`. */
export function captureRequestError(
  thrown: unknown,
  request: NextRequest,
  context: NextErrorContext,
): void {
  const text = (key: keyof NextErrorContext): string | undefined => textIn(context, key);
  attempt(() => {
    const error = piped(thrown) ?? thrown;
    const around = processState().scopes.current();
    const { origin } = around;
    const details = {
      router_kind: text('routerKind'),
      route_type: text('routeType'),
      render_source: text('renderSource'),
      revalidate_reason: text('revalidateReason'),
    };
    const routeIn = ({ url }: RequestFacts): View => ({
      name: MECHANISM,
      route: () => routeOf(text('routePath'), url),
    });
    // What was logged in it may be about the same failure, and its answer has a status.
    if (origin instanceof RequestFacts) {
      origin.view = { ...origin.view, ...routeIn(origin) };
      note(origin, error, { mechanism: MECHANISM, details });
      return;
    }
    // Next may also call from outside of the request, or the other copy of this package knows it.
    const facts = new RequestFacts(plainRequest(request), undefined);
    facts.view = routeIn(facts);
    facts.scope = around.fork(facts);
    // Its answer of 500 is then no second failure.
    origin?.told?.('error');
    reportAtOnce(facts, error, { mechanism: MECHANISM, details });
  });
}

/** What broke the stream of an answer. The error that Next makes of it has none of the application's lines. */
function piped(thrown: unknown): unknown {
  const isWrapper =
    isErrorInstance(thrown) && read(thrown, 'message') === 'failed to pipe response';
  return isWrapper ? read(thrown, 'cause') : undefined;
}

/** The route. For a server action, Next gives the file of its page instead, `/shop/[id]/page`. */
function routeOf(said: string | undefined, url = ''): string | undefined {
  const [path = ''] = url.split(/[?#]/, 1);
  const ending = said === undefined ? undefined : /\/(?:page|route)$/.exec(said)?.[0];
  if (said === undefined || ending === undefined || path.endsWith(ending)) return said;
  return said.slice(0, -ending.length) || '/';
}

function textIn(context: unknown, key: keyof NextErrorContext): string | undefined {
  const value = isObject(context) ? read(context, key) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function plainRequest(request: unknown): {
  method: string | undefined;
  url: string | undefined;
  headers: Record<string, unknown>;
} {
  const part = (key: string): unknown => (isObject(request) ? read(request, key) : undefined);
  const [method, url, headers] = [part('method'), part('path'), part('headers')];
  return {
    method: typeof method === 'string' ? method : undefined,
    url: typeof url === 'string' ? url : undefined,
    headers: isObject(headers) ? (headers as Record<string, unknown>) : {},
  };
}
