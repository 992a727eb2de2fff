import { isObject } from '../../lib/safe-read.ts';
import type { Found } from './thrown.ts';

/** What a call was given and pino does not write. */
interface Call {
  /** An Error, or the text of a stack. */
  readonly thrown: unknown;
  readonly logger: unknown;
}

/** Knows the calls of loggers' methods that were given an error which pino drops. */
export class Calls {
  /** The call in progress, if pino drops an error of it. */
  #call: Call | undefined;

  /** Runs a call of a logger's method, and remembers the error that pino drops, if there is one. */
  during<T>(call: Call | undefined, action: () => T): T {
    const before = this.#call;
    if (before === undefined && call === undefined) return action();
    this.#call = call;
    try {
      return action();
    } finally {
      this.#call = before;
    }
  }

  /** Whether a call is in progress of which pino drops an error. */
  get isMaking(): boolean {
    return this.#call !== undefined;
  }

  /** The logger of the call in progress, if pino drops an error of it. */
  get logger(): object | undefined {
    const logger = this.#call?.logger;
    return isObject(logger) ? logger : undefined;
  }

  /** The error that pino drops of the call that makes this line. */
  droppedBy(logger: object): Found | undefined {
    const call = this.#call;
    return call?.logger === logger ? { error: call.thrown, path: [] } : undefined;
  }
}
