import { AsyncResource } from 'node:async_hooks';

/** An async context of Node. Tools that ask what keeps the process alive see that it does not. */
class OwnContext extends AsyncResource {
  hasRef(): boolean {
    return false;
  }
}

/** Binds a callback to the current async context, wherever it is called later. */
export function bindHere(callback: () => void): () => void {
  return new OwnContext('errsight').bind(callback);
}
