import { createReporter } from '../lib/report.ts';
import { Scope } from './scope.ts';
import type { User } from '../event/event.ts';

/**
 * The scope that holds outside of all others. Each request starts with what is set here. If a
 * request has no scope of its own (http2, a queue), a user set in it would become everybody's user.
 */
export class ProcessScope extends Scope {
  /** Whether there has been a request: from then on there is more than one user. */
  isServing = false;
  #hasWarned = false;

  override setUser(user: User | null): this {
    if (user === null || !this.isServing) return super.setUser(user);
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      createReporter({ debug: false, apiKey: undefined }).warn(
        '`setUser` was called outside of any request, and is ignored: the user would be that of all ' +
          'later requests; call it within `withScope(() => …)`',
      );
    }
    return this;
  }
}
