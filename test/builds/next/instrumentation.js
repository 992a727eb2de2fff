import { captureRequestError, init } from 'errsight';

export function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') init({ failedRequests: true });
}

export const onRequestError = captureRequestError;
