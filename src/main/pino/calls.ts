import { isObject } from '../../lib/safe-read.ts';
import type { Found } from './thrown.ts';

/** What a call was given besides what pino writes. */
interface Call {
  /** An Error, or the text of a stack. */
  readonly thrown: unknown;
  readonly logger: unknown;
}

/** The calls of loggers' methods that were given what pino drops. */
export class Calls {
  /** What the call that is being made was given. */
  #call: Call | undefined;

  /** Calls a method of a logger that was given an error which pino does not write. */
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

  /** Whether a call is being made that was given what pino drops. */
  get isMaking(): boolean {
    return this.#call !== undefined;
  }

  /** The logger of the call that is being made, where pino drops what it was given. */
  get logger(): object | undefined {
    const logger = this.#call?.logger;
    return isObject(logger) ? logger : undefined;
  }

  /** What the call was given that makes this line, and pino does not write. */
  droppedBy(logger: object): Found | undefined {
    const call = this.#call;
    return call?.logger === logger ? { error: call.thrown, path: [] } : undefined;
  }
}
