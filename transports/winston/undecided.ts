import { attempt, read } from '../../src/lib/safe-read.ts';
import { hasHandler } from './line.ts';

/** How many rejections are remembered. winston ends the process for one of the last. */
const MOST = 5;
/** The most frames between our listener for `exit` and the call of `process.exit`. */
const FRAMES = 60;
/** The function of winston that ends the process. */
const ENDING = /^ +at gracefulExit /m;

/** Whether a function of the application decides if winston ends the process after a rejection. */
export function mayEnd(logger: object | undefined): boolean {
  const decides = logger !== undefined && typeof read(logger, 'exitOnError') === 'function';
  return decides && hasHandler(logger);
}

/**
 * Rejections of which nobody knows yet whether winston ends the process for them. Only winston should
 * ask the application's function, so the answer shows when winston calls `process.exit`.
 */
export class Undecided {
  #raises: readonly (() => void)[] = [];

  /** Adds one. `raise` makes its event fatal. */
  add(raise: () => void): void {
    this.#raises = [...this.#raises.slice(1 - MOST), raise];
  }

  /** To be called at the end of the process, and at any other time too. */
  settle(): void {
    const raise = this.#raises.at(-1);
    if (raise === undefined || attempt(endsByWinston) !== true) return;
    this.#raises = [];
    raise();
  }
}

function endsByWinston(): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const { stack = '' } = new Error('where');
  Error.stackTraceLimit = stackTraceLimit;
  return ENDING.test(stack);
}
