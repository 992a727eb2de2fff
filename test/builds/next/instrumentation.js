import { captureRequestError, init } from 'errsight';

export function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') init();
}

export const onRequestError = captureRequestError;
