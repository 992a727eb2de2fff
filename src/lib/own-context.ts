import { AsyncResource } from 'node:async_hooks';

/** Where something was made, as Node's async context. It keeps no process alive, for tools that ask what does. */
class OwnContext extends AsyncResource {
  hasRef(): boolean {
    return false;
  }
}

/** The callback, to be called in the async context of now, whoever calls it. */
export function bindHere(callback: () => void): () => void {
  return new OwnContext('errsight').bind(callback);
}
