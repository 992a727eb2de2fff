import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';

/** Seconds for which browsers may remember a preflight. */
const CORS_MAX_AGE = '86400';

/** Whether a request is a browser's preflight. */
export function isPreflight({ method, headers }: IncomingMessage, path: string): boolean {
  const asks =
    headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
  return method === 'OPTIONS' && asks && path.startsWith('/api/v1/');
}

/** Browsers of any origin may POST to the API, and nothing else. */
export function withCors(answer: Answer, request: IncomingMessage): Answer {
  const { headers, method, url = '' } = request;
  if (headers.origin === undefined || !url.startsWith('/api/v1/')) return answer;
  const wanted = method === 'OPTIONS' ? headers['access-control-request-method'] : method;
  if (wanted !== 'POST' && wanted !== 'OPTIONS') return answer;
  const asked = headers['access-control-request-headers'];
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': 'POST, OPTIONS',
      'Access-Control-Max-Age': CORS_MAX_AGE,
      ...(asked !== undefined && { 'Access-Control-Allow-Headers': asked }),
    },
  };
}
